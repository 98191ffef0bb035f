//! Vendors: no patient's data goes to one that isn't cleared for it by what is on record: agreement, approval, yearly review,
//! attestations, and, of those that could learn from what they are shown, that they may not.

mod clearance;
mod profile;

pub use clearance::{Called, Clearance, NotCleared, OnRecord, Rekognition, Ses, Sns, has_consent};
pub use profile::{DataClass, Profile, Service};

use crate::ids::OperatorId;
use crate::outbox::Channel;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{Span, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many days before its clearance ends a vendor is due: time for a review, or for the next report of an auditor.
const NOTICE_DAYS: i32 = 30;

/// The vendors: the one that the platform runs on, and those that an adapter calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VendorName {
    /// Amazon Web Services: what the platform runs on.
    Aws,
    /// Amazon Rekognition: photo analysis.
    Rekognition,
    /// Amazon SNS: text messages.
    Sns,
    /// Amazon SES: e-mail.
    Ses,
}

impl VendorName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Aws, Self::Rekognition, Self::Sns, Self::Ses];

    /// The name in addresses and keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Rekognition => "rekognition",
            Self::Sns => "sns",
            Self::Ses => "ses",
        }
    }

    /// The one that brings messages.
    pub const fn that_brings(channel: Channel) -> Self {
        match channel {
            Channel::Sms => Self::Sns,
            Channel::Email => Self::Ses,
        }
    }

    /// The vendor with that name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.code() == code)
    }
}

/// What auditors attest a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standard {
    /// SOC 2 Type II (AICPA, TSP 100).
    #[serde(rename = "soc_2")]
    Soc2,
    /// ISO/IEC 27001.
    #[serde(rename = "iso_27001")]
    Iso27001,
    /// PCI DSS, of those that handle cards.
    PciDss,
}

impl Standard {
    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Soc2 => "soc_2",
            Self::Iso27001 => "iso_27001",
            Self::PciDss => "pci_dss",
        }
    }
}

/// An attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attestation {
    /// Of what.
    pub standard: Standard,
    /// Its last day.
    pub valid_until: Date,
}

/// What is on record about a vendor (45 CFR 164.308(b), 164.502(e)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendor {
    /// Which.
    pub vendor: VendorName,
    /// When the business associate agreement was signed; none: there is none.
    pub baa_signed_on: Option<Date>,
    /// Whether the vendor was approved to handle PHI.
    pub phi_approved: bool,
    /// When its risks were last reviewed. A review counts for a year.
    pub reviewed_on: Option<Date>,
    /// Since when the vendor may not learn from what it is shown.
    pub learning_opt_out_on: Option<Date>,
    /// What auditors attest it.
    pub attestations: Vec<Attestation>,
    /// Who recorded this.
    pub recorded_by: OperatorId,
    /// When.
    pub recorded_at: Timestamp,
    /// Since when it is so: what is recorded once more changes nothing.
    #[serde(default)]
    pub changed_at: Timestamp,
    /// When the clinics were last told of a change.
    #[serde(default)]
    pub announced_at: Option<Timestamp>,
}

/// What a vendor lacks to be cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// A business associate agreement.
    Agreement,
    /// The approval.
    Approval,
    /// A review of its risks within a year.
    Review,
    /// An attestation that is needed and valid.
    Attestation,
    /// That it may not learn from what it is shown.
    LearningOptOut,
}

impl Vendor {
    /// What it lacks on `today`.
    pub fn lacks(&self, today: Date) -> Vec<Lack> {
        let profile = self.vendor.profile();
        let is_past = |day: Option<Date>| day.is_some_and(|day| day <= today);
        let is_ahead = |day: Option<Date>| day.is_some_and(|day| day >= today);
        let attested = profile.needs.iter().all(|standard| is_ahead(self.attested_until(*standard)));
        let all = [
            (is_past(self.baa_signed_on), Lack::Agreement),
            (self.phi_approved, Lack::Approval),
            (is_past(self.reviewed_on) && is_ahead(self.reviewed_until()), Lack::Review),
            (attested, Lack::Attestation),
            (!profile.could_learn || is_past(self.learning_opt_out_on), Lack::LearningOptOut),
        ];
        all.into_iter().filter(|(has, _)| !has).map(|(_, lack)| lack).collect()
    }

    /// Whether it has all that it needs on `today`, so that something may go to it.
    pub fn is_cleared(&self, today: Date) -> bool {
        self.lacks(today).is_empty()
    }

    /// The last day on which it is cleared, if nothing new is put on record.
    pub fn cleared_until(&self) -> Option<Date> {
        let needed = self.vendor.profile().needs.iter().map(|standard| self.attested_until(*standard));
        needed.chain([self.reviewed_until()]).min().flatten()
    }

    /// Whether it lacks something soon that it has today.
    pub fn is_due(&self, today: Date) -> bool {
        let soon = today.saturating_add(Span::new().days(NOTICE_DAYS));
        self.is_cleared(today) && self.cleared_until().is_none_or(|last| last < soon)
    }

    /// The same record as one that follows `earlier`: what says the same was changed and announced when that was.
    #[must_use]
    pub fn following(self, earlier: Option<&Self>) -> Self {
        let Some(earlier) = earlier else { return self };
        let (recorded_by, recorded_at) = (self.recorded_by, self.recorded_at);
        let same = Self { recorded_by, recorded_at, ..earlier.clone() };
        let Self { changed_at, announced_at, .. } = same;
        if (Self { changed_at, announced_at, ..self.clone() }) == same { same } else { self }
    }

    /// Whether the clinics are yet to be told of its last change.
    pub fn is_news(&self) -> bool {
        self.announced_at.is_none_or(|at| at < self.changed_at)
    }

    fn reviewed_until(&self) -> Option<Date> {
        self.reviewed_on.map(|day| day.saturating_add(Span::new().years(1)))
    }

    fn attested_until(&self, standard: Standard) -> Option<Date> {
        let of_it = self.attestations.iter().filter(|it| it.standard == standard);
        of_it.map(|it| it.valid_until).max()
    }
}

impl Record for Vendor {
    const TYPE: &'static str = "vendor";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.recorded_at
    }
}

#[cfg(test)]
mod tests;
