//! A lost authenticator: whoever lost it can't help themselves, and no one person can do it for them.

use crate::ids::StaffId;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a request waits for its approval.
pub const MFA_RESET_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// A request that somebody may enrol another authenticator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaReset {
    /// Whose authenticator is lost.
    pub staff: StaffId,
    /// Who asked.
    pub requested_by: StaffId,
    /// When.
    pub requested_at: Timestamp,
    /// Who approved, once somebody did.
    pub approved_by: Option<StaffId>,
}

impl MfaReset {
    /// Whether it still waits, or may be finished, at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now.duration_since(self.requested_at) < MFA_RESET_LIFETIME
    }

    /// Whether it still waits for its approval at `now`.
    pub fn is_waiting(&self, now: Timestamp) -> bool {
        self.approved_by.is_none() && self.is_open(now)
    }

    /// Whether `approver` may approve it: neither who asked nor whose it is, and nobody after somebody else did.
    pub fn may_be_approved_by(&self, approver: StaffId) -> bool {
        approver != self.requested_by
            && approver != self.staff
            && self.approved_by.is_none_or(|earlier| earlier == approver)
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
mod tests {
    use super::*;

    #[test]
    fn it_takes_two_and_neither_is_who_lost_it() {
        let [subject, asked, second, third] = [1, 2, 3, 4].map(|it| StaffId::from_bits([it; 16]));
        let reset = MfaReset {
            staff: subject,
            requested_by: asked,
            requested_at: Timestamp::UNIX_EPOCH,
            approved_by: None,
        };
        assert!(!reset.may_be_approved_by(subject) && !reset.may_be_approved_by(asked));
        assert!(reset.may_be_approved_by(second));
        let approved = MfaReset { approved_by: Some(second), ..reset };
        assert!(approved.may_be_approved_by(second), "a second click finishes it");
        assert!(!approved.may_be_approved_by(third));
    }

    #[test]
    fn it_waits_a_day() {
        let staff = StaffId::from_bits([1; 16]);
        let requested_at = Timestamp::UNIX_EPOCH;
        let reset = MfaReset { staff, requested_by: staff, requested_at, approved_by: None };
        let last = requested_at + MFA_RESET_LIFETIME - SignedDuration::from_nanos(1);
        assert!(reset.is_open(last) && !reset.is_open(requested_at + MFA_RESET_LIFETIME));
    }
}
