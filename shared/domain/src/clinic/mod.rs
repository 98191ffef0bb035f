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
    /// Whether it admits a request at `now`. What reads and isn't about patients is always answered: its people must be
    /// able to see where it stands, and to sign out.
    ///
    /// # Errors
    /// [`NotAdmitted`], and why.
    pub fn admits(&self, Asked { phi, changes }: Asked, now: Timestamp) -> Result<(), NotAdmitted> {
        let is_closed = matches!(self.status, ClinicStatus::Suspended | ClinicStatus::Purged);
        let is_read_only = matches!(self.status, ClinicStatus::PastDue | ClinicStatus::Terminated);
        let hindrances = [
            (is_closed && (phi || changes), NotAdmitted::Closed),
            (phi && !self.may_handle_phi(now), NotAdmitted::NoAgreement),
            (is_read_only && changes, NotAdmitted::ReadOnly),
        ];
        hindrances.into_iter().find(|(hinders, _)| *hinders).map_or(Ok(()), |(_, why)| Err(why))
    }

    /// Whether what was left to do about patients may be done at `now`: vendors asked, notices sent.
    pub fn admits_work(&self, now: Timestamp) -> bool {
        self.admits(Asked { phi: true, changes: false }, now).is_ok()
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
            _ => all_hold(&self.agreements, utc_day(now)),
        }
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
pub(crate) mod tests {
    use super::*;
    use crate::agreement::offered;
    use jiff::civil::date;

    fn clinic(time_zone: &str, state: &str) -> Clinic {
        Clinic {
            clinic: ClinicId::from_bits([1; 16]),
            slug: "glow".into(),
            name: "Glow".into(),
            time_zone: time_zone.into(),
            state: state.into(),
            contact: ClinicContact { email: "desk@clinic.example".into(), phone: "+12065550100".into() },
            hipaa_covered: true,
            status: ClinicStatus::Active,
            status_since: Timestamp::UNIX_EPOCH,
            agreements: Accepted::default(),
            settings: ClinicSettings::default(),
            key: WrappedKey { branch: 1, wrapped: String::new() },
            registered_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// A clinic that has agreed to all that is offered on November 2, 2026.
    pub(crate) fn agreed() -> Clinic {
        let offered_then = |kind| offered(kind, date(2026, 11, 2)).unwrap().version.to_owned();
        let agreements = AgreementKind::ALL.into_iter().map(|kind| (kind, offered_then(kind))).collect();
        Clinic { agreements, ..clinic("UTC", "AL") }
    }

    #[test]
    fn where_it_stands_decides_what_it_admits() {
        use NotAdmitted::{Closed, NoAgreement, ReadOnly};
        let now: Timestamp = "2026-11-02T15:00:00Z".parse().unwrap();
        // What reads, what changes, and both where patients are concerned.
        let asked = [(false, false), (false, true), (true, false), (true, true)];
        let expected = [
            (ClinicStatus::Pending, [Ok(()), Ok(()), Err(NoAgreement), Err(NoAgreement)]),
            (ClinicStatus::Active, [Ok(()); 4]),
            (ClinicStatus::PastDue, [Ok(()), Err(ReadOnly), Ok(()), Err(ReadOnly)]),
            (ClinicStatus::Suspended, [Ok(()), Err(Closed), Err(Closed), Err(Closed)]),
            (ClinicStatus::Terminated, [Ok(()), Err(ReadOnly), Ok(()), Err(ReadOnly)]),
            (ClinicStatus::Purged, [Ok(()), Err(Closed), Err(Closed), Err(Closed)]),
        ];
        assert_eq!(expected.map(|(status, _)| status), ClinicStatus::ALL);
        for (status, answers) in expected {
            let clinic = Clinic { status, ..agreed() };
            for ((phi, changes), answer) in asked.into_iter().zip(answers) {
                assert_eq!(clinic.admits(Asked { phi, changes }, now), answer, "{status:?} {phi} {changes}");
            }
        }
        let never_agreed = clinic("UTC", "AL");
        assert_eq!(never_agreed.admits(Asked { phi: true, changes: false }, now), Err(NoAgreement));
        assert_eq!(never_agreed.admits(Asked { phi: false, changes: true }, now), Ok(()));
    }

    #[test]
    fn one_comes_of_age_at_midnight_of_the_clinic() {
        let born = date(2008, 11, 1);
        let (seattle, guam) = (clinic("America/Los_Angeles", "WA"), clinic("Pacific/Guam", "GU"));
        // In Seattle it is midnight at seven o'clock UTC, in the last night of daylight saving time.
        let before: Timestamp = "2026-11-01T06:59:59Z".parse().unwrap();
        assert!(seattle.is_minor(born, before));
        assert!(!guam.is_minor(born, before));
        assert!(!seattle.is_minor(born, "2026-11-01T07:00:00Z".parse().unwrap()));
        // The night in which the clocks go back has one midnight, an hour that comes twice is after it.
        assert!(!seattle.is_minor(born, "2026-11-01T09:30:00Z".parse().unwrap()));
    }

    #[test]
    fn what_was_registered_before_there_were_settings_or_agreements_is_read() {
        let mut stored = serde_json::to_value(clinic("UTC", "AL")).unwrap();
        for later in ["settings", "agreements", "status_since"] {
            stored.as_object_mut().unwrap().remove(later);
        }
        let read: Clinic = serde_json::from_value(stored).unwrap();
        assert_eq!(read.settings.minors, MinorsPolicy::Refused);
        assert!(read.agreements.is_empty());
        assert_eq!(read.settings.report_second_factor, SecondFactor::BirthDate);
    }

    #[test]
    fn slugs_are_plain() {
        for good in ["glow", "glow-clinic-2"] {
            assert!(is_slug(good));
        }
        for bad in ["", "ab", "Glow", "glow_clinic", "-glow", "glow-", "glöw", "glow clinic"] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn a_line_has_something_in_it_and_no_end() {
        assert!(is_line("Belle Époque", 120));
        for bad in ["", "  ", "Glow\r\nBcc: a@b.example", "Glow\0", "Gloww"] {
            assert!(!is_line(bad, 4), "{bad:?}");
        }
    }

    #[test]
    fn states_are_two_letters_that_exist() {
        assert!(is_state("WA") && is_state("DC"));
        assert!(!is_state("ZZ") && !is_state("wa") && !is_state("A ") && !is_state("AL AK"));
    }
}
