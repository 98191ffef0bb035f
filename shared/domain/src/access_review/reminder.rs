//! A review that stays open: those who owe it are told again.

use super::{AccessReview, ReviewState};
use crate::clock::turn_after;
use jiff::{SignedDuration, Timestamp};

/// How long a review may be open before those who owe it are told.
pub const REMIND_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How often they are told from then on.
pub const REMIND_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

impl AccessReview {
    /// Whether those who owe it are to be told at `now` that it is open.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == ReviewState::Open && self.remind_at.is_none_or(|at| at <= now)
    }

    /// The same after they were told at `now`: next a week after the time that was due, or as many as it takes to lie ahead.
    #[must_use]
    pub fn reminded(&self, now: Timestamp) -> Self {
        let due = self.remind_at.unwrap_or(now);
        Self { remind_at: Some(turn_after(due, REMIND_EVERY, now)), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::review;
    use super::*;

    #[test]
    fn who_owes_a_review_is_told_after_two_weeks_and_then_once_a_week() {
        let (opened_at, tick) = (review().started_at, SignedDuration::from_nanos(1));
        let open = review().opened(1, Vec::new(), opened_at);
        let due = opened_at + REMIND_AFTER;
        assert!(!open.is_due(due - tick) && open.is_due(due));
        let told = open.reminded(due + SignedDuration::from_hours(20));
        assert_eq!(told.remind_at, Some(due + REMIND_EVERY));
        assert!(!told.is_due(due + REMIND_EVERY - tick) && told.is_due(due + REMIND_EVERY));
        // After an outage of weeks once, not once for each.
        let late = open.reminded(due + REMIND_EVERY * 3);
        assert_eq!(late.remind_at, Some(due + REMIND_EVERY * 4));
    }

    #[test]
    fn what_is_closed_or_not_yet_there_is_owed_by_nobody() {
        let open = review().opened(1, Vec::new(), review().started_at);
        assert!(!open.advanced(Timestamp::MAX).is_due(Timestamp::MAX) && !review().is_due(Timestamp::MAX));
        // One that was opened before there were reminders is due at once.
        let old = AccessReview { remind_at: None, ..open };
        assert!(old.is_due(old.started_at));
        assert_eq!(old.reminded(old.started_at).remind_at, Some(old.started_at + REMIND_EVERY));
    }
}
