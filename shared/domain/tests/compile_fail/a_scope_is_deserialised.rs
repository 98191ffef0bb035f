//! A scope can't come from outside.

use visage_domain::permission::OpenEvaluation;
use visage_domain::scope::Scope;

pub fn read(text: &str) -> serde_json::Result<Scope<OpenEvaluation>> {
    serde_json::from_str(text) //~ E0277
}
