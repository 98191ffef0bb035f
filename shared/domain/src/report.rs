//! The report: a signed evaluation as a document, and the link under which the patient opens it.

use crate::ids::{EvaluationId, LinkId, PatientId, ReportId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a report link works.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How often a second factor may be tried on one link. The right one at the fifth try still opens.
pub const MAX_TRIES: u32 = 5;

/// A rendered report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The report.
    pub report: ReportId,
    /// Whose.
    pub patient: PatientId,
    /// What it reports.
    pub evaluation: EvaluationId,
    /// The object's key in the report bucket.
    pub key: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// When it was rendered.
    pub rendered_at: Timestamp,
}

impl Record for Report {
    const TYPE: &'static str = "report";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.rendered_at
    }
}

/// A secure link to one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLink {
    /// Derived from the hash.
    pub link: LinkId,
    /// SHA-256 of the secret, hexadecimal.
    pub secret_hash: String,
    /// Whose report.
    pub patient: PatientId,
    /// The evaluation that was reported.
    pub evaluation: EvaluationId,
    /// The report.
    pub report: ReportId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When staff took it back.
    pub revoked_at: Option<Timestamp>,
    /// How often a second factor was tried. Counted before comparing.
    pub tries: u32,
}

/// What may be done with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// A second factor may be tried.
    Usable,
    /// Expired or revoked.
    Gone,
    /// All tries are used up.
    Locked,
}

impl ReportLink {
    /// Judges the link at instant `now`.
    pub fn state(&self, now: Timestamp) -> LinkState {
        if self.revoked_at.is_some() || now >= self.expires_at {
            LinkState::Gone
        } else if self.tries >= MAX_TRIES {
            LinkState::Locked
        } else {
            LinkState::Usable
        }
    }
}

impl Record for ReportLink {
    const TYPE: &'static str = "report_link";
    // The link itself is evidence of a disclosure and outlives its use.
    const CLASS: RecordClass = RecordClass::Communication;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.created_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(tries: u32, revoked_at: Option<Timestamp>) -> ReportLink {
        ReportLink {
            link: LinkId::from_bits([1; 16]),
            secret_hash: String::new(),
            patient: PatientId::from_bits([2; 16]),
            evaluation: EvaluationId::from_bits([3; 16]),
            report: ReportId::from_bits([4; 16]),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH + LINK_LIFETIME,
            revoked_at,
            tries,
        }
    }

    #[test]
    fn five_tries_then_locked() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(link(4, None).state(now), LinkState::Usable);
        assert_eq!(link(5, None).state(now), LinkState::Locked);
    }

    #[test]
    fn gone_beats_locked_and_the_last_instant_is_out() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(link(5, Some(now)).state(now), LinkState::Gone);
        assert_eq!(link(0, None).state(now + LINK_LIFETIME), LinkState::Gone);
    }
}
