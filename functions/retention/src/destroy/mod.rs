//! The steps of a purge.

mod document;
mod draft;
mod expired;
mod photo;

use jiff::Timestamp;
use std::collections::BTreeMap;
use visage_domain::clock::Entropy;
use visage_domain::ids::{DestructionId, IntakeId, PatientId};
use visage_domain::permission;
use visage_domain::purge::{Destruction, PurgeOrder, Reason};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_platform::{Audited, Event, Job, WorkError};
use visage_store::objects::Bucket;
use visage_store::records::{CommitError, Records, Transaction};
use visage_store::vault::dry_step_id_of;

pub(crate) type Key = Scope<permission::PurgeDue>;

/// What the steps of one part of a run share.
pub(crate) struct Destroyer<'a> {
    pub(crate) records: &'a Records,
    pub(crate) photos: &'a Bucket,
    pub(crate) incoming: &'a Bucket,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) job: &'a Job,
    pub(crate) order: &'a PurgeOrder,
    pub(crate) scope: &'a Key,
    /// What was due by then is destroyed.
    pub(crate) by: Timestamp,
}

/// Whose something was.
type Whose = Option<(PatientId, IntakeId)>;

impl<'a> Destroyer<'a> {
    /// Whether something due at that instant may be destroyed. What the index says is looked up again in the record.
    fn is_due(&self, due: Option<Timestamp>) -> bool {
        due.is_some_and(|due| due <= self.by)
    }

    fn transaction(&self) -> Transaction<'a, permission::PurgeDue> {
        self.records.transaction(self.scope, self.entropy)
    }

    /// The record of a step that destroys nothing yet; `step` names it among those of its run, for the same reason and of
    /// the same intake.
    fn record(&self, reason: Reason, whose: Whose, step: &str) -> Destruction {
        Destruction {
            destruction: self.name(reason, whose, step),
            run: self.order.run,
            at: self.job.now,
            reason,
            dry_run: self.order.dry_run,
            patient: whose.map(|(patient, _)| patient),
            intake: whose.map(|(_, intake)| intake),
            records: BTreeMap::new(),
            objects: 0,
            key_destroyed: false,
        }
    }

    /// A dry run leaves everything as it was, so a step that comes again would be told again: it is told under its own name.
    fn name(&self, reason: Reason, whose: Whose, step: &str) -> DestructionId {
        if !self.order.dry_run {
            return DestructionId::new(self.entropy);
        }
        let PurgeOrder { clinic, run, .. } = self.order;
        let intake = whose.map(|(_, intake)| intake.to_string()).unwrap_or_default();
        dry_step_id_of(&format!("{clinic}\n{run}\n{}\n{intake}\n{step}", reason.code()))
    }

    /// Commits a step with its record and its entry in the audit log. A dry run commits these two alone, and once.
    async fn commit(
        &self,
        destroying: Transaction<'_, permission::PurgeDue>,
        record: &Destruction,
    ) -> Result<(), WorkError> {
        let transaction = if self.order.dry_run { self.transaction() } else { destroying };
        let transaction = transaction.create(Destruction::TYPE, record)?;
        let intake = record.intake.map(|intake| format!(";intake={intake}")).unwrap_or_default();
        let resource = format!(
            "destruction={}{intake};reason={};dry_run={}",
            record.destruction,
            record.reason.code(),
            record.dry_run
        );
        let trail = self.job.trail(self.scope.clinic(), record.patient, resource);
        match trail.commit(transaction).await {
            Ok(audited) => {
                let _: Audited<()> = audited;
            }
            Err(CommitError::Conflict(Destruction::TYPE)) if record.dry_run => {}
            Err(error) => return Err(error.into()),
        }
        if !record.dry_run {
            self.job.count(Event::Purged {
                records: record.records.values().sum(),
                objects: record.objects,
                keys: u32::from(record.key_destroyed),
            });
        }
        Ok(())
    }
}

/// Counts one more record of a type.
fn count(record: &mut Destruction, kind: &str) {
    *record.records.entry(kind.to_owned()).or_default() += 1;
}
