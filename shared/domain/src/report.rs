//! The report: a signed evaluation as a document, and the link under which the patient opens it.

use crate::clock::utc_day;
use crate::ids::{EvaluationId, LinkId, OutboxId, PatientId, ReportId, StaffId};
use crate::outbox::Channel;
use crate::report_code::SecondFactor;
use crate::retention::{Nothing, Record, RecordClass};
use crate::staff::{Staff, StaffStatus};
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

    /// Whether who it rests on, if on anybody, has left since it was made; `issuer` is their membership. Who comes back comes
    /// back without their links.
    pub fn is_left_behind(&self, issuer: Option<&Staff>) -> bool {
        let has_left = |it: &Staff| it.status == StaffStatus::Terminated || it.since > self.created_at;
        self.rests_on().is_some() && issuer.is_none_or(has_left)
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
mod tests;
