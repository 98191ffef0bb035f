//! Who could attest a review's lines. Nobody attests their own, unless nobody else could: so who could is held from the moment
//! the review is gathered, and whoever is put away for a moment still counts.

use super::AccessReview;
use crate::ids::StaffId;
use crate::permission::{AttestAccess, Permission};
use crate::staff::{Staff, StaffStatus};
use jiff::{SignedDuration, Timestamp};

/// For how long somebody who left counts as one who could attest.
pub const COUNTS_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Those of `members` who came in and whose roles let them attest, whether or not they may work just now.
pub fn attesters<'a>(members: impl IntoIterator<Item = &'a Staff>) -> Vec<StaffId> {
    members.into_iter().filter(|member| may_attest(member)).map(|member| member.staff).collect()
}

fn may_attest(member: &Staff) -> bool {
    member.accepted_at.is_some() && AttestAccess::GRANT.includes(&member.actor())
}

impl AccessReview {
    /// Whether nobody but `own` could attest a line of it at `now`. Among `members` are those who may work, and its attesters as
    /// they are now.
    pub fn is_left_to<'a>(
        &self,
        own: StaffId,
        members: impl IntoIterator<Item = &'a Staff>,
        now: Timestamp,
    ) -> bool {
        !members.into_iter().any(|member| member.staff != own && self.counts(member, now))
    }

    /// Whether a member could attest a line, or could when it was gathered: suspended and with other roles they still count, and
    /// after they left for a while.
    fn counts(&self, member: &Staff, now: Timestamp) -> bool {
        let could = self.attesters.contains(&member.staff);
        match member.status {
            StaffStatus::Active => could || may_attest(member),
            StaffStatus::Suspended => could,
            StaffStatus::Terminated => {
                could && member.signed_out_at.is_some_and(|left| now.duration_since(left) < COUNTS_FOR)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{member, review};
    use super::*;
    use crate::principal::Role;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn of(number: u8, role: Role) -> Staff {
        Staff {
            staff: StaffId::from_bits([number; 16]),
            roles: vec![role],
            accepted_at: Some(NOW),
            ..member()
        }
    }

    #[test]
    fn attesters_are_whose_roles_say_so_whatever_keeps_them_from_work() {
        let suspended = Staff { status: StaffStatus::Suspended, ..of(2, Role::Compliance) };
        let left = Staff { status: StaffStatus::Terminated, ..of(4, Role::Owner) };
        let invited = Staff { accepted_at: None, ..of(5, Role::Compliance) };
        let all = [of(1, Role::Owner), suspended, of(3, Role::Provider), left, invited];
        assert_eq!(attesters(&all), [1, 2, 4].map(|it| StaffId::from_bits([it; 16])));
    }

    #[test]
    fn who_is_put_away_for_a_moment_still_counts() {
        let (owner, officer) = (of(1, Role::Owner), of(2, Role::Compliance));
        let open = review().opened(2, attesters([&owner, &officer]), NOW);
        let is_left = |other: &Staff, at| open.is_left_to(owner.staff, [&owner, other], at);
        assert!(!is_left(&officer, NOW));
        let suspended = Staff { status: StaffStatus::Suspended, ..officer.clone() };
        assert!(!is_left(&suspended, Timestamp::MAX));
        assert!(!is_left(&Staff { roles: vec![Role::Billing], ..officer.clone() }, Timestamp::MAX));
        let left = Staff { status: StaffStatus::Terminated, signed_out_at: Some(NOW), ..officer.clone() };
        let tick = SignedDuration::from_nanos(1);
        assert!(!is_left(&left, NOW + COUNTS_FOR - tick) && is_left(&left, NOW + COUNTS_FOR));
    }

    #[test]
    fn who_could_not_then_counts_while_they_can() {
        let (owner, other) = (of(1, Role::Owner), of(2, Role::Billing));
        let open = review().opened(2, attesters([&owner, &other]), NOW);
        let is_left = |other: &Staff| open.is_left_to(owner.staff, [&owner, other], NOW);
        assert!(is_left(&other));
        let made = of(2, Role::Compliance);
        assert!(!is_left(&made) && is_left(&Staff { status: StaffStatus::Suspended, ..made.clone() }));
        assert!(open.is_left_to(owner.staff, [&owner], NOW));
    }
}
