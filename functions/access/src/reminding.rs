//! Tells those who answer for a clinic of what waits for them: an alert and, on each that it tells of, when they are told next, in one
//! transaction, so that a run that comes twice tells once.

use jiff::Timestamp;
use lambda_runtime::Error;
use visage_domain::alert::{Alert, AlertEvent};
use visage_domain::clock::Entropy;
use visage_domain::ids::AlertId;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_platform::{Audited, Trail};
use visage_store::records::{CommitError, Entity, Records, Stored};

/// Of how many one alert of a clinic tells at most: one transaction's. The rest has its turn with the next run.
pub(crate) const MOST: u8 = 25;

/// Where and when it is told.
pub(crate) struct Reminding<'a, P> {
    pub(crate) records: &'a Records,
    pub(crate) scope: &'a Scope<P>,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) now: Timestamp,
}

impl<P> Reminding<'_, P> {
    /// Tells of each of `due`, which is as its second half says from then on; answers of how many. `trail` names them.
    ///
    /// # Errors
    /// If that can't be written.
    pub(crate) async fn tell<E: Entity>(
        &self,
        event: AlertEvent,
        due: &[(&Stored<E>, E)],
        trail: &Trail,
    ) -> Result<usize, Error> {
        let alert = Alert::pending(AlertId::new(self.entropy), event, self.now);
        let mut told = self.records.transaction(self.scope, self.entropy).create(Alert::TYPE, &alert)?;
        for (stored, reminded) in due {
            told = told.replace(E::TYPE, stored, reminded)?;
        }
        match trail.commit(told).await {
            Ok(audited) => {
                let _: Audited<()> = audited;
                Ok(due.len())
            }
            // One was done, or told of, in this moment: the next run sees what is left.
            Err(CommitError::Conflict(_)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}
