//! The clinic: the tenant, usually the covered entity.

use crate::form::Form;
use crate::ids::{ClinicId, OperatorId, StaffId};
use crate::keys::WrappedKey;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
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
    pub signed_on: jiff::civil::Date,
    /// Who recorded it.
    pub recorded_by: OperatorId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// How patients reach the clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicContact {
    /// E-mail address.
    pub email: String,
    /// Phone number, E.164.
    pub phone: String,
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
}

impl Record for Clinic {
    const TYPE: &'static str = "clinic";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.registered_at
    }
}

/// A published version of the clinic's form. A patient always answers the version they were shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormVersion {
    /// Counts from 1.
    pub version: u32,
    /// The form itself.
    pub form: Form,
    /// Who published it.
    pub published_by: StaffId,
    /// When.
    pub published_at: Timestamp,
}

impl Record for FormVersion {
    const TYPE: &'static str = "form";
    const CLASS: RecordClass = RecordClass::Consent;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.published_at
    }
}

/// Which version new intakes answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentForm {
    /// The version in force.
    pub version: u32,
    /// Since when.
    pub since: Timestamp,
}

impl Record for CurrentForm {
    const TYPE: &'static str = "current_form";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}
