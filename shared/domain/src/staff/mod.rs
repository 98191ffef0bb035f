//! A clinic's users.

mod bulk;
mod invitation;
mod licence;
mod mfa_reset;
mod newcomer;
mod status;

pub use bulk::{BulkGrant, BulkPermission, LONGEST_BULK_GRANT};
pub use invitation::{InvitationCount, MAX_INVITATIONS_A_DAY, MAX_INVITATIONS_BEFORE};
pub use licence::{Licence, MOST_LICENCES};
pub use mfa_reset::{MFA_RESET_LIFETIME, MfaReset, ResetActor, helps_itself};
pub use newcomer::{Newcomer, StaffChange};
pub use status::{StaffStatus, StatusReason};

use crate::ids::{ClinicId, StaffId};
use crate::principal::{Actor, Role};
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A person's membership of one clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// The user.
    pub staff: StaffId,
    /// The person at the identity provider (`sub`).
    pub subject: String,
    /// What they do.
    pub roles: Vec<Role>,
    /// What they are licensed for, by state.
    pub licences: Vec<Licence>,
    /// Whether they may work.
    pub status: StaffStatus,
    /// Since when they belong to the clinic.
    pub since: Timestamp,
    /// When they first came in, since they were invited last. Until then it is somebody's word that they work there.
    #[serde(default)]
    pub accepted_at: Option<Timestamp>,
    /// When they signed in last; none if they never did, or not since this is kept.
    #[serde(default)]
    pub last_sign_in_at: Option<Timestamp>,
    /// Sessions that began at this instant or before count no more.
    pub signed_out_at: Option<Timestamp>,
    /// What they may do in bulk, and until when: of each permission the last grant.
    #[serde(default)]
    pub bulk: Vec<BulkGrant>,
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

/// That somebody left a clinic: what is still theirs there is to be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// The clinic.
    pub clinic: ClinicId,
    /// Who left.
    pub staff: StaffId,
    /// Who said so.
    pub by: StaffId,
}

impl Staff {
    /// Who they are where something is decided on or recorded.
    pub fn actor(&self) -> Actor {
        Actor::Staff { staff: self.staff, roles: self.roles.clone() }
    }

    /// Whether they may work.
    pub fn is_active(&self) -> bool {
        self.status == StaffStatus::Active
    }

    /// Whether they may work, and run the clinic's account.
    pub fn is_active_owner(&self) -> bool {
        self.is_active() && self.roles.contains(&Role::Owner)
    }

    /// Whether they may work, and came in: who was only invited may never have heard of the clinic.
    pub fn is_established(&self) -> bool {
        self.is_active() && self.accepted_at.is_some()
    }

    /// Whether they run the clinic's account, and came in: who never did is nobody to leave a clinic to.
    pub fn is_established_owner(&self) -> bool {
        self.is_established() && self.is_active_owner()
    }

    /// Whether evaluations can be assigned to them: who works there, and on evaluations.
    pub fn is_assignable(&self) -> bool {
        let works_on_evaluations = |role: &Role| matches!(role, Role::Provider | Role::Coordinator);
        self.is_active() && self.roles.iter().any(works_on_evaluations)
    }

    /// Whether they hold a licence of `state` that is valid on `today`.
    pub fn is_licensed(&self, state: &str, today: Date) -> bool {
        self.licences.iter().any(|licence| licence.state == state && licence.is_valid(today))
    }

    /// What they may do there, as the audit log has it: roles, and of which states their licences are.
    pub fn summary(&self) -> String {
        let join = |parts: Vec<&str>| parts.join("+");
        let roles = join(self.roles.iter().map(|role| role.code()).collect());
        let states = join(self.licences.iter().map(|licence| licence.state.as_str()).collect());
        format!("staff={};roles={roles};licensed_in={states}", self.staff)
    }

    /// Whether a session that began at `started_at` still counts, whatever its clocks say.
    pub fn admits_session(&self, started_at: Timestamp) -> bool {
        self.is_active() && self.signed_out_at.is_none_or(|at| started_at > at)
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use jiff::SignedDuration;
    use jiff::civil::date;

    pub(crate) fn member() -> Staff {
        Staff {
            staff: StaffId::from_bits([1; 16]),
            subject: String::new(),
            roles: vec![Role::Owner, Role::Provider],
            licences: vec![Licence {
                number: "MD60123456".into(),
                state: "WA".into(),
                expires_on: date(2027, 3, 31),
            }],
            status: StaffStatus::Active,
            since: Timestamp::UNIX_EPOCH,
            accepted_at: None,
            last_sign_in_at: None,
            signed_out_at: None,
            bulk: Vec::new(),
        }
    }

    #[test]
    fn a_licence_counts_in_its_state_and_through_its_last_day() {
        let member = member();
        assert!(member.is_licensed("WA", date(2027, 3, 31)));
        assert!(!member.is_licensed("WA", date(2027, 4, 1)));
        assert!(!member.is_licensed("OR", date(2027, 3, 31)));
    }

    #[test]
    fn a_summary_has_codes_and_nothing_that_somebody_wrote() {
        let member = member();
        assert_eq!(member.summary(), format!("staff={};roles=owner+provider;licensed_in=WA", member.staff));
    }

    #[test]
    fn only_sessions_that_began_after_the_last_sign_out_count() {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60);
        let member = Staff { signed_out_at: Some(at), ..member() };
        let tick = SignedDuration::from_nanos(1);
        assert!(!member.admits_session(at - tick) && !member.admits_session(at));
        assert!(member.admits_session(at + tick));
        assert!(!Staff { status: StaffStatus::Suspended, ..member }.admits_session(at + tick));
    }

    #[test]
    fn who_may_not_work_is_given_nothing_and_counts_as_no_owner() {
        for status in [StaffStatus::Suspended, StaffStatus::Terminated] {
            let member = Staff { status, ..member() };
            assert!(!member.is_assignable() && !member.is_active_owner());
        }
        assert!(member().is_assignable() && member().is_active_owner());
    }

    #[test]
    fn an_owner_who_never_came_in_is_nobody_to_leave_a_clinic_to() {
        let accepted_at = Some(Timestamp::UNIX_EPOCH);
        assert!(member().is_active_owner() && !member().is_established_owner());
        assert!(Staff { accepted_at, ..member() }.is_established_owner());
        for status in [StaffStatus::Suspended, StaffStatus::Terminated] {
            assert!(!Staff { accepted_at, status, ..member() }.is_established_owner());
        }
        assert!(!Staff { accepted_at, roles: vec![Role::Provider], ..member() }.is_established_owner());
    }
}
