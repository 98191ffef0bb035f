//! Who holds no scope reads nothing: a clinic's id alone opens nothing.

use visage_domain::clinic::Clinic;
use visage_domain::ids::ClinicId;
use visage_store::StoreError;
use visage_store::records::{Records, Stored, keys};

pub async fn read(records: &Records, clinic: ClinicId) -> Result<Option<Stored<Clinic>>, StoreError> {
    records.get(&clinic, keys::clinic()).await //~ E0308
}
