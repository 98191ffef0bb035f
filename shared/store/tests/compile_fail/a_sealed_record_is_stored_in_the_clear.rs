//! A record with a protected part can't be created without it being sealed.

use visage_domain::patient::Patient;
use visage_domain::permission::FillIntake;
use visage_store::StoreError;
use visage_store::records::Transaction;

pub fn write(transaction: Transaction<'_, FillIntake>, patient: &Patient) -> Result<(), StoreError> {
    transaction.create("patient", patient).map(drop) //~ E0271
}
