//! What stands in the directory, and where.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use visage_domain::ids::{ClinicId, OperatorId, StaffId};
use visage_domain::retention::{Nothing, Record, RecordClass};
use visage_domain::session::{OperatorSession, OperatorSignOut};
use visage_domain::staff::Staff;
use visage_domain::vendor::{Vendor, VendorName};

/// The partition of the list of clinics.
pub(super) const CLINICS: &str = "CLINICS";

/// The partition of what is on record about vendors.
pub(super) const VENDORS: &str = "VENDORS";

/// Where a slug leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlugEntry {
    /// The name in addresses.
    pub slug: String,
    /// The clinic.
    pub clinic: ClinicId,
    /// Since when.
    pub since: Timestamp,
}

/// One clinic of the list of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicEntry {
    /// The clinic.
    pub clinic: ClinicId,
    /// Since when.
    pub since: Timestamp,
}

/// One membership of a person known to the identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipEntry {
    /// The person (`sub`).
    pub subject: String,
    /// The clinic.
    pub clinic: ClinicId,
    /// The person's user there.
    pub staff: StaffId,
    /// Since when.
    pub since: Timestamp,
    /// When they first came in there. Until then it is somebody's word that they work there, not theirs.
    #[serde(default)]
    pub accepted_at: Option<Timestamp>,
}

/// A sign-in token that was used. A second use is a theft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedToken {
    /// The token's `jti`.
    pub token: String,
    /// When it was used.
    pub used_at: Timestamp,
}

impl Record for SlugEntry {
    const TYPE: &'static str = "slug";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

impl Record for ClinicEntry {
    const TYPE: &'static str = "clinic_entry";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

impl MembershipEntry {
    /// The membership of `member` at `clinic`, accepted as far as they did.
    pub fn of(member: &Staff, clinic: ClinicId) -> Self {
        let Staff { staff, since, accepted_at, .. } = *member;
        Self { subject: member.subject.clone(), clinic, staff, since, accepted_at }
    }
}

impl Record for MembershipEntry {
    const TYPE: &'static str = "membership";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

impl Record for UsedToken {
    const TYPE: &'static str = "used_token";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.used_at
    }

    // Sign-in takes tokens of at most five minutes; a day leaves no doubt.
    fn expires_at(&self) -> Option<Timestamp> {
        self.used_at.checked_add(SignedDuration::from_hours(24)).ok()
    }
}

/// A record with a place in the directory.
pub trait DirectoryEntry: Record {
    /// Partition and sort key.
    fn place(&self) -> (String, String);
}

impl DirectoryEntry for SlugEntry {
    fn place(&self) -> (String, String) {
        (format!("SLUG#{}", self.slug), "CLINIC".into())
    }
}

impl DirectoryEntry for ClinicEntry {
    fn place(&self) -> (String, String) {
        (CLINICS.into(), format!("CLINIC#{}", self.clinic))
    }
}

impl DirectoryEntry for MembershipEntry {
    fn place(&self) -> (String, String) {
        (person(&self.subject), format!("CLINIC#{}", self.clinic))
    }
}

/// The partition of a person's memberships.
pub(super) fn person(subject: &str) -> String {
    format!("PERSON#{subject}")
}

impl DirectoryEntry for UsedToken {
    fn place(&self) -> (String, String) {
        (format!("TOKEN#{}", self.token), "USED".into())
    }
}

impl DirectoryEntry for Vendor {
    fn place(&self) -> (String, String) {
        vendor(self.vendor)
    }
}

/// The place of a vendor's entry.
pub(super) fn vendor(name: VendorName) -> (String, String) {
    (VENDORS.into(), format!("VENDOR#{}", name.code()))
}

impl DirectoryEntry for OperatorSession {
    fn place(&self) -> (String, String) {
        (format!("OPERATOR_SESSION#{}", self.session), "SESSION".into())
    }
}

impl DirectoryEntry for OperatorSignOut {
    fn place(&self) -> (String, String) {
        operator_sign_out(self.operator)
    }
}

/// The place of an operator's last sign-out everywhere.
pub(super) fn operator_sign_out(operator: OperatorId) -> (String, String) {
    (format!("OPERATOR#{operator}"), "SIGN_OUT".into())
}
