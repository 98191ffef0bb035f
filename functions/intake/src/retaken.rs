//! What the holder of a retake link may know: the ask, and how the photos fared that came by it.

use jiff::Timestamp;
use visage_domain::evaluation::Evaluation;
use visage_domain::intake::Intake;
use visage_domain::permission::TakeAgain;
use visage_domain::photo::Photo;
use visage_domain::retake::{Retake, RetakeState};
use visage_platform::{Problem, Retaker};
use visage_store::records::{Records, Stored};

/// An ask that isn't closed.
pub(crate) struct Retaken {
    pub(crate) retake: Stored<Retake>,
    pub(crate) state: RetakeState,
    pub(crate) intake: Intake,
    pub(crate) evaluation: Evaluation,
    /// The photos that came by it, or are on their way.
    pub(crate) photos: Vec<Photo>,
}

impl Retaken {
    /// Reads it in one query; a link whose ask is closed is gone.
    pub(crate) async fn read(
        records: &Records,
        caller: &Retaker<TakeAgain>,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let link = &caller.link.record;
        let mut visit = records.visit(&caller.scope, link.patient, link.evaluation.into()).await?;
        let evaluation = visit.take::<Evaluation>()?.ok_or_else(Problem::link_gone)?.record;
        let intake = visit.take::<Intake>()?.ok_or_else(Problem::link_gone)?.record;
        let mut photos: Vec<Photo> = visit.take_all()?.into_iter().map(|photo| photo.record).collect();
        let mut retakes = visit.take_all::<Retake>()?;
        let others: Vec<Retake> = retakes.iter().map(|it| it.record.clone()).collect();
        let place = retakes.iter().position(|it| it.record.retake == link.retake);
        let retake = retakes.swap_remove(place.ok_or_else(Problem::link_gone)?);
        let state = retake.record.state(&evaluation, &others, &photos, now);
        if state == RetakeState::Closed {
            return Err(Problem::link_gone());
        }
        photos.retain(|photo| photo.retake == Some(retake.record.retake));
        Ok(Self { retake, state, intake, evaluation, photos })
    }
}
