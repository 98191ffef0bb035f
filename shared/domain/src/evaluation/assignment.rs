//! Whose work an evaluation was, and why it went from one to another.

use super::written::Reason;
use crate::ids::{EvaluationId, PatientId, StaffId};
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One step: taken, handed over or given back to the queue. Never changed, only followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Whose evaluation.
    pub patient: PatientId,
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// Counts from 1.
    pub number: u32,
    /// Whose it was.
    pub from: Option<StaffId>,
    /// Whose it is now.
    pub to: Option<StaffId>,
    /// Who decided that.
    pub assigned_by: StaffId,
    /// When.
    pub assigned_at: Timestamp,
}

impl Record for Assignment {
    const TYPE: &'static str = "assignment";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Reason;

    fn anchor(&self) -> Timestamp {
        self.assigned_at
    }
}
