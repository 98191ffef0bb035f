//! Form versions in memory: they never change once published, and hold nothing of a patient.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use visage_domain::form::PublishableForm;
use visage_domain::ids::ClinicId;
use visage_domain::permission::Permission;
use visage_platform::{Problem, Staff};
use visage_store::records::{Records, keys};

/// The most versions that are kept; a function serves many clinics.
const CAPACITY: usize = 64;

type Forms = HashMap<(ClinicId, u32), Arc<PublishableForm>>;

/// The versions read lately.
#[derive(Debug, Default)]
pub(crate) struct FormCache(Mutex<Forms>);

impl FormCache {
    /// A form version of the caller's clinic.
    pub(crate) async fn get<P: Permission>(
        &self,
        records: &Records,
        caller: &Staff<P>,
        version: u32,
    ) -> Result<Arc<PublishableForm>, Problem> {
        let place = (caller.scope.clinic(), version);
        if let Some(form) = self.forms().get(&place) {
            return Ok(Arc::clone(form));
        }
        let stored = records.get(&caller.scope, keys::form_version(version)).await?;
        let form = stored.ok_or_else(Problem::internal)?.record.form;
        let form = Arc::new(PublishableForm::already_published(form));
        let mut forms = self.forms();
        if forms.len() >= CAPACITY {
            forms.clear();
        }
        forms.insert(place, Arc::clone(&form));
        Ok(form)
    }

    fn forms(&self) -> std::sync::MutexGuard<'_, Forms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
