//! The clinic: the tenant, usually the covered entity.

use crate::ids::{ClinicId, OperatorId};
use crate::keys::WrappedKey;
use crate::minor::{MinorsPolicy, is_minor};
use crate::report_code::SecondFactor;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a clinic stands with the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClinicStatus {
    /// In use.
    Active,
    /// Closed to everyone but operators.
    Suspended,
}

/// That a business associate agreement with the clinic is in force (45 CFR 164.504(e)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessAssociateAgreement {
    /// The version that was signed.
    pub version: String,
    /// When the clinic signed it.
    pub signed_on: Date,
    /// Who recorded it.
    pub recorded_by: OperatorId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

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
    /// The agreement without which no PHI route answers.
    pub baa: Option<BusinessAssociateAgreement>,
    /// What it decided for itself.
    #[serde(default)]
    pub settings: ClinicSettings,
    /// The data key for what belongs to the clinic and to no patient.
    pub key: WrappedKey,
    /// When it was registered.
    pub registered_at: Timestamp,
}

impl Clinic {
    /// Whether patients' data may be handled for it.
    pub const fn may_handle_phi(&self) -> bool {
        matches!(self.status, ClinicStatus::Active) && self.baa.is_some()
    }

    /// The day that the clinic's calendar shows at `now`.
    pub fn today(&self, now: Timestamp) -> Date {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC).to_datetime(now).date()
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
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
            baa: None,
            settings: ClinicSettings::default(),
            key: WrappedKey { branch: 1, wrapped: String::new() },
            registered_at: Timestamp::UNIX_EPOCH,
        }
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
    fn what_was_registered_before_there_were_settings_has_the_first_of_each() {
        let mut stored = serde_json::to_value(clinic("UTC", "AL")).unwrap();
        stored.as_object_mut().unwrap().remove("settings");
        let read: Clinic = serde_json::from_value(stored).unwrap();
        assert_eq!(read.settings.minors, MinorsPolicy::Refused);
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
}
