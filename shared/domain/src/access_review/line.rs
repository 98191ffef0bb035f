//! A line of a review: one user, and what becomes of their access.

use super::AccessReview;
use super::activity::Deeds;
use super::used::unused;
use crate::fields::{Field, shown};
use crate::ids::{AccessReviewId, StaffId};
use crate::principal::Role;
use crate::retention::{Nothing, Record, RecordClass};
use crate::staff::{BulkGrant, Staff, StaffStatus};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What becomes of somebody's access. It changes nothing by itself: owners act on it by the routes about staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AccessReviewDecision")]
pub enum Decision {
    /// They have what they need.
    Keep,
    /// They have more than they need, or something else.
    Change,
    /// They need none any more.
    Remove,
}

impl Decision {
    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Change => "change",
            Self::Remove => "remove",
        }
    }
}

/// What somebody who answers for the clinic says of a line. It stands, and nothing changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AccessReviewAttestation")]
pub struct Attestation {
    /// What becomes of the access.
    pub decision: Decision,
    /// Who says so.
    pub attested_by: StaffId,
    /// When.
    pub attested_at: Timestamp,
}

impl Attestation {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[shown("decision"), shown("attestedBy"), shown("attestedAt")];
}

/// Why an attestation isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAttestable {
    /// It is their own line, and somebody else is there to look at it.
    ByThemselves,
    /// It was attested already.
    Attested,
}

/// What a review has of one user, as it was when it was gathered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewLine {
    /// The review.
    pub access_review: AccessReviewId,
    /// The user.
    pub staff: StaffId,
    /// What they do.
    pub roles: Vec<Role>,
    /// Whether they may work.
    pub status: StaffStatus,
    /// Since when they belong to the clinic.
    pub member_since: Timestamp,
    /// What they may do in bulk, as far as that holds.
    pub bulk: Vec<BulkGrant>,
    /// Whether their account has an authenticator.
    pub second_factor: bool,
    /// When they signed in last, however long ago; none if they never did, or not since this is kept.
    pub last_sign_in: Option<Timestamp>,
    /// Whether they belonged to the clinic for all of that time and never signed in.
    pub dormant: bool,
    /// Of how many patients they were shown something; whom a list showed counts as well.
    pub patients: u32,
    /// Of how many of these by a broken glass.
    pub patients_in_emergencies: u32,
    /// The permissions that their roles give and that they didn't use.
    pub permissions_unused: Vec<String>,
    /// When all of this was so.
    pub compiled_at: Timestamp,
    /// What somebody says of it, once they did.
    pub attestation: Option<Attestation>,
}

impl ReviewLine {
    /// The line of `member`, of whom the log tells `deeds`, at `now`.
    pub fn of(
        review: &AccessReview,
        member: &Staff,
        deeds: &Deeds,
        second_factor: bool,
        now: Timestamp,
    ) -> Self {
        let was_there = member.since <= review.since;
        // The log tells of ninety days; the membership of all the time before, but maybe not of a sign-in that another change
        // of it overtook.
        let last_sign_in = deeds.last_sign_in.max(member.last_sign_in_at);
        Self {
            access_review: review.access_review,
            staff: member.staff,
            roles: member.roles.clone(),
            status: member.status,
            member_since: member.since,
            bulk: member.bulk.iter().filter(|grant| grant.holds(now)).copied().collect(),
            second_factor,
            last_sign_in,
            dormant: was_there && last_sign_in.is_none_or(|at| at < review.since),
            patients: count(&deeds.patients),
            patients_in_emergencies: count(&deeds.in_emergencies),
            permissions_unused: unused(member, &deeds.used, now),
            compiled_at: now,
            attestation: None,
        }
    }

    /// Whether `by` said just that of it before.
    pub fn says(&self, by: StaffId, decision: Decision) -> bool {
        self.attestation.is_some_and(|it| it.attested_by == by && it.decision == decision)
    }

    /// The same with what `by` says of it at `now`. Nobody attests their own line, unless they are the only one who could.
    ///
    /// # Errors
    /// [`NotAttestable`], and why.
    pub fn attested(
        &self,
        by: StaffId,
        is_only_one: bool,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Self, NotAttestable> {
        if self.attestation.is_some() {
            return Err(NotAttestable::Attested);
        }
        if by == self.staff && !is_only_one {
            return Err(NotAttestable::ByThemselves);
        }
        let attestation = Attestation { decision, attested_by: by, attested_at: now };
        Ok(Self { attestation: Some(attestation), ..self.clone() })
    }
}

fn count<T>(all: &HashSet<T>) -> u32 {
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}

impl Record for ReviewLine {
    const TYPE: &'static str = "access_review_line";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.compiled_at
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tests::review;
    use super::*;
    use crate::ids::PatientId;
    use crate::staff::BulkPermission;
    use jiff::SignedDuration;

    const TICK: SignedDuration = SignedDuration::from_nanos(1);

    fn member(since: Timestamp) -> Staff {
        Staff { since, ..super::super::tests::member() }
    }

    fn line(member: &Staff, deeds: &Deeds) -> ReviewLine {
        ReviewLine::of(&review(), member, deeds, true, review().started_at)
    }

    #[test]
    fn dormant_is_who_was_there_all_the_time_and_never_signed_in() {
        let since = review().since;
        let signed_in = Deeds { last_sign_in: Some(since), ..Deeds::default() };
        assert!(line(&member(since), &Deeds::default()).dormant);
        assert!(!line(&member(since + TICK), &Deeds::default()).dormant);
        assert!(!line(&member(since - TICK), &signed_in).dormant);
    }

    #[test]
    fn the_last_sign_in_is_told_however_long_ago_it_was() {
        let since = review().since;
        let long_ago = Some(since - SignedDuration::from_hours(24 * 365));
        let signed_in = |at| Staff { last_sign_in_at: at, ..member(Timestamp::MIN) };
        let told = line(&signed_in(long_ago), &Deeds::default());
        assert_eq!((told.last_sign_in, told.dormant), (long_ago, true));
        assert!(line(&signed_in(Some(since - TICK)), &Deeds::default()).dormant);
        assert!(!line(&signed_in(Some(since)), &Deeds::default()).dormant);
        // Of log and membership the later one counts.
        let by_log = Deeds { last_sign_in: Some(since + TICK), ..Deeds::default() };
        for (at, wanted) in
            [(None, since + TICK), (long_ago, since + TICK), (Some(since + TICK + TICK), since + TICK + TICK)]
        {
            let told = line(&signed_in(at), &by_log);
            assert_eq!((told.last_sign_in, told.dormant), (Some(wanted), false));
        }
        let never = line(&signed_in(None), &Deeds::default());
        assert_eq!((never.last_sign_in, never.dormant), (None, true));
    }

    #[test]
    fn a_line_counts_patients_and_names_grants_that_hold() {
        let now = review().started_at;
        let grant = |until| {
            let by = StaffId::from_bits([9; 16]);
            BulkGrant { permission: BulkPermission::Export, until, granted_by: by, granted_at: now }
        };
        let held = Staff { bulk: vec![grant(now + TICK), grant(now)], ..member(now) };
        let deeds = Deeds {
            patients: [1, 2].map(|it| PatientId::from_bits([it; 16])).into(),
            in_emergencies: [PatientId::from_bits([1; 16])].into(),
            used: ["evaluation.open"].into(),
            ..Deeds::default()
        };
        let line = line(&held, &deeds);
        assert_eq!((line.patients, line.patients_in_emergencies), (2, 1));
        assert_eq!(line.bulk, [grant(now + TICK)]);
        assert!(!line.permissions_unused.contains(&"evaluation.open".to_owned()));
        assert!(line.permissions_unused.contains(&"evaluation.sign".to_owned()));
    }

    #[test]
    fn a_line_is_attested_once_and_by_somebody_else_if_there_is_one() {
        let (line, now) = (line(&member(review().since), &Deeds::default()), review().started_at);
        let other = StaffId::from_bits([4; 16]);
        let own = |is_only_one| line.attested(line.staff, is_only_one, Decision::Keep, now);
        assert_eq!(own(false), Err(NotAttestable::ByThemselves));
        assert_eq!(own(true).unwrap().attestation.map(|it| it.attested_by), Some(line.staff));
        let attested = line.attested(other, false, Decision::Remove, now).unwrap();
        assert!(attested.says(other, Decision::Remove));
        assert!(!attested.says(other, Decision::Keep) && !attested.says(line.staff, Decision::Remove));
        let again = attested.attested(other, false, Decision::Remove, now);
        assert_eq!(again, Err(NotAttestable::Attested));
        assert_eq!(attested.attested(line.staff, true, Decision::Keep, now), Err(NotAttestable::Attested));
    }

    #[test]
    fn codes_are_those_of_the_json() {
        for decision in [Decision::Keep, Decision::Change, Decision::Remove] {
            assert_eq!(serde_json::to_value(decision).unwrap(), decision.code());
        }
    }
}
