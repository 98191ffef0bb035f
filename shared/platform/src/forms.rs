//! Form versions, once read kept in memory: they never change after their publication, and hold nothing of a patient.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use visage_domain::form::PublishableForm;
use visage_domain::form_version::FormVersion;
use visage_domain::ids::ClinicId;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_store::StoreError;
use visage_store::records::{Records, keys};

/// The most versions that are kept. A function serves many clinics; a form is at most 300 KB as JSON, and about three
/// times that in memory.
const CAPACITY: usize = 32;

type Kept = HashMap<(ClinicId, u32), Arc<PublishableForm>>;

/// The form versions of all clinics; each call opens one clinic's with a [`Scope`].
#[derive(Debug)]
pub struct Forms {
    records: Records,
    kept: Mutex<Kept>,
}

/// The version that new intakes answer.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Its number.
    pub version: u32,
    /// The form, in all its languages.
    pub form: Arc<PublishableForm>,
}

impl Forms {
    /// The form versions among `records`.
    pub fn new(records: Records) -> Self {
        Self { records, kept: Mutex::default() }
    }

    /// The version that is in force at the scope's clinic, if one is. Which one is always read.
    ///
    /// # Errors
    /// If the records can't be read.
    pub async fn in_force<P>(&self, scope: &Scope<P>) -> Result<Option<InForce>, StoreError> {
        let Some(current) = self.records.get(scope, keys::current_form()).await? else { return Ok(None) };
        let version = current.record.version;
        Ok(Some(InForce { version, form: self.version(scope, version).await? }))
    }

    /// A version of the scope's clinic that something refers to.
    ///
    /// # Errors
    /// If the records can't be read, or have no such version.
    pub async fn version<P>(
        &self,
        scope: &Scope<P>,
        version: u32,
    ) -> Result<Arc<PublishableForm>, StoreError> {
        let place = (scope.clinic(), version);
        if let Some(form) = self.kept().get(&place) {
            return Ok(Arc::clone(form));
        }
        let stored = self.records.get(scope, keys::form_version(version)).await?;
        let stored = stored.ok_or(StoreError::Corrupt { what: FormVersion::TYPE })?;
        let form = Arc::new(PublishableForm::already_published(stored.record.form));
        let mut kept = self.kept();
        if kept.len() >= CAPACITY {
            kept.clear();
        }
        kept.insert(place, Arc::clone(&form));
        Ok(form)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
