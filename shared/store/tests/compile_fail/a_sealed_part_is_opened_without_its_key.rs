//! What is sealed opens with a key and not otherwise.

use visage_domain::patient::{Identity, Patient};
use visage_store::StoreError;
use visage_store::records::Stored;

pub fn open(patient: &Stored<Patient>) -> Result<Identity, StoreError> {
    patient.open() //~ E0061
}
