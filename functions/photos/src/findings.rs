//! What is written down about a photo, from what its vendor answered or from why nobody was asked.

use jiff::Timestamp;
use visage_domain::face::{
    ErrorModel, FaceObservation, PixelSize, Verdict, View, assess, assess_picture, measure,
};
use visage_domain::photo::{AnalysisState, FaceAnalysis, Moderation, SkipReason, StoredPhoto};
use visage_platform::Event;
use visage_store::faces::{Detection, Moderated};

/// The service and the version of its API; Rekognition doesn't say which of its models found a face.
const MODEL: &str = "Amazon Rekognition DetectFaces 2016-06-27";

/// A clean photo: what it should show, and its file.
#[derive(Clone, Copy)]
pub(crate) struct Shot<'a> {
    pub(crate) view: View,
    pub(crate) file: &'a StoredPhoto,
}

/// What is written down.
#[derive(Debug, PartialEq)]
pub(crate) struct Findings {
    pub(crate) state: AnalysisState,
    pub(crate) analysis: Option<FaceAnalysis>,
    pub(crate) sensitive: bool,
}

impl Findings {
    /// Nobody was asked, for this reason.
    pub(crate) fn unasked(shot: Shot<'_>, reason: SkipReason, now: Timestamp) -> Self {
        let own = (reason == SkipReason::ViewHasNoFace).then(|| own(shot, now));
        Self { state: AnalysisState::Skipped { reason }, analysis: own, sensitive: true }
    }

    /// The answers: of the faces only where the view shows one, of the moderation always.
    ///
    /// Only a moderation that answered and found nothing lets a photo be shown to everybody.
    pub(crate) fn of(shot: Shot<'_>, faces: Option<Detection>, moderated: Moderated, now: Timestamp) -> Self {
        let moderation = match moderated {
            Moderated::Answer(moderation) => Some(moderation),
            Moderated::Unusable(code) => {
                tracing::warn!(code, "a photo couldn't be moderated");
                None
            }
        };
        let sensitive = !moderation.as_ref().is_some_and(|moderation| moderation.is_clean());
        let (state, analysis) = match faces {
            // What the moderation found isn't lost with the faces.
            Some(Detection::Unusable(code)) => {
                (AnalysisState::Failed { code }, moderation.is_some().then(|| unseen(shot, now)))
            }
            Some(Detection::Faces(faces)) => (AnalysisState::Done { at: now }, Some(found(shot, faces, now))),
            None => (AnalysisState::Skipped { reason: SkipReason::ViewHasNoFace }, Some(own(shot, now))),
        };
        let analysis = analysis.map(|analysis| FaceAnalysis { moderation, ..analysis });
        Self { state, analysis, sensitive }
    }

    /// What it counts as; none while an answer is waited for.
    pub(crate) fn event(&self) -> Option<Event> {
        let verdict = self.analysis.as_ref().map(|analysis| analysis.assessment.verdict);
        match (&self.state, verdict) {
            (AnalysisState::Pending, _) => None,
            (AnalysisState::Failed { .. }, _) | (_, None) => Some(Event::PhotoNotAnalysed),
            (_, Some(Verdict::RetakeSuggested)) => Some(Event::RetakeSuggested),
            (_, Some(Verdict::Accepted | Verdict::AcceptedPoseNotAssessed)) => Some(Event::PhotoAnalysed),
        }
    }
}

/// One question's answer while the other's is still to come: kept, so that it isn't asked again.
pub(crate) fn first_answer(
    shot: Shot<'_>,
    faces: Option<Vec<FaceObservation>>,
    moderation: Option<Moderation>,
    now: Timestamp,
) -> Findings {
    let analysis = faces.map_or_else(|| unseen(shot, now), |faces| found(shot, faces, now));
    let analysis = FaceAnalysis { moderation, ..analysis };
    Findings { state: AnalysisState::Pending, analysis: Some(analysis), sensitive: true }
}

/// What is known of a photo of a face that nobody looked at.
fn unseen(shot: Shot<'_>, now: Timestamp) -> FaceAnalysis {
    FaceAnalysis { assessment: assess_picture(shot.file.picture), ..own(shot, now) }
}

/// Light and sharpness, judged from our own pixels: no vendor is needed for them, and no geometry is taken.
fn own(shot: Shot<'_>, now: Timestamp) -> FaceAnalysis {
    FaceAnalysis {
        model: None,
        analysed_at: now,
        faces: Vec::new(),
        assessment: assess(shot.view, &[], Some(shot.file.picture)),
        measures: None,
        moderation: None,
    }
}

fn found(shot: Shot<'_>, faces: Vec<FaceObservation>, now: Timestamp) -> FaceAnalysis {
    let Shot { view, file } = shot;
    let size = PixelSize { width: file.width, height: file.height };
    let measured = !view.rules().measures.is_empty();
    FaceAnalysis {
        model: Some(MODEL.to_owned()),
        analysed_at: now,
        assessment: assess(view, &faces, Some(file.picture)),
        measures: measured.then(|| measure(view, &faces, size, MODEL, ErrorModel::default())),
        faces,
        moderation: None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use visage_domain::face::{PictureQuality, RetakeReason};
    use visage_domain::photo::ModerationLabel;

    fn file() -> StoredPhoto {
        StoredPhoto {
            key: String::new(),
            version: String::new(),
            sha256: String::new(),
            width: 1200,
            height: 1600,
            picture: PictureQuality { brightness: 50.0, sharpness: 50.0 },
        }
    }

    fn clean() -> Moderated {
        Moderated::Answer(Moderation { model: Some("7.0".into()), labels: Vec::new() })
    }

    fn flagged() -> Moderated {
        let label = ModerationLabel { name: "Explicit".into(), parent: None, confidence: 91.0 };
        Moderated::Answer(Moderation { model: Some("7.0".into()), labels: vec![label] })
    }

    fn findings(view: View, faces: Option<Detection>, moderated: Moderated) -> Findings {
        Findings::of(Shot { view, file: &file() }, faces, moderated, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn only_a_clean_answer_lets_a_photo_be_shown_to_everybody() {
        for (moderated, sensitive) in
            [(clean(), false), (flagged(), true), (Moderated::Unusable("unavailable".into()), true)]
        {
            for faces in [None, Some(Detection::Faces(Vec::new())), Some(Detection::Unusable("x".into()))] {
                assert_eq!(findings(View::Frontal, faces, moderated.clone()).sensitive, sensitive);
            }
        }
        for reason in [SkipReason::NoConsent, SkipReason::VendorNotApproved, SkipReason::ViewHasNoFace] {
            let shot = Shot { view: View::Body, file: &file() };
            assert!(Findings::unasked(shot, reason, Timestamp::UNIX_EPOCH).sensitive);
        }
    }

    #[test]
    fn a_view_without_a_face_is_moderated_and_judged_by_its_own_pixels() {
        let body = findings(View::Body, None, flagged());
        assert_eq!(body.state, AnalysisState::Skipped { reason: SkipReason::ViewHasNoFace });
        let analysis = body.analysis.unwrap();
        assert_eq!(analysis.assessment.verdict, Verdict::AcceptedPoseNotAssessed);
        assert_eq!(analysis.moderation.unwrap().labels.len(), 1);
        assert!(analysis.measures.is_none() && analysis.model.is_none());
        assert_eq!(findings(View::Body, None, flagged()).event(), Some(Event::PhotoAnalysed));
    }

    #[test]
    fn what_the_vendor_refuses_is_told_by_its_code_and_measures_nothing() {
        let refused =
            findings(View::Frontal, Some(Detection::Unusable("ImageTooLargeException".into())), clean());
        assert_eq!(refused.state, AnalysisState::Failed { code: "ImageTooLargeException".into() });
        assert_eq!(refused.event(), Some(Event::PhotoNotAnalysed));
        let kept = refused.analysis.unwrap();
        assert!(kept.faces.is_empty() && kept.measures.is_none() && kept.model.is_none());
        assert!(!kept.assessment.reasons.contains(&RetakeReason::NoFace), "nobody looked");
        let empty = findings(View::Frontal, Some(Detection::Faces(Vec::new())), clean());
        assert_eq!(empty.event(), Some(Event::RetakeSuggested));
        let empty = empty.analysis.unwrap();
        assert_eq!(empty.assessment.verdict, Verdict::RetakeSuggested);
        assert!(empty.measures.is_some());
    }

    #[test]
    fn what_the_moderation_found_stays_whatever_becomes_of_the_faces() {
        let unusable = || Some(Detection::Unusable("InvalidImageFormatException".into()));
        let found = findings(View::Frontal, unusable(), flagged());
        assert_eq!(found.analysis.unwrap().moderation.unwrap().labels.len(), 1);
        let neither = findings(View::Frontal, unusable(), Moderated::Unusable("unavailable".into()));
        assert!(neither.analysis.is_none() && neither.sensitive);
    }

    #[test]
    fn a_first_answer_is_kept_and_says_nothing_yet() {
        let shot = Shot { view: View::Frontal, file: &file() };
        let faces = first_answer(shot, Some(Vec::new()), None, Timestamp::UNIX_EPOCH);
        let label = ModerationLabel { name: "Explicit".into(), parent: None, confidence: 91.0 };
        let moderation = Moderation { model: None, labels: vec![label] };
        let moderated = first_answer(shot, None, Some(moderation), Timestamp::UNIX_EPOCH);
        for first in [&faces, &moderated] {
            assert!(first.state == AnalysisState::Pending && first.sensitive && first.event().is_none());
        }
        let (faces, moderated) = (faces.analysis.unwrap(), moderated.analysis.unwrap());
        assert!(faces.model.is_some() && faces.moderation.is_none());
        assert!(moderated.model.is_none() && moderated.moderation.is_some());
    }
}
