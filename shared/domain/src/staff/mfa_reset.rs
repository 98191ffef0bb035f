//! A lost authenticator: whoever lost it can't help themselves, and no one person can do it for them.

use super::Staff;
use crate::ids::{OperatorId, StaffId};
use crate::permission::{Permission, RequestMfaReset};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a request waits for its approval.
pub const MFA_RESET_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Who asks for a reset, or approves it: two of the clinic or, where it hasn't two who can, two of the platform's operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ResetActor {
    /// A user of the clinic.
    Staff(StaffId),
    /// A platform operator.
    Operator(OperatorId),
}

impl ResetActor {
    const fn is_operator(self) -> bool {
        matches!(self, Self::Operator(_))
    }
}

/// A request that somebody may enrol another authenticator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaReset {
    /// Whose authenticator is lost.
    pub staff: StaffId,
    /// Who asked.
    pub requested_by: ResetActor,
    /// When.
    pub requested_at: Timestamp,
    /// Who approved, once somebody did.
    pub approved_by: Option<ResetActor>,
}

impl MfaReset {
    /// A request of `requested_by` at `requested_at`, which waits for its approval.
    pub const fn requested(staff: StaffId, requested_by: ResetActor, requested_at: Timestamp) -> Self {
        Self { staff, requested_by, requested_at, approved_by: None }
    }

    /// Whether it still waits, or may be finished, at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now.duration_since(self.requested_at) < MFA_RESET_LIFETIME
    }

    /// Whether `approver` may approve it: one of those who asked, staff or operators, but neither who asked nor whose it is,
    /// and nobody after somebody else did.
    pub fn may_be_approved_by(&self, approver: ResetActor) -> bool {
        approver != self.requested_by
            && approver != ResetActor::Staff(self.staff)
            && approver.is_operator() == self.requested_by.is_operator()
            && self.approved_by.is_none_or(|earlier| earlier == approver)
    }

    /// Whether it takes the place of `earlier`: of what is over and, where operators ask, of what staff asked for and nobody at
    /// the clinic can approve. One that was approved is being carried out, and gives way to nothing.
    pub fn replaces(&self, earlier: &Self) -> bool {
        let is_ours_to_take = self.requested_by.is_operator() && !earlier.requested_by.is_operator();
        (is_ours_to_take && earlier.approved_by.is_none()) || !earlier.is_open(self.requested_at)
    }
}

/// Whether those `members` of a clinic who came in can help `owner`: two others who may reset an authenticator or, where the
/// owner never came in, another owner, who invites them again.
pub fn helps_itself<'a>(members: impl IntoIterator<Item = &'a Staff>, owner: &Staff) -> bool {
    let is_there = |it: &&Staff| it.staff != owner.staff && it.is_established();
    let mut others = members.into_iter().filter(is_there);
    match owner.accepted_at {
        Some(_) => others.filter(|it| RequestMfaReset::GRANT.includes(&it.actor())).count() >= 2,
        None => others.any(Staff::is_established_owner),
    }
}

impl Record for MfaReset {
    const TYPE: &'static str = "mfa_reset";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.requested_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.requested_at.checked_add(MFA_RESET_LIFETIME).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tests::member;
    use super::*;
    use crate::permission::ApproveMfaReset;
    use crate::principal::Role;
    use crate::staff::StaffStatus;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const LOST: StaffId = StaffId::from_bits([1; 16]);

    fn staff(number: u8) -> ResetActor {
        ResetActor::Staff(StaffId::from_bits([number; 16]))
    }

    fn operator(number: u8) -> ResetActor {
        ResetActor::Operator(OperatorId::from_bits([number; 16]))
    }

    fn asked_by(actor: ResetActor) -> MfaReset {
        MfaReset::requested(LOST, actor, NOW)
    }

    #[test]
    fn it_takes_two_and_neither_is_who_lost_it() {
        let reset = asked_by(staff(2));
        assert!(!reset.may_be_approved_by(ResetActor::Staff(LOST)) && !reset.may_be_approved_by(staff(2)));
        assert!(reset.may_be_approved_by(staff(3)));
        let approved = MfaReset { approved_by: Some(staff(3)), ..reset };
        assert!(approved.may_be_approved_by(staff(3)), "a second click finishes it");
        assert!(!approved.may_be_approved_by(staff(4)));
    }

    #[test]
    fn staff_and_operators_dont_approve_what_the_others_asked_for() {
        assert!(asked_by(operator(2)).may_be_approved_by(operator(3)));
        assert!(!asked_by(operator(2)).may_be_approved_by(operator(2)));
        assert!(!asked_by(operator(2)).may_be_approved_by(staff(3)));
        assert!(!asked_by(staff(2)).may_be_approved_by(operator(3)));
    }

    #[test]
    fn it_waits_a_day() {
        let reset = asked_by(staff(2));
        let end = NOW + MFA_RESET_LIFETIME;
        let last = end - SignedDuration::from_nanos(1);
        assert!(reset.is_open(last) && !reset.is_open(end));
    }

    #[test]
    fn what_waits_gives_way_to_operators_and_to_nobody_else() {
        let [of_staff, of_operator] = [asked_by(staff(2)), asked_by(operator(2))];
        assert!(asked_by(operator(3)).replaces(&of_staff));
        assert!(!asked_by(staff(3)).replaces(&of_staff));
        assert!(!asked_by(staff(3)).replaces(&of_operator) && !asked_by(operator(3)).replaces(&of_operator));
        let approved = MfaReset { approved_by: Some(staff(4)), ..of_staff.clone() };
        assert!(!asked_by(operator(3)).replaces(&approved) && !asked_by(staff(2)).replaces(&approved));
        let later = MfaReset { requested_at: NOW + MFA_RESET_LIFETIME, ..asked_by(staff(3)) };
        assert!(later.replaces(&of_staff) && later.replaces(&of_operator) && later.replaces(&approved));
    }

    #[test]
    fn a_clinic_helps_itself_with_others_who_came_in_and_may() {
        assert_eq!(RequestMfaReset::GRANT, ApproveMfaReset::GRANT, "who may ask may approve");
        let other = |number: u8, role| Staff {
            staff: StaffId::from_bits([number; 16]),
            roles: vec![role],
            accepted_at: Some(NOW),
            ..member()
        };
        let (lost, owner, officer) =
            (other(1, Role::Owner), other(2, Role::Owner), other(3, Role::Compliance));
        let helps = |members: &[&Staff]| helps_itself(members.iter().copied(), &lost);
        assert!(helps(&[&lost, &owner, &officer]));
        assert!(!helps(&[&lost, &owner]));
        for useless in [
            Staff { accepted_at: None, ..officer.clone() },
            Staff { status: StaffStatus::Suspended, ..officer.clone() },
            other(3, Role::Provider),
        ] {
            assert!(!helps(&[&lost, &owner, &useless]));
        }
        let never_came = Staff { accepted_at: None, ..lost.clone() };
        assert!(helps_itself([&never_came, &owner], &never_came), "another owner invites them again");
        assert!(!helps_itself([&never_came, &officer, &other(4, Role::Compliance)], &never_came));
    }

    #[test]
    fn who_asked_is_told_by_their_identifier() {
        for actor in [staff(2), operator(2)] {
            let text = serde_json::to_value(actor).unwrap();
            assert!(text.is_string(), "{text}");
            assert_eq!(serde_json::from_value::<ResetActor>(text).unwrap(), actor);
        }
        assert!(serde_json::from_value::<ResetActor>(json!("cli_0123456789abcdefghjkmnpqr0")).is_err());
    }
}
