//! Leave to do something to many patients at once: apart from roles, given to one person, and for a time.

use super::Staff;
use crate::fields::{Field, shown};
use crate::ids::StaffId;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest that a permission is granted for: whoever needs it for longer is asked about again.
pub const LONGEST_BULK_GRANT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What is done to many patients at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkPermission {
    /// Answers of all intakes of a span of time are taken out.
    Export,
    /// Intakes that were taken elsewhere are entered, many at once.
    Import,
}

impl BulkPermission {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Export, Self::Import];

    /// The name used in paths, in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Import => "import",
        }
    }

    /// The permission with that name.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.code() == code)
    }
}

/// That somebody may do something in bulk, until when, and who decided that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkGrant {
    /// What they may do.
    pub permission: BulkPermission,
    /// From when on they may no more.
    pub until: Timestamp,
    /// Who granted it.
    pub granted_by: StaffId,
    /// When.
    pub granted_at: Timestamp,
}

impl BulkGrant {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] =
        &[shown("permission"), shown("until"), shown("grantedBy"), shown("grantedAt")];
}

impl BulkGrant {
    /// A grant of `granted_by`, from `now` until `until`.
    ///
    /// # Errors
    /// A stable code if that isn't in the future, or is too far in it.
    pub fn new(
        permission: BulkPermission,
        until: Timestamp,
        granted_by: StaffId,
        now: Timestamp,
    ) -> Result<Self, &'static str> {
        if until <= now {
            Err("too_early")
        } else if until.duration_since(now) > LONGEST_BULK_GRANT {
            Err("too_late")
        } else {
            Ok(Self { permission, until, granted_by, granted_at: now })
        }
    }

    /// Whether it still holds at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

impl Staff {
    /// Whether they may do something in bulk at `now`, as far as that isn't their roles' to say.
    pub fn holds_bulk(&self, permission: BulkPermission, now: Timestamp) -> bool {
        self.is_active() && self.bulk_grant(permission).is_some_and(|grant| grant.holds(now))
    }

    /// The last grant of a permission that wasn't taken back; it may be over.
    pub fn bulk_grant(&self, permission: BulkPermission) -> Option<&BulkGrant> {
        self.bulk.iter().find(|grant| grant.permission == permission)
    }

    /// The same member with a grant, in place of an earlier one of that permission.
    #[must_use]
    pub fn granted_bulk(self, grant: BulkGrant) -> Self {
        let mut member = self.without_bulk(grant.permission);
        member.bulk.push(grant);
        member
    }

    /// The same member without a permission.
    #[must_use]
    pub fn without_bulk(mut self, permission: BulkPermission) -> Self {
        self.bulk.retain(|grant| grant.permission != permission);
        self
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::StaffStatus;
    use super::super::tests::member;
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const TICK: SignedDuration = SignedDuration::from_nanos(1);

    fn grant(until: Timestamp) -> Result<BulkGrant, &'static str> {
        BulkGrant::new(BulkPermission::Export, until, StaffId::from_bits([9; 16]), NOW)
    }

    #[test]
    fn a_grant_is_for_the_future_and_for_ninety_days_at_most() {
        assert_eq!(grant(NOW), Err("too_early"));
        assert!(grant(NOW + TICK).is_ok() && grant(NOW + LONGEST_BULK_GRANT).is_ok());
        assert_eq!(grant(NOW + LONGEST_BULK_GRANT + TICK), Err("too_late"));
        assert_eq!(grant(Timestamp::MAX), Err("too_late"));
        assert_eq!(grant(Timestamp::MIN), Err("too_early"));
    }

    #[test]
    fn a_grant_is_over_at_its_end_and_where_its_holder_may_not_work() {
        let end = NOW + SignedDuration::from_hours(1);
        let member = member().granted_bulk(grant(end).unwrap());
        let holds = |member: &Staff, at| member.holds_bulk(BulkPermission::Export, at);
        assert!(holds(&member, end - TICK) && !holds(&member, end));
        assert!(!member.holds_bulk(BulkPermission::Import, NOW), "one leave isn't another");
        for status in [StaffStatus::Suspended, StaffStatus::Terminated] {
            assert!(!holds(&Staff { status, ..member.clone() }, NOW));
        }
        assert!(!holds(&member.without_bulk(BulkPermission::Export), NOW));
    }

    #[test]
    fn a_later_grant_takes_the_place_of_the_one_before() {
        let [long, short] = [2, 1].map(|hours| grant(NOW + SignedDuration::from_hours(hours)).unwrap());
        let member = member().granted_bulk(long).granted_bulk(short);
        assert_eq!(member.bulk, [short]);
    }

    #[test]
    fn a_member_from_before_there_were_grants_has_none() {
        let mut stored = serde_json::to_value(member()).unwrap();
        assert!(stored.as_object_mut().unwrap().remove("bulk").is_some());
        assert_eq!(serde_json::from_value::<Staff>(stored).unwrap(), member());
    }

    #[test]
    fn codes_are_those_of_the_json() {
        for permission in BulkPermission::ALL {
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.code());
            assert_eq!(BulkPermission::of(permission.code()), Some(permission));
        }
        assert_eq!(BulkPermission::of("Export"), None);
    }
}
