//! The report: a signed evaluation as a document, and the link under which the patient opens it.

use crate::clock::utc_day;
use crate::ids::{EvaluationId, LinkId, OutboxId, PatientId, ReportId, StaffId};
use crate::outbox::Channel;
use crate::report_code::SecondFactor;
use crate::retention::{Nothing, Record, RecordClass};
use crate::staff::StaffStatus;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a report link works.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How often a second factor may be tried on one link. The right one at the fifth try still opens.
pub const MAX_TRIES: u32 = 5;
/// How often a second factor of one patient may be tried in a day, over all links.
pub const MAX_TRIES_A_DAY: u32 = 10;

/// A rendered report. Rendering again, after an addendum, makes the next version; earlier ones stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The report.
    pub report: ReportId,
    /// Whose.
    pub patient: PatientId,
    /// What it reports.
    pub evaluation: EvaluationId,
    /// Counts from 1 within the evaluation. A patient's link opens the highest.
    pub number: u32,
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

/// How a link reached the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkChannel {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
    /// Staff handed it over.
    Hand,
}

impl LinkChannel {
    /// The channel that it is sent by; none if staff hand it over.
    pub const fn sent_by(self) -> Option<Channel> {
        match self {
            Self::Email => Some(Channel::Email),
            Self::Sms => Some(Channel::Sms),
            Self::Hand => None,
        }
    }
}

impl From<Channel> for LinkChannel {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Sms => Self::Sms,
        }
    }
}

/// A secure link to the report of an evaluation: to its newest version.
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
    /// How it reached the patient.
    pub channel: LinkChannel,
    /// Who handed it over, if somebody did.
    #[serde(default)]
    pub issued_by: Option<StaffId>,
    /// What it asks for: decided when it was made, so that no link dies of what its clinic decides later.
    #[serde(default)]
    pub second_factor: SecondFactor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When staff took it back.
    pub revoked_at: Option<Timestamp>,
    /// The notice that brings the link that takes its place.
    #[serde(default)]
    pub renewal: Option<OutboxId>,
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

    /// Whose membership it rests on: of a link that was handed over and asks for a date of birth, that of who handed it over.
    /// They saw the link, and the date stands in the chart. A code goes to the patient and to nobody else.
    pub fn rests_on(&self) -> Option<StaffId> {
        self.issued_by.filter(|_| self.second_factor == SecondFactor::BirthDate)
    }

    /// Whether who it rests on, if on anybody, has left; `issuer` is where their membership stands.
    pub fn is_left_behind(&self, issuer: Option<StaffStatus>) -> bool {
        self.rests_on().is_some() && issuer.is_none_or(|status| status == StaffStatus::Terminated)
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

/// That a link was made, kept with the evaluation: the link itself is found from its secret alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedLink {
    /// The link.
    pub link: LinkId,
    /// Whose report.
    pub patient: PatientId,
    /// The evaluation that was reported.
    pub evaluation: EvaluationId,
    /// How it reached the patient.
    pub channel: LinkChannel,
    /// When it was made.
    pub issued_at: Timestamp,
    /// Who handed it over, if somebody did.
    pub issued_by: Option<StaffId>,
}

impl IssuedLink {
    /// What is kept of `link` with its evaluation.
    pub const fn of(link: &ReportLink, issued_by: Option<StaffId>) -> Self {
        Self {
            link: link.link,
            patient: link.patient,
            evaluation: link.evaluation,
            channel: link.channel,
            issued_at: link.created_at,
            issued_by,
        }
    }
}

impl Record for IssuedLink {
    const TYPE: &'static str = "issued_link";
    const CLASS: RecordClass = RecordClass::Communication;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.issued_at
    }
}

/// That a report was opened with a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOpening {
    /// Whose report.
    pub patient: PatientId,
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// The version that was opened.
    pub number: u32,
    /// The link.
    pub link: LinkId,
    /// When.
    pub at: Timestamp,
}

impl Record for ReportOpening {
    const TYPE: &'static str = "report_opening";
    const CLASS: RecordClass = RecordClass::Communication;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.at
    }
}

/// How often a second factor of one patient was tried on one day, over all links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryCount {
    /// Whose reports were to be opened.
    pub patient: PatientId,
    /// The day, UTC.
    pub day: Date,
    /// How often. Counted before comparing.
    pub tries: u32,
    /// When the first try was made.
    pub since: Timestamp,
}

impl TryCount {
    /// The count of the day of `now`, with one try.
    pub fn first(patient: PatientId, now: Timestamp) -> Self {
        Self { patient, day: utc_day(now), tries: 1, since: now }
    }
}

impl Record for TryCount {
    const TYPE: &'static str = "try_count";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }

    // A day later nobody asks for it any more; the audit log keeps every try.
    fn expires_at(&self) -> Option<Timestamp> {
        self.since.checked_add(SignedDuration::from_hours(48)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::until_next_day;

    fn link(tries: u32, revoked_at: Option<Timestamp>) -> ReportLink {
        ReportLink {
            link: LinkId::from_bits([1; 16]),
            secret_hash: String::new(),
            patient: PatientId::from_bits([2; 16]),
            evaluation: EvaluationId::from_bits([3; 16]),
            channel: LinkChannel::Email,
            issued_by: None,
            second_factor: SecondFactor::BirthDate,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH + LINK_LIFETIME,
            revoked_at,
            renewal: None,
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

    #[test]
    fn a_link_that_opens_by_what_stands_in_the_chart_ends_with_who_handed_it_over() {
        let issued_by = Some(StaffId::from_bits([4; 16]));
        let handed = ReportLink { channel: LinkChannel::Hand, issued_by, ..link(0, None) };
        assert_eq!(handed.rests_on(), issued_by);
        for (status, ends) in
            [(StaffStatus::Active, false), (StaffStatus::Suspended, false), (StaffStatus::Terminated, true)]
        {
            assert_eq!(handed.is_left_behind(Some(status)), ends, "{status:?}");
        }
        assert!(handed.is_left_behind(None), "nobody vouches for it");
        let by_code = ReportLink { second_factor: SecondFactor::OneTimeCode, ..handed };
        for other in [by_code, link(0, None)] {
            assert_eq!(other.rests_on(), None);
            assert!(!other.is_left_behind(None) && !other.is_left_behind(Some(StaffStatus::Terminated)));
        }
    }

    #[test]
    fn tries_count_for_the_day_they_are_made_on() -> Result<(), jiff::Error> {
        let last: Timestamp = "2026-03-08T23:59:59.9Z".parse()?;
        let first: Timestamp = "2026-03-09T00:00:00Z".parse()?;
        assert_ne!(utc_day(last), utc_day(first));
        assert_eq!((until_next_day(last), until_next_day(first)), (1, 86_400));
        Ok(())
    }
}
