//! Where a page of the queue goes on.

use super::QueueEntry;
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use visage_domain::ids::{EvaluationId, PatientId};

/// The entry after which a page goes on. Opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) created_at: Timestamp,
    pub(super) evaluation: EvaluationId,
    pub(super) patient: PatientId,
}

impl Cursor {
    /// Reads a cursor; none if it isn't one of ours.
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
        let mut parts = text.split('|');
        let cursor = Self {
            created_at: parts.next()?.parse().ok()?,
            evaluation: parts.next()?.parse().ok()?,
            patient: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(cursor)
    }

    /// The cursor as clients have it.
    pub fn encode(self) -> String {
        let text = format!("{}|{}|{}", self.created_at, self.evaluation, self.patient);
        BASE64URL_NOPAD.encode(text.as_bytes())
    }

    /// The cursor after which a page begins that follows `entry`.
    pub const fn after(entry: &QueueEntry) -> Self {
        Self { created_at: entry.created_at, evaluation: entry.evaluation, patient: entry.patient }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_rubbish_does_not() {
        let cursor = Cursor {
            created_at: "2026-11-01T01:30:00.123456Z".parse().unwrap(),
            evaluation: EvaluationId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        let longer = BASE64URL_NOPAD.encode(format!("{}|more", "a").as_bytes());
        for rubbish in ["", "AAAA", "ünicode", longer.as_str()] {
            assert_eq!(Cursor::decode(rubbish), None);
        }
    }
}
