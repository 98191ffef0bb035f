//! Keeps every rule that the programs beside it break, and compiles.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use visage_domain::ids::ClinicId;
use visage_domain::permission::{OpenEvaluation, SignEvaluation};
use visage_domain::phi::Phi;
use visage_domain::principal::{Actor, Principal};
use visage_domain::retention::{Nothing, Record, RecordClass};
use visage_domain::scope::{NotGranted, Scope, authorize};

pub fn scope() -> Result<Scope<OpenEvaluation>, NotGranted> {
    authorize(&Principal { clinic: ClinicId::from_bits([1; 16]), actor: Actor::Visitor })
}

pub fn sign(_scope: &Scope<SignEvaluation>) {}

pub fn signing(scope: &Scope<SignEvaluation>) {
    sign(scope);
}

pub fn shown(name: &Phi<String>) -> String {
    format!("patient {}", name.expose())
}

pub fn read() -> serde_json::Result<Phi<String>> {
    serde_json::from_str("\"x\"")
}

#[derive(Serialize, Deserialize)]
pub struct Note {
    at: Timestamp,
}

impl Record for Note {
    const TYPE: &'static str = "note";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.at
    }
}
