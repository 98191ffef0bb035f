//! The evaluation: what a provider makes of an intake, and signs.
//!
//! Until it is signed it is drafted; from then on the record doesn't change. What comes later (an addendum, a
//! withdrawal) stands beside it, as a record of its own.

mod addendum;
mod assessment;
mod assignment;
mod withdrawal;
mod written;

pub use addendum::{Addendum, AddendumContent, AddendumText, MAX_ADDENDA};
pub use assessment::{Assessment, Finding, MAX_AREA, MAX_FINDINGS, MAX_TEXT};
pub use assignment::Assignment;
pub use withdrawal::Withdrawal;
pub use written::{MAX_REASON, Reason, TextError, check_text};

use crate::ids::{EvaluationId, IntakeId, PatientId, PhotoId, StaffId};
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far an evaluation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationStatus {
    /// The intake came in; nobody has written yet.
    New,
    /// An assessment is being written.
    InProgress,
    /// Signed: it never changes again.
    Signed,
    /// Given up before it was signed. One that was signed stays so, with a [`Withdrawal`] beside it.
    Withdrawn,
}

impl EvaluationStatus {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::New, Self::InProgress, Self::Signed, Self::Withdrawn];

    /// The name used in JSON and in the queue.
    pub const fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InProgress => "in_progress",
            Self::Signed => "signed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The signature under an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed.
    pub signed_by: StaffId,
    /// When.
    pub signed_at: Timestamp,
    /// SHA-256 over the [`SignedContent`] as JSON, hexadecimal.
    pub content_hash: String,
    /// The photos that the report shows. A choice of presentation: what is signed covers all of them anyway.
    #[serde(default)]
    pub report_photos: Vec<PhotoId>,
}

/// Somebody who wrote on the assessment, and when first and last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Who.
    pub staff: StaffId,
    /// When first.
    pub first_at: Timestamp,
    /// When last.
    pub last_at: Timestamp,
}

/// An evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// Whose.
    pub patient: PatientId,
    /// What it evaluates.
    pub intake: IntakeId,
    /// How far it is.
    pub status: EvaluationStatus,
    /// When the intake came in; its age counts from here.
    pub created_at: Timestamp,
    /// Whose work it is; none while nobody took it.
    pub assignee: Option<StaffId>,
    /// How often it was assigned: the number of the last [`Assignment`].
    pub assignments: u32,
    /// Who wrote on the assessment, in the order in which they began.
    pub authors: Vec<Author>,
    /// The signature, once there is one.
    pub signature: Option<Signature>,
}

impl Evaluation {
    /// What an intake that is handed in at `created_at` leads to.
    pub fn of_intake(intake: IntakeId, patient: PatientId, created_at: Timestamp) -> Self {
        Self {
            evaluation: intake.into(),
            patient,
            intake,
            status: EvaluationStatus::New,
            created_at,
            assignee: None,
            assignments: 0,
            authors: Vec::new(),
            signature: None,
        }
    }

    /// Whether it may still change: it is neither signed nor withdrawn.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, EvaluationStatus::New | EvaluationStatus::InProgress)
    }

    /// Whether opening it is part of the work of `staff`, a provider or coordinator: it is open, and so stands in the queue
    /// that all of them work on, or it is or was theirs.
    pub fn involves(&self, staff: StaffId) -> bool {
        self.is_open()
            || self.assignee == Some(staff)
            || self.authors.iter().any(|author| author.staff == staff)
            || self.signature.as_ref().is_some_and(|signature| signature.signed_by == staff)
    }

    /// The same evaluation after `staff` wrote on it.
    #[must_use]
    pub fn written_by(mut self, staff: StaffId, at: Timestamp) -> Self {
        self.status = EvaluationStatus::InProgress;
        match self.authors.iter_mut().find(|author| author.staff == staff) {
            Some(author) => author.last_at = at,
            None => self.authors.push(Author { staff, first_at: at, last_at: at }),
        }
        self
    }
}

impl Record for Evaluation {
    const TYPE: &'static str = "evaluation";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Assessment;

    fn anchor(&self) -> Timestamp {
        self.signature.as_ref().map_or(self.created_at, |signature| signature.signed_at)
    }
}

/// Everything that a signature covers. Hashed as JSON with its fields in this order.
#[derive(Clone, Debug, Serialize)]
pub struct SignedContent<'a> {
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// The intake.
    pub intake: IntakeId,
    /// The form version that was answered.
    pub form_version: u32,
    /// The answers, by section.
    pub answers: Vec<(&'a str, &'a crate::form::Answers)>,
    /// SHA-256 of each photo, with its analysis.
    pub photos: Vec<(&'a str, Option<&'a crate::photo::FaceAnalysis>)>,
    /// SHA-256 of each document.
    pub documents: Vec<&'a str>,
    /// What the provider wrote.
    pub assessment: &'a Assessment,
    /// Who signed.
    pub signed_by: StaffId,
    /// When.
    pub signed_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_named_once_with_first_and_last_time() {
        let (first, second) = (StaffId::from_bits([1; 16]), StaffId::from_bits([2; 16]));
        let at = |second: i64| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(second);
        let (intake, patient) = (IntakeId::from_bits([3; 16]), PatientId::from_bits([4; 16]));
        let evaluation = Evaluation::of_intake(intake, patient, at(0))
            .written_by(first, at(1))
            .written_by(second, at(2))
            .written_by(first, at(3));
        let expected = [
            Author { staff: first, first_at: at(1), last_at: at(3) },
            Author { staff: second, first_at: at(2), last_at: at(2) },
        ];
        assert_eq!(evaluation.authors, expected);
        assert_eq!(evaluation.status, EvaluationStatus::InProgress);
    }
}
