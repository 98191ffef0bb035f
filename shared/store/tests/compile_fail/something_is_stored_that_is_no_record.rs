//! Only what says its class, its anchor and its place can be stored.

use visage_domain::permission::PublishForm;
use visage_domain::scope::Scope;
use visage_store::StoreError;
use visage_store::records::Transaction;

pub struct Note;

pub fn write(transaction: Transaction<'_, PublishForm>) -> Result<(), StoreError> {
    transaction.create("note", &Note).map(drop) //~ E0277
}
