//! What a provider adds after the signature.

use crate::ids::{EvaluationId, PatientId, StaffId};
use crate::phi::Phi;
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most addenda of one evaluation.
pub const MAX_ADDENDA: u32 = 100;

/// An addendum, signed by who wrote it. Never changed; what is wrong in it, the next one corrects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addendum {
    /// Whose evaluation.
    pub patient: PatientId,
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// Counts from 1, without gaps.
    pub number: u32,
    /// Who wrote and signed it.
    pub signed_by: StaffId,
    /// When.
    pub signed_at: Timestamp,
    /// SHA-256 over the [`AddendumContent`] as JSON, hexadecimal.
    pub content_hash: String,
}

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddendumText {
    /// The text.
    pub text: Phi<String>,
}

/// Everything that an addendum's signature covers. Hashed as JSON with its fields in this order.
///
/// Each is chained to what was signed before it, so that none can be left out, changed or put elsewhere unnoticed.
#[derive(Clone, Debug, Serialize)]
pub struct AddendumContent<'a> {
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// The hash under the evaluation's signature.
    pub signed_content: &'a str,
    /// The hash of the addendum before; none for the first.
    pub before: Option<&'a str>,
    /// Its number.
    pub number: u32,
    /// What it says.
    pub text: &'a Phi<String>,
    /// Who signed.
    pub signed_by: StaffId,
    /// When.
    pub signed_at: Timestamp,
}

impl Record for Addendum {
    const TYPE: &'static str = "addendum";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = AddendumText;

    fn anchor(&self) -> Timestamp {
        self.signed_at
    }
}
