//! Wrapped keys, as they are stored: a clinic's branch keys under KMS, a patient's data key under a branch key.

use crate::ids::PatientId;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A clinic's branch key, wrapped by KMS with the clinic as encryption context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchKey {
    /// Counts from 1; a rotation adds the next.
    pub version: u32,
    /// The ciphertext, base 64.
    pub wrapped: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Record for BranchKey {
    const TYPE: &'static str = "branch_key";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.created_at
    }
}

/// A data key under a branch key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// The branch key's version.
    pub branch: u32,
    /// Nonce and ciphertext, base 64.
    pub wrapped: String,
}

/// A patient's data key. To destroy it is to destroy what it encrypts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientKey {
    /// Whose.
    pub patient: PatientId,
    /// The key.
    pub key: WrappedKey,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Record for PatientKey {
    const TYPE: &'static str = "patient_key";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.created_at
    }
}
