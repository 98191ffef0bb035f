//! Before and after: what changed between two photos of one person, as far as photos can tell.
//!
//! Each figure carries one standard deviation. The difference of two carries the root of the sum of their squares, and
//! a change is reported only beyond [`COVERAGE`] times that: of two photos between which nothing changed, about one figure in
//! twenty exceeds it (ISO/IEC Guide 98-3, coverage for 95 %). What doesn't exceed it isn't called "no change": it can't be
//! told.

use super::{Measure, MeasureCode, MeasureSet, opaque_debug};
use crate::ids::PatientId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many standard deviations of a difference a change must exceed.
pub const COVERAGE: f64 = 1.96;

/// The figures of one photo, whose it is and when it was measured.
#[derive(Clone, Copy)]
pub struct Taken<'a> {
    /// Whose photo: of records that staff said are one person's, any one of them, and the same for both.
    pub patient: PatientId,
    /// When, so that one comes before the other.
    pub at: Timestamp,
    /// Its figures.
    pub measures: &'a MeasureSet,
}

/// Why two photos aren't compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Incomparable {
    /// Two people are never compared.
    #[error("the photos are of different patients")]
    DifferentPatients,
    /// Before must be earlier than after.
    #[error("the photos are in the wrong order")]
    WrongOrder,
    /// Two models place their points differently: the difference would be theirs.
    #[error("the photos were measured by different models")]
    DifferentModels,
}

/// What can be said of one figure.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// It changed by more than both errors explain.
    Beyond {
        /// After less before, in the figure's unit.
        difference: f64,
        /// One standard deviation of the difference, in the same unit.
        error: f64,
    },
    /// Whatever changed lies within the error: nothing can be said.
    WithinError {
        /// After less before, in the figure's unit.
        difference: f64,
        /// One standard deviation of the difference, in the figure's unit.
        error: f64,
    },
    /// One of the photos, or both, has no such figure.
    NotMeasured,
}

/// A before and an after.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// When the first was measured.
    pub before: Timestamp,
    /// When the second was.
    pub after: Timestamp,
    /// How many standard deviations a change had to exceed.
    pub coverage: f64,
    /// One entry per [`MeasureCode`], in its order.
    pub changes: Vec<(MeasureCode, Change)>,
}

opaque_debug!(Change, Comparison);

/// Compares two photos of one person.
///
/// # Errors
/// [`Incomparable`], if a difference would say nothing of a change in one person.
pub fn compare(before: Taken<'_>, after: Taken<'_>) -> Result<Comparison, Incomparable> {
    if before.patient != after.patient {
        return Err(Incomparable::DifferentPatients);
    }
    if before.at >= after.at {
        return Err(Incomparable::WrongOrder);
    }
    if before.measures.model != after.measures.model {
        return Err(Incomparable::DifferentModels);
    }
    let of = |code| match (before.measures.get(code), after.measures.get(code)) {
        (Some(before), Some(after)) => change(before, after),
        _ => Change::NotMeasured,
    };
    let changes = MeasureCode::ALL.map(|code| (code, of(code))).into();
    Ok(Comparison { before: before.at, after: after.at, coverage: COVERAGE, changes })
}

fn change(before: &Measure, after: &Measure) -> Change {
    let (difference, error) = (after.value - before.value, before.error.hypot(after.error));
    // What isn't a number exceeds nothing.
    if difference.abs() > COVERAGE * error {
        Change::Beyond { difference, error }
    } else {
        Change::WithinError { difference, error }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testface::{Points, SIZE, moved, observed, pixels};
    use super::super::{ErrorModel, Landmark, View, measure};
    use super::*;

    const CODE: MeasureCode = MeasureCode::MouthCant;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn set(points: Points) -> MeasureSet {
        measure(View::Frontal, &[observed(points, 0.0, 0.0)], SIZE, "model", ErrorModel::default())
    }

    fn taken(second: i64, measures: &MeasureSet) -> Taken<'_> {
        Taken { patient: PatientId::from_bits([1; 16]), at: at(second), measures }
    }

    fn changed(before: &MeasureSet, after: &MeasureSet) -> Change {
        let compared = compare(taken(0, before), taken(1, after)).unwrap();
        assert_eq!(compared.changes.len(), MeasureCode::ALL.len());
        compared.changes.into_iter().find(|(code, _)| *code == CODE).unwrap().1
    }

    /// The mouth's right corner moved down by so many pixels.
    fn drooped(pixels_down: f64) -> MeasureSet {
        set(moved(pixels(0.0, 0.0), &[(Landmark::MouthRight, [0.0, pixels_down])]))
    }

    #[test]
    fn a_change_counts_only_beyond_the_error_of_both() {
        let before = drooped(0.0);
        let one = before.get(CODE).unwrap().error;
        let combined = one * 2f64.sqrt();
        let mut told = 0;
        for pixels_down in 0..60 {
            let after = drooped(f64::from(pixels_down));
            let difference = after.get(CODE).unwrap().value - before.get(CODE).unwrap().value;
            match changed(&before, &after) {
                Change::Beyond { difference: said, error } => {
                    told += 1;
                    assert!((said - difference).abs() < 1e-9 && said.abs() > COVERAGE * error);
                    assert!((error - combined).abs() < combined * 0.2);
                }
                Change::WithinError { difference: said, error } => {
                    assert!((said - difference).abs() < 1e-9 && said.abs() <= COVERAGE * error);
                }
                Change::NotMeasured => panic!("measured on both"),
            }
        }
        assert!(told > 10 && told < 55, "{told} of sixty");
    }

    #[test]
    fn the_same_photo_twice_shows_no_change_of_anything() {
        let before = drooped(12.0);
        let compared = compare(taken(0, &before), taken(1, &before)).unwrap();
        assert!(compared.changes.iter().all(|(_, change)| matches!(change, Change::WithinError { .. })));
    }

    #[test]
    fn there_and_back_are_opposite_changes() {
        let (before, after) = (drooped(0.0), drooped(50.0));
        let (there, back) = (changed(&before, &after), changed(&after, &before));
        let (Change::Beyond { difference: there, .. }, Change::Beyond { difference: back, .. }) =
            (there, back)
        else {
            panic!("fifty pixels are beyond the error")
        };
        assert!((there + back).abs() < 1e-9 && there > 0.0);
    }

    #[test]
    fn what_is_missing_on_one_photo_has_no_change() {
        let without = pixels(0.0, 0.0).into_iter().filter(|(l, _)| *l != Landmark::MouthRight).collect();
        assert!(changed(&drooped(0.0), &set(without)) == Change::NotMeasured);
    }

    #[test]
    fn different_people_models_and_a_wrong_order_are_refused() {
        let measures = drooped(0.0);
        let other = Taken { patient: PatientId::from_bits([2; 16]), ..taken(1, &measures) };
        assert_eq!(compare(taken(0, &measures), other).unwrap_err(), Incomparable::DifferentPatients);
        assert_eq!(compare(taken(1, &measures), taken(0, &measures)).unwrap_err(), Incomparable::WrongOrder);
        let newer = MeasureSet { model: "newer".into(), ..measures.clone() };
        assert_eq!(
            compare(taken(0, &measures), taken(1, &newer)).unwrap_err(),
            Incomparable::DifferentModels
        );
    }
}
