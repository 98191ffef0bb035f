//! What a piece of the log told of one user, kept until the rest of it is read.
//!
//! Tallies of one review are joined and never counted: one that is kept twice, or by somebody who was then in another's way,
//! changes nothing.

use super::AccessReview;
use super::activity::Deeds;
use crate::clock::Entropy;
use crate::ids::{AccessReviewId, PatientId, StaffId, TallyId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most patients that one names, so that each is far below what an item may hold.
const MOST_PATIENTS: usize = 2_000;
/// How long they are kept: longer than a review is left ungathered, for it is ordered every day, and who watches is told of
/// each order that is given up.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(120 * 24);

/// What a piece of the log told of one user, or some of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The review.
    pub access_review: AccessReviewId,
    /// Which.
    pub tally: TallyId,
    /// The user.
    pub staff: StaffId,
    /// The last time they signed in.
    pub last_sign_in: Option<Timestamp>,
    /// The patients that they met, or some of them.
    pub patients: Vec<PatientId>,
    /// Those of them that only a broken glass showed.
    pub in_emergencies: Vec<PatientId>,
    /// The permissions of their roles that they used.
    pub used: Vec<String>,
    /// When it was written down.
    pub kept_at: Timestamp,
}

impl Tally {
    /// What a piece told of `staff`, written down at `now`.
    pub fn all_of(
        review: &AccessReview,
        (staff, deeds): (StaffId, &Deeds),
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Vec<Self> {
        let patients: Vec<PatientId> = deeds.patients.iter().copied().collect();
        let mut parts: Vec<&[PatientId]> = patients.chunks(MOST_PATIENTS).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        let of = |part: &[PatientId]| Self {
            access_review: review.access_review,
            tally: TallyId::new(entropy),
            staff,
            last_sign_in: deeds.last_sign_in,
            patients: part.to_vec(),
            in_emergencies: part.iter().filter(|it| deeds.in_emergencies.contains(*it)).copied().collect(),
            used: deeds.used.iter().map(|name| (*name).to_owned()).collect(),
            kept_at: now,
        };
        parts.into_iter().map(of).collect()
    }
}

impl Record for Tally {
    const TYPE: &'static str = "access_review_tally";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.kept_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.kept_at.checked_add(KEPT_FOR).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::review;
    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    const USER: StaffId = StaffId::from_bits([3; 16]);

    fn patient(number: usize) -> PatientId {
        let mut bits = [0; 16];
        bits[..8].copy_from_slice(&number.to_be_bytes());
        PatientId::from_bits(bits)
    }

    fn tallies(deeds: &Deeds) -> Vec<Tally> {
        Tally::all_of(&review(), (USER, deeds), Timestamp::UNIX_EPOCH, &Zeros)
    }

    #[test]
    fn deeds_of_any_size_are_kept_in_small_parts_and_come_back_whole() {
        let deeds = Deeds {
            last_sign_in: Some(Timestamp::UNIX_EPOCH),
            patients: (0..=2 * MOST_PATIENTS).map(patient).collect(),
            in_emergencies: [1, 2_500].map(patient).into(),
            used: ["evaluation.open", "session.use"].into(),
        };
        let kept = tallies(&deeds);
        assert_eq!(kept.len(), 3);
        assert!(kept.iter().all(|it| it.staff == USER && it.patients.len() <= MOST_PATIENTS));
        let mut joined = Deeds::default();
        // Twice is as good as once.
        kept.iter().chain(&kept).for_each(|tally| joined.add(tally));
        assert_eq!(joined.patients, deeds.patients);
        assert_eq!(joined.in_emergencies, deeds.in_emergencies);
        assert_eq!((joined.last_sign_in, joined.used), (deeds.last_sign_in, deeds.used));
    }

    #[test]
    fn who_met_nobody_is_kept_too_and_a_permission_that_is_no_more_is_let_go() {
        let signed_in = Deeds { last_sign_in: Some(Timestamp::UNIX_EPOCH), ..Deeds::default() };
        let (kept, mut joined) = (tallies(&signed_in), Deeds::default());
        let [tally] = &kept[..] else { panic!("one is enough") };
        joined.add(&Tally { used: vec!["no.longer".into()], ..tally.clone() });
        assert_eq!(joined.last_sign_in, signed_in.last_sign_in);
        assert!(joined.patients.is_empty() && joined.used.is_empty());
    }
}
