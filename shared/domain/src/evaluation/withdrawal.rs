//! An evaluation that no longer counts.

use super::written::Reason;
use super::{Evaluation, EvaluationStatus};
use crate::ids::{EvaluationId, PatientId, StaffId};
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// That an evaluation was withdrawn, by whom and why. There is one at most, and it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Whose evaluation.
    pub patient: PatientId,
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// When the intake came in, for the queue.
    pub created_at: Timestamp,
    /// Whose work it was, for the queue.
    pub assignee: Option<StaffId>,
    /// Who withdrew it.
    pub withdrawn_by: StaffId,
    /// When.
    pub withdrawn_at: Timestamp,
    /// Whether it was signed. Then it stays as it is, and this record stands beside it.
    pub was_signed: bool,
}

impl Withdrawal {
    /// The withdrawal of `evaluation`.
    pub fn of(evaluation: &Evaluation, withdrawn_by: StaffId, withdrawn_at: Timestamp) -> Self {
        Self {
            patient: evaluation.patient,
            evaluation: evaluation.evaluation,
            created_at: evaluation.created_at,
            assignee: evaluation.assignee,
            withdrawn_by,
            withdrawn_at,
            was_signed: evaluation.status == EvaluationStatus::Signed,
        }
    }
}

impl Record for Withdrawal {
    const TYPE: &'static str = "withdrawal";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Reason;

    fn anchor(&self) -> Timestamp {
        self.withdrawn_at
    }
}
