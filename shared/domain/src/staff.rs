//! A clinic's users.

use crate::ids::StaffId;
use crate::principal::Role;
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether a user may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffStatus {
    /// May sign in.
    Active,
    /// May not, from the next request on.
    Terminated,
}

/// A person's membership of one clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// The user.
    pub staff: StaffId,
    /// The person at the identity provider (`sub`).
    pub subject: String,
    /// What they do.
    pub roles: Vec<Role>,
    /// Whether they may work.
    pub status: StaffStatus,
    /// Since when they belong to the clinic.
    pub since: Timestamp,
}

/// Who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffDetails {
    /// Name, as reports show it.
    pub name: String,
    /// Professional title, as reports show it.
    pub credential: Option<String>,
    /// E-mail address; the user name at the identity provider.
    pub email: String,
}

impl Staff {
    /// Whether evaluations can be assigned to them: who works there, and on evaluations.
    pub fn is_assignable(&self) -> bool {
        let works_on_evaluations = |role: &Role| matches!(role, Role::Provider | Role::Coordinator);
        self.status == StaffStatus::Active && self.roles.iter().any(works_on_evaluations)
    }
}

impl Record for Staff {
    const TYPE: &'static str = "staff";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = StaffDetails;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}
