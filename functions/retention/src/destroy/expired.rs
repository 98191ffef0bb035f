//! Sessions, permissions, codes and links whose time is over.

use super::{Destroyer, count};
use visage_domain::channel::ConfirmationLink;
use visage_domain::intake::ResumeToken;
use visage_domain::permission::PurgeDue;
use visage_domain::photo::Upload;
use visage_domain::purge::{Destruction, Reason};
use visage_domain::report_code::ReportCode;
use visage_domain::retake::RetakeLink;
use visage_domain::session::Session;
use visage_platform::WorkError;
use visage_store::records::{Entity, Found, Transaction};

impl<'a> Destroyer<'a> {
    /// Destroys them together, with one record: none points to an object, and nothing else is found through one.
    ///
    /// One that was renewed since it was read stands in the way of all, and the order comes again.
    pub(crate) async fn expired(&self, found: &mut Found) -> Result<(), WorkError> {
        // A part of a run has one such step.
        let part = self.order.after.as_deref().unwrap_or_default();
        let mut record = self.record(Reason::Expired, None, part);
        let mut transaction = self.transaction();
        transaction = self.add::<Session>(transaction, found, &mut record)?;
        transaction = self.add::<ResumeToken>(transaction, found, &mut record)?;
        transaction = self.add::<Upload>(transaction, found, &mut record)?;
        transaction = self.add::<ConfirmationLink>(transaction, found, &mut record)?;
        transaction = self.add::<RetakeLink>(transaction, found, &mut record)?;
        transaction = self.add::<ReportCode>(transaction, found, &mut record)?;
        if record.records.is_empty() {
            return Ok(());
        }
        self.commit(transaction, &record).await
    }

    fn add<E: Entity>(
        &self,
        mut transaction: Transaction<'a, PurgeDue>,
        found: &mut Found,
        record: &mut Destruction,
    ) -> Result<Transaction<'a, PurgeDue>, WorkError> {
        for one in found.take_all::<E>()?.iter().filter(|one| self.is_due(one.record.expires_at())) {
            transaction = transaction.delete(E::TYPE, one)?;
            count(record, E::TYPE);
        }
        Ok(transaction)
    }
}
