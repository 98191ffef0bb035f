//! Access review: who may come in, what they may do, what they did with it, and what somebody who answers for the clinic
//! says of that, user by user (45 CFR 164.308(a)(1)(ii)(D), 164.308(a)(4)(ii)(C)).

mod activity;
mod attester;
mod line;
mod quarter;
mod reminder;
mod tally;
mod used;

pub use activity::{Activity, Deeds, SIGN_IN};
pub use attester::{COUNTS_FOR, attesters};
pub use line::{Attestation, Decision, NotAttestable, ReviewLine};
pub use quarter::Quarter;
pub use reminder::{REMIND_AFTER, REMIND_EVERY};
pub use tally::Tally;
pub use used::PERMISSION_OF;

use crate::ids::{AccessReviewId, ClinicId, StaffId};
use crate::retention::{Nothing, Record, RecordClass};
use crate::staff::{Staff, StaffStatus};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far back a review looks. Who didn't sign in for as long is dormant.
pub const LOOKS_BACK: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How far a review is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AccessReviewState")]
pub enum ReviewState {
    /// What it is about is still being gathered.
    Compiling,
    /// It waits for somebody to attest its lines.
    Open,
    /// Every line is attested.
    Closed,
}

/// Why there is a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AccessReviewOccasion")]
pub enum ReviewOccasion {
    /// A quarter began.
    Quarterly,
    /// Somebody asked for it.
    OnDemand,
}

/// A review of who has access to a clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessReview {
    /// Which.
    pub access_review: AccessReviewId,
    /// How far it is.
    pub state: ReviewState,
    /// Why there is one.
    pub occasion: ReviewOccasion,
    /// From when on what was done is looked at.
    pub since: Timestamp,
    /// When it was started, until when what was done is looked at.
    pub started_at: Timestamp,
    /// Who started it; nobody, if the quarter did.
    pub started_by: Option<StaffId>,
    /// How many users it is about, once that is known.
    pub users: u32,
    /// Of how many somebody said what becomes of their access.
    pub attested: u32,
    /// When the last one was attested.
    pub closed_at: Option<Timestamp>,
    /// From when on the log is still to be read; none before a piece of it was.
    #[serde(default)]
    pub read_until: Option<Timestamp>,
    /// Whose roles let them attest when it was gathered, whether or not they might work just then.
    #[serde(default)]
    pub attesters: Vec<StaffId>,
    /// When those who owe it are told that it is open, unless it is closed by then.
    #[serde(default)]
    pub remind_at: Option<Timestamp>,
}

impl AccessReview {
    /// A review that starts at `now`: by somebody, or else because a quarter began.
    pub fn started(access_review: AccessReviewId, by: Option<StaffId>, now: Timestamp) -> Self {
        Self {
            access_review,
            state: ReviewState::Compiling,
            occasion: if by.is_some() { ReviewOccasion::OnDemand } else { ReviewOccasion::Quarterly },
            since: now.checked_sub(LOOKS_BACK).unwrap_or(Timestamp::MIN),
            started_at: now,
            started_by: by,
            users: 0,
            attested: 0,
            closed_at: None,
            read_until: None,
            attesters: Vec::new(),
            remind_at: None,
        }
    }

    /// Whether it has a line of `member`: of everybody who was a user at any time that it looks at, or is one since. Who left
    /// did so when they were signed out.
    pub fn is_about(&self, member: &Staff) -> bool {
        let is_there = member.status != StaffStatus::Terminated;
        is_there || member.signed_out_at.is_none_or(|left| left >= self.since)
    }

    /// The same with the log read up to an instant, what happened at which is still to be read.
    #[must_use]
    pub fn read_up_to(&self, instant: Timestamp) -> Self {
        Self { read_until: Some(instant), ..self.clone() }
    }

    /// The same once its lines are there. Where there are none, there is nothing to wait for.
    #[must_use]
    pub fn opened(&self, users: u32, attesters: Vec<StaffId>, now: Timestamp) -> Self {
        let remind_at = Some(now.checked_add(REMIND_AFTER).unwrap_or(Timestamp::MAX));
        Self { state: ReviewState::Open, users, attesters, remind_at, ..self.clone() }.settled(now)
    }

    /// The same with one more line attested at `now`. The last one closes it.
    #[must_use]
    pub fn advanced(&self, now: Timestamp) -> Self {
        Self { attested: self.attested.saturating_add(1), ..self.clone() }.settled(now)
    }

    fn settled(self, now: Timestamp) -> Self {
        if self.attested < self.users {
            return self;
        }
        Self { state: ReviewState::Closed, closed_at: Some(now), ..self }
    }

    /// Whether somebody still has to do something about it.
    pub fn is_unfinished(&self) -> bool {
        self.state != ReviewState::Closed
    }
}

impl Record for AccessReview {
    const TYPE: &'static str = "access_review";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.started_at
    }
}

/// Which review a clinic started last: while that one isn't closed, nobody starts another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewestReview {
    /// The review.
    pub access_review: AccessReviewId,
    /// When it was started.
    pub started_at: Timestamp,
}

impl NewestReview {
    /// That `review` is it.
    pub const fn of(review: &AccessReview) -> Self {
        Self { access_review: review.access_review, started_at: review.started_at }
    }
}

impl Record for NewestReview {
    const TYPE: &'static str = "newest_access_review";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.started_at
    }
}

/// What travels through the queue: a review whose lines are to be gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewOrder {
    /// The clinic.
    pub clinic: ClinicId,
    /// Its review.
    pub access_review: AccessReviewId,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::principal::Role;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    /// A provider who was there since long.
    pub(super) fn member() -> Staff {
        Staff {
            staff: StaffId::from_bits([3; 16]),
            subject: String::new(),
            roles: vec![Role::Provider],
            licences: Vec::new(),
            status: StaffStatus::Active,
            since: Timestamp::MIN,
            accepted_at: None,
            last_sign_in_at: None,
            signed_out_at: None,
            bulk: Vec::new(),
        }
    }

    pub(super) fn review() -> AccessReview {
        let id = AccessReviewId::from_bits([7; 16]);
        AccessReview::started(id, Some(StaffId::from_bits([1; 16])), NOW)
    }

    #[test]
    fn a_review_looks_ninety_days_back_and_says_why_there_is_one() {
        assert_eq!(review().since, NOW - SignedDuration::from_hours(2160));
        assert_eq!(review().occasion, ReviewOccasion::OnDemand);
        let by_the_clock = AccessReview::started(review().access_review, None, NOW);
        assert_eq!(by_the_clock.occasion, ReviewOccasion::Quarterly);
        assert_eq!((by_the_clock.state, by_the_clock.closed_at), (ReviewState::Compiling, None));
    }

    #[test]
    fn the_last_line_closes_it_and_no_other() {
        let later = NOW + SignedDuration::from_secs(9);
        let open = review().opened(2, Vec::new(), NOW);
        assert_eq!((open.state, open.closed_at), (ReviewState::Open, None));
        let half = open.advanced(NOW);
        assert!(half.is_unfinished() && half.closed_at.is_none());
        let closed = half.advanced(later);
        assert_eq!((closed.state, closed.closed_at), (ReviewState::Closed, Some(later)));
        assert!(!closed.is_unfinished());
        assert_eq!(review().opened(0, Vec::new(), later).state, ReviewState::Closed);
    }

    #[test]
    fn it_is_about_everybody_who_was_there_within_its_time() {
        let (review, tick) = (review(), SignedDuration::from_nanos(1));
        let of = |status, signed_out_at| Staff { status, signed_out_at, ..member() };
        let long_ago = Some(review.since - tick);
        for status in [StaffStatus::Active, StaffStatus::Suspended] {
            assert!(review.is_about(&of(status, long_ago)) && review.is_about(&of(status, None)));
        }
        assert!(review.is_about(&of(StaffStatus::Terminated, Some(review.since))));
        assert!(!review.is_about(&of(StaffStatus::Terminated, long_ago)));
    }

    #[test]
    fn a_review_from_before_it_could_be_read_in_pieces_reads_back() {
        let mut stored = serde_json::to_value(review()).unwrap();
        for field in ["read_until", "attesters", "remind_at"] {
            assert!(stored.as_object_mut().unwrap().remove(field).is_some());
        }
        assert_eq!(serde_json::from_value::<AccessReview>(stored).unwrap(), review());
    }
}
