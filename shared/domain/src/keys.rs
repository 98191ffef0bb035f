//! Wrapped keys, as they are stored: a clinic's branch keys under KMS, a patient's data key under a branch key.

use crate::ids::PatientId;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a branch key is the newest of its clinic.
pub const BRANCH_KEY_SERVES: SignedDuration = SignedDuration::from_hours(365 * 24);

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

impl BranchKey {
    /// Whether another one is to take its place by `now`.
    pub fn has_served(&self, now: Timestamp) -> bool {
        now.duration_since(self.created_at) >= BRANCH_KEY_SERVES
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_key_serves_for_a_year_to_the_second() {
        let made = Timestamp::UNIX_EPOCH;
        let key = BranchKey { version: 1, wrapped: String::new(), created_at: made };
        let (year, second) = (SignedDuration::from_hours(365 * 24), SignedDuration::from_secs(1));
        assert!(!key.has_served(made));
        assert!(!key.has_served(made + year - second));
        assert!(key.has_served(made + year));
        // A clock that went back makes nobody's key old.
        assert!(!key.has_served(made - year));
    }
}
