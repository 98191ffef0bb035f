//! Whether somebody may work, and why that changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a user may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffStatus {
    /// May sign in.
    Active,
    /// May not for now, from the next request on.
    Suspended,
    /// Left: may not, from the next request on, and what was theirs goes to others. Comes back by invitation only.
    Terminated,
}

impl StaffStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Terminated];

    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
        }
    }

    /// Whether an owner may decide that somebody who stands here stands at `next`, for `reason`.
    pub const fn may_become(self, next: Self, reason: StatusReason) -> bool {
        use StatusReason::{Left, OnLeave, Resolved, Returned, Security};
        match (self, next) {
            (Self::Active, Self::Suspended) => matches!(reason, OnLeave | Security),
            (Self::Suspended, Self::Active) => matches!(reason, Returned | Resolved),
            (Self::Active | Self::Suspended, Self::Terminated) => matches!(reason, Left | Security),
            _ => false,
        }
    }
}

/// Why an owner changes whether somebody may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusReason {
    /// They work there no more.
    Left,
    /// They are on leave.
    OnLeave,
    /// Patients' data or the account are in danger.
    Security,
    /// They are back from their leave.
    Returned,
    /// What they were suspended for is mended.
    Resolved,
}

impl StatusReason {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Left, Self::OnLeave, Self::Security, Self::Returned, Self::Resolved];

    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::OnLeave => "on_leave",
            Self::Security => "security",
            Self::Returned => "returned",
            Self::Resolved => "resolved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_comes_back_from_the_end_and_nothing_becomes_itself() {
        let may = |one: StaffStatus, next| StatusReason::ALL.iter().any(|why| one.may_become(next, *why));
        for status in StaffStatus::ALL {
            assert!(!may(status, status));
            assert!(!may(StaffStatus::Terminated, status));
        }
        assert!(
            may(StaffStatus::Active, StaffStatus::Suspended)
                && may(StaffStatus::Suspended, StaffStatus::Active)
        );
        assert!(may(StaffStatus::Suspended, StaffStatus::Terminated));
    }

    #[test]
    fn codes_are_those_of_the_json() {
        for status in StaffStatus::ALL {
            assert_eq!(serde_json::to_value(status).ok(), Some(status.code().into()));
        }
        for reason in StatusReason::ALL {
            assert_eq!(serde_json::to_value(reason).ok(), Some(reason.code().into()));
        }
    }
}
