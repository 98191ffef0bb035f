//! How many text messages an evaluation causes.

use crate::ids::{EvaluationId, PatientId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The most text messages that one evaluation may cause, but for the codes that the patient asks for.
pub const SMS_CAP: u32 = 5;

/// How many text messages an evaluation has caused, codes left out. Kept apart from the evaluation, which never changes once signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsCount {
    /// Whom it concerns.
    pub patient: PatientId,
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// How many.
    pub sent: u32,
    /// Since when it is counted.
    pub since: Timestamp,
}

impl Record for SmsCount {
    const TYPE: &'static str = "sms_count";
    const CLASS: RecordClass = RecordClass::Communication;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}
