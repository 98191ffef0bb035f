//! The intake: what a patient fills in, section by section, and submits once.

use crate::form::Answers;
use crate::ids::{EvaluationId, IntakeId, LinkId, PatientId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// An intake that isn't submitted is abandoned after this long, and its resume token dead.
pub const DRAFT_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How far an intake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntakeStatus {
    /// Being filled in.
    Draft,
    /// Handed in; it doesn't change any more.
    Submitted,
}

/// An intake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The intake.
    pub intake: IntakeId,
    /// Whose.
    pub patient: PatientId,
    /// The form version that was shown and is answered.
    pub form_version: u32,
    /// How far it is.
    pub status: IntakeStatus,
    /// When consent to collect was given, and with it the intake begun.
    pub started_at: Timestamp,
    /// When it was handed in.
    pub submitted_at: Option<Timestamp>,
    /// The evaluation that it led to.
    pub evaluation: Option<EvaluationId>,
}

impl Record for Intake {
    const TYPE: &'static str = "intake";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.submitted_at.unwrap_or(self.started_at)
    }
}

/// The answers of one section of an intake, as last saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The intake.
    pub intake: IntakeId,
    /// Whose.
    pub patient: PatientId,
    /// The `linkId` of the section.
    pub section: String,
    /// When it was saved.
    pub saved_at: Timestamp,
}

impl Record for Section {
    const TYPE: &'static str = "section";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Answers;

    fn anchor(&self) -> Timestamp {
        self.saved_at
    }
}

/// The right to go on with an intake. Dies with the submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeToken {
    /// Derived from the hash.
    pub link: LinkId,
    /// SHA-256 of the secret, hexadecimal.
    pub secret_hash: String,
    /// Whose intake.
    pub patient: PatientId,
    /// The intake.
    pub intake: IntakeId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it dies, if the intake isn't submitted before.
    pub expires_at: Timestamp,
}

impl Record for ResumeToken {
    const TYPE: &'static str = "resume_token";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.issued_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}
