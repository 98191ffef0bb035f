//! Nothing is written without its entry in the audit log.

use visage_domain::form_version::CurrentForm;
use visage_domain::clock::Entropy;
use visage_domain::permission::PublishForm;
use visage_domain::scope::Scope;
use visage_store::records::{CommitError, Records};

pub async fn write(
    records: &Records,
    scope: &Scope<PublishForm>,
    entropy: &dyn Entropy,
    form: &CurrentForm,
) -> Result<(), CommitError> {
    records.transaction(scope, entropy).create("form", form)?.commit().await //~ E0061
}
