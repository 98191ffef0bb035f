//! The clinic: the tenant, usually the covered entity.

mod standing;

pub use standing::{Asked, ChangeReason, ClinicStatus, NotAdmitted};

use crate::agreement::{Accepted, AgreementKind, all_hold};
use crate::clock::utc_day;
use crate::ids::ClinicId;
use crate::keys::WrappedKey;
use crate::minor::{MinorsPolicy, is_minor};
use crate::report_code::SecondFactor;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How patients reach the clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClinicContact {
    /// E-mail address.
    pub email: String,
    /// Phone number, E.164.
    pub phone: String,
}

/// What a clinic decides for itself. What isn't set is as it was at the registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClinicSettings {
    /// What it does with intakes of minors.
    pub minors: MinorsPolicy,
    /// What it asks for beside a report link.
    pub report_second_factor: SecondFactor,
}

/// A clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clinic {
    /// The clinic.
    pub clinic: ClinicId,
    /// Its name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// Its state, as the two letters of USPS.
    pub state: String,
    /// How patients reach it.
    pub contact: ClinicContact,
    /// Whether HIPAA applies to it; if not, state and FTC law do.
    pub hipaa_covered: bool,
    /// Where it stands.
    pub status: ClinicStatus,
    /// Since when; of those registered before it was kept, since ever.
    #[serde(default)]
    pub status_since: Timestamp,
    /// Whether the platform knows it: an operator registered it, or looked at it since. Asked while it is pending alone; what
    /// doesn't say so isn't.
    #[serde(default)]
    pub verified: bool,
    /// Whether its end found it suspended, and what it was closed for isn't resolved: until it is, nothing is read there.
    #[serde(default)]
    pub withheld: bool,
    /// The agreements without which no PHI route answers, as they were accepted last.
    #[serde(default)]
    pub agreements: Accepted,
    /// What it decided for itself.
    #[serde(default)]
    pub settings: ClinicSettings,
    /// The data key for what belongs to the clinic and to no patient.
    pub key: WrappedKey,
    /// When it was registered.
    pub registered_at: Timestamp,
}

impl Clinic {
    /// Itself at `now`: active, if it was pending and waits for nothing any more, neither signature nor the operators' look.
    #[must_use]
    pub fn begun(self, now: Timestamp) -> Self {
        let begins = self.status == ClinicStatus::Pending && self.verified && self.has_agreed(now);
        if begins { Self { status: ClinicStatus::Active, status_since: now, ..self } } else { self }
    }

    /// Itself once an operator decided on `to` at `now`, for `reason`, as [`ClinicStatus::may_become`] lets them. That it is
    /// verified makes it active if it waits for nothing else. The end doesn't let in again whoever was closed out: that takes
    /// that it is resolved, before the end or after. Nor does the end keep anything from being closed.
    #[must_use]
    pub fn decided(self, to: ClinicStatus, reason: ChangeReason, now: Timestamp) -> Self {
        if reason == ChangeReason::Verified {
            return Self { verified: true, ..self }.begun(now);
        }
        if self.status == to {
            return Self { withheld: reason != ChangeReason::Resolved, ..self };
        }
        let withheld = (self.status, to) == (ClinicStatus::Suspended, ClinicStatus::Terminated);
        Self { status: to, status_since: now, withheld, ..self }
    }

    /// Whether it admits a request at `now`. What reads and isn't about patients is always answered: its people must be
    /// able to see where it stands, and to sign out. While it is closed nothing else is: it may be closed because somebody
    /// took an owner's account over.
    ///
    /// # Errors
    /// [`NotAdmitted`], and why.
    pub fn admits(&self, Asked { phi, changes, acts }: Asked, now: Timestamp) -> Result<(), NotAdmitted> {
        let is_read_only = matches!(self.status, ClinicStatus::PastDue | ClinicStatus::Terminated);
        let waits = self.status == ClinicStatus::Pending && !self.verified && self.has_agreed(now);
        let hindrances = [
            (self.is_closed() && (phi || changes || acts), NotAdmitted::Closed),
            (phi && waits, NotAdmitted::NotVerified),
            (phi && !self.may_handle_phi(now), NotAdmitted::NoAgreement),
            (is_read_only && changes, NotAdmitted::ReadOnly),
        ];
        hindrances.into_iter().find(|(hinders, _)| *hinders).map_or(Ok(()), |(_, why)| Err(why))
    }

    /// Whether what was left to do about patients may be done at `now`: vendors asked, notices sent.
    pub fn admits_work(&self, now: Timestamp) -> bool {
        self.admits(Asked { phi: true, ..Asked::default() }, now).is_ok()
    }

    /// Whether it is closed: nothing about patients is answered, and nothing is changed.
    pub const fn is_closed(&self) -> bool {
        matches!(self.status, ClinicStatus::Suspended | ClinicStatus::Purged) || self.withheld
    }

    /// Whether it may still sign agreements: until its end.
    pub const fn may_sign(&self) -> bool {
        matches!(self.status, ClinicStatus::Pending | ClinicStatus::Active | ClinicStatus::PastDue)
    }

    /// Whether its agreements hold at `now`. What was agreed on the records of a clinic that has gone outlives its end.
    fn may_handle_phi(&self, now: Timestamp) -> bool {
        match self.status {
            ClinicStatus::Pending => false,
            ClinicStatus::Terminated => self.agreements.contains_key(&AgreementKind::BusinessAssociate),
            _ => self.has_agreed(now),
        }
    }

    fn has_agreed(&self, now: Timestamp) -> bool {
        all_hold(&self.agreements, utc_day(now))
    }

    /// The day that the clinic's calendar shows at `now`.
    pub fn today(&self, now: Timestamp) -> Date {
        self.local(now).date()
    }

    /// An instant where the clinic is.
    pub fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC))
    }

    /// Whether somebody born on `birth_date` is a minor there at `now`.
    pub fn is_minor(&self, birth_date: Date, now: Timestamp) -> bool {
        is_minor(birth_date, self.today(now), &self.state)
    }
}

impl Record for Clinic {
    const TYPE: &'static str = "clinic";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.registered_at
    }
}

/// Whether a clinic may be called so in addresses: 3 to 60 lower-case letters, digits and hyphens, these not at the ends.
pub fn is_slug(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=60).contains(&text.len())
        && text.bytes().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Something to read in one line, of at most so many characters: it stands in subjects of mails and on reports.
pub fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
}

/// The postal codes of the states, the District of Columbia and the inhabited territories (USPS Publication 28).
pub fn is_state(state: &str) -> bool {
    const STATES: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ \
                          NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI";
    state.len() == 2 && STATES.split(' ').any(|known| known == state)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests;
