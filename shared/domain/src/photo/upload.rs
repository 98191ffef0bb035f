//! The permission to upload one file.

use crate::ids::{DocumentId, IntakeId, PatientId, PhotoId, UploadId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What an upload is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uploaded {
    /// A photo.
    Photo(PhotoId),
    /// A document.
    Document(DocumentId),
}

/// What an upload's key leads to: the only thing known when an object arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The permission.
    pub upload: UploadId,
    /// Whose.
    pub patient: PatientId,
    /// The intake.
    pub intake: IntakeId,
    /// What comes by it.
    #[serde(flatten)]
    pub file: Uploaded,
    /// When it was given.
    pub requested_at: Timestamp,
    /// When the signature ends.
    pub expires_at: Timestamp,
}

impl Record for Upload {
    const TYPE: &'static str = "upload";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.requested_at
    }

    // Kept well beyond the signature: an event may come days late and must still find what it belongs to.
    fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at.checked_add(SignedDuration::from_hours(14 * 24)).ok()
    }
}

/// How many upload permissions an intake got. Kept apart from the intake, which nobody then has to wait for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadCount {
    /// The intake.
    pub intake: IntakeId,
    /// Whose.
    pub patient: PatientId,
    /// How many.
    pub permitted: u32,
    /// Since when it is counted.
    pub since: Timestamp,
}

impl Record for UploadCount {
    const TYPE: &'static str = "upload_count";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}
