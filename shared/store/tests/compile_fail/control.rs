//! Keeps every rule that the programs beside it break, and compiles.

use visage_domain::clinic::Clinic;
use visage_domain::form_version::CurrentForm;
use visage_domain::clock::Entropy;
use visage_domain::patient::{Identity, Patient};
use visage_domain::permission::{FillIntake, ReadForm};
use visage_domain::scope::Scope;
use visage_store::StoreError;
use visage_store::audit::PreparedEntry;
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::vault::DataKey;

pub async fn read(records: &Records, scope: &Scope<ReadForm>) -> Result<Option<Stored<Clinic>>, StoreError> {
    records.get(scope, keys::clinic()).await
}

pub async fn write(
    records: &Records,
    scope: &Scope<FillIntake>,
    entropy: &dyn Entropy,
    (patient, identity, key): (&Patient, &Identity, &DataKey),
    entry: PreparedEntry,
) -> Result<(), CommitError> {
    records.transaction(scope, entropy).create_sealed("patient", patient, identity, key)?.commit(entry).await
}

pub fn form(transaction: visage_store::records::Transaction<'_, FillIntake>, form: &CurrentForm) -> Result<(), StoreError> {
    transaction.create("form", form).map(drop)
}

pub fn open(patient: &Stored<Patient>, key: &DataKey) -> Result<Identity, StoreError> {
    patient.open(key)
}
