//! Importing intakes: many at once that were taken elsewhere, on paper or in other software.
//!
//! The clinic has a reference of its own to each. What the intake became is kept under a keyed hash of it for as long as the
//! intake itself, so that nothing is imported twice, however late it is sent again.

use crate::ids::{IntakeId, PatientId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The most intakes that are imported at once.
pub const MAX_IMPORTED: usize = 20;
/// Longest reference, in characters.
pub const MAX_REFERENCE: usize = 64;
/// The most that an imported intake may hold, in bytes of JSON: what is kept of one section has to fit into an item.
pub const MAX_IMPORTED_BYTES: usize = 256 * 1024;

/// Whether a text can be a clinic's reference to an intake: ASCII letters, digits, `.`, `_` and `-`.
pub fn is_reference(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_REFERENCE).contains(&text.len()) && text.bytes().all(plain)
}

/// That an intake was imported, and what it became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedIntake {
    /// HMAC over the clinic's reference, hexadecimal.
    pub reference_mac: String,
    /// HMAC over all that was sent of it, hexadecimal: another intake under the same reference is a mistake of the client.
    pub content_mac: String,
    /// What it became.
    pub intake: IntakeId,
    /// Whose.
    pub patient: PatientId,
    /// When.
    pub imported_at: Timestamp,
}

impl Record for ImportedIntake {
    const TYPE: &'static str = "imported_intake";
    /// As the patient's and the intake's own.
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.imported_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_short_and_plain() {
        let longest = "x".repeat(MAX_REFERENCE);
        for good in ["1", "paper-2026.11_07", "A.b", longest.as_str()] {
            assert!(is_reference(good), "{good}");
        }
        let longer = "x".repeat(MAX_REFERENCE + 1);
        for bad in ["", " ", "a b", "a/b", "a#b", "a\n", "é", "🧬", "a\0", longer.as_str()] {
            assert!(!is_reference(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_was_imported_is_remembered_as_long_as_the_intake() {
        let imported = ImportedIntake {
            reference_mac: "00".into(),
            content_mac: "11".into(),
            intake: IntakeId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
            imported_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(ImportedIntake::CLASS, crate::intake::Intake::CLASS);
        assert_eq!(imported.expires_at(), None);
    }
}
