//! Where a clinic's access reviews live, and what belongs to each.

use super::super::entity::{Home, Key};
use visage_domain::access_review::{AccessReview, NewestReview, ReviewLine, Tally};
use visage_domain::ids::{AccessReviewId, StaffId, TallyId};

/// What the sort keys of a clinic's access reviews start with.
pub(crate) const ACCESS_REVIEWS: &str = "REVIEW#";

/// An access review.
pub fn access_review(access_review: AccessReviewId) -> Key<AccessReview> {
    Key::new(Home::Clinic, format!("{ACCESS_REVIEWS}{access_review}"))
}

/// Which access review was started last.
pub fn newest_access_review() -> Key<NewestReview> {
    Key::new(Home::Clinic, "REVIEW".into())
}

/// What the sort keys of an access review's lines start with.
pub(crate) fn access_review_lines(access_review: AccessReviewId) -> String {
    format!("REVIEWLINE#{access_review}#")
}

/// A line of an access review.
pub fn access_review_line(access_review: AccessReviewId, staff: StaffId) -> Key<ReviewLine> {
    Key::new(Home::Clinic, format!("{}{staff}", access_review_lines(access_review)))
}

/// What the sort keys of what pieces of the log told, for an access review, start with.
pub(crate) fn access_review_tallies(access_review: AccessReviewId) -> String {
    format!("REVIEWTALLY#{access_review}#")
}

/// What a piece of the log told of a user.
pub fn access_review_tally(access_review: AccessReviewId, tally: TallyId) -> Key<Tally> {
    Key::new(Home::Clinic, format!("{}{tally}", access_review_tallies(access_review)))
}
