//! Sessions, resume tokens and upload permissions whose time is over.

use super::{Destroyer, count};
use visage_domain::intake::ResumeToken;
use visage_domain::photo::Upload;
use visage_domain::purge::Reason;
use visage_domain::session::Session;
use visage_platform::WorkError;
use visage_store::records::{Entity, Stored, Transaction};

impl Destroyer<'_> {
    /// Destroys them together, with one record: none points to an object, none seals anything.
    pub(crate) async fn expired(
        &self,
        sessions: &[Stored<Session>],
        tokens: &[Stored<ResumeToken>],
        uploads: &[Stored<Upload>],
    ) -> Result<(), WorkError> {
        // A part of a run has one such step.
        let part = self.order.after.as_deref().unwrap_or_default();
        let mut record = self.record(Reason::Expired, None, part);
        let mut transaction = self.transaction();
        transaction = self.add(transaction, sessions, &mut record)?;
        transaction = self.add(transaction, tokens, &mut record)?;
        transaction = self.add(transaction, uploads, &mut record)?;
        if record.records.is_empty() {
            return Ok(());
        }
        self.commit(transaction, &record).await
    }

    fn add<'t, E: Entity>(
        &self,
        mut transaction: Transaction<'t, visage_domain::permission::PurgeDue>,
        all: &[Stored<E>],
        record: &mut visage_domain::purge::Destruction,
    ) -> Result<Transaction<'t, visage_domain::permission::PurgeDue>, WorkError> {
        for one in all.iter().filter(|one| self.is_due(one.record.expires_at())) {
            transaction = transaction.delete(E::TYPE, one)?;
            count(record, E::TYPE);
        }
        Ok(transaction)
    }
}
