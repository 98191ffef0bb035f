//! What the analysis makes of a photo, as the patient is told: whether it will do, and what to mind if another would help.
//!
//! It is a suggestion: nothing is refused for it. No figure is told, no label, and nothing of the face.

use crate::shown::{Photo, Why};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::face::{QualityAssessment, Verdict};
use visage_domain::fields::{Field, shown};
use visage_domain::language::Language;
use visage_domain::photo::{self, AnalysisState, PhotoState, SkipReason};
use visage_store::records::Stored;
use visage_store::vault::DataKey;

/// A photo, how it fared, and whether it will do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JudgedPhoto {
    #[serde(flatten)]
    photo: Photo,
    /// Whether it will do. Absent where no analysis says so, and where saved answers aren't shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<PhotoQuality>,
}

/// What the analysis makes of a photo.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum PhotoQuality {
    /// It isn't over yet.
    Pending,
    /// It is over.
    Done {
        /// Whether the photo will do. It may be handed in either way.
        verdict: Verdict,
        /// Why another photo would help, and what to do about it; empty where this one will do.
        reasons: Vec<Why>,
    },
}

impl JudgedPhoto {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("photo"),
        shown("view"),
        shown("state"),
        shown("code"),
        shown("message"),
        shown("quality").of(&[shown("state"), shown("verdict"), shown("reasons").of(Why::FIELDS)]),
    ];

    /// How `photo` fared, and no word of what the analysis makes of it.
    pub(crate) fn unjudged(photo: &photo::Photo, language: Language) -> Self {
        Self { photo: Photo::of(photo, language), quality: None }
    }

    /// How a photo fared, and what the analysis makes of it. What can't be opened keeps nobody from their answers; who
    /// opens the evaluation meets it.
    pub(crate) fn of(
        stored: &Stored<photo::Photo>,
        key: &DataKey,
        language: Language,
        now: Timestamp,
    ) -> Self {
        let analysis = if stored.is_sealed() { stored.open(key).ok().flatten() } else { None };
        let assessment = analysis.as_ref().map(|analysis| &analysis.assessment);
        let quality = PhotoQuality::of(&stored.record, assessment, language, now);
        Self { quality, ..Self::unjudged(&stored.record, language) }
    }
}

impl PhotoQuality {
    /// What is told; nothing of a photo that can't be used, or that nobody looks at.
    fn of(
        photo: &photo::Photo,
        assessment: Option<&QualityAssessment>,
        language: Language,
        now: Timestamp,
    ) -> Option<Self> {
        if !matches!(photo.photo_state, PhotoState::Stored { .. }) {
            return None;
        }
        match photo.analysis {
            // What the first of two questions brought is no verdict yet; and nobody waits for what is given up on.
            AnalysisState::Pending => (!photo.is_settled(now)).then_some(Self::Pending),
            // Where a view has no face the photo's own light and sharpness were judged.
            AnalysisState::Done { .. } | AnalysisState::Skipped { reason: SkipReason::ViewHasNoFace } => {
                assessment.map(|assessment| Self::done(assessment, language))
            }
            AnalysisState::Skipped { .. } | AnalysisState::Failed { .. } => None,
        }
    }

    fn done(assessment: &QualityAssessment, language: Language) -> Self {
        let reasons = assessment.reasons.iter().map(|reason| Why::of(*reason, language)).collect();
        Self::Done { verdict: assessment.verdict, reasons }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use serde_json::json;
    use visage_domain::face::{PictureQuality, RetakeReason, View};
    use visage_domain::ids::{IntakeId, PatientId, PhotoId, UploadId};
    use visage_domain::photo::{PhotoType, Rejection, SETTLING_LIMIT, StoredPhoto};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const DONE: AnalysisState = AnalysisState::Done { at: NOW };

    fn photo(photo_state: PhotoState, analysis: AnalysisState) -> photo::Photo {
        photo::Photo {
            photo: PhotoId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
            intake: IntakeId::from_bits([3; 16]),
            view: View::Frontal,
            upload: UploadId::from_bits([4; 16]),
            declared: PhotoType::Jpeg,
            retake: None,
            requested_at: NOW,
            photo_state,
            analysis,
            sensitive: true,
            replaced: false,
        }
    }

    fn stored() -> PhotoState {
        let picture = PictureQuality { brightness: 9.0, sharpness: 50.0 };
        let (key, version, sha256) = Default::default();
        PhotoState::Stored { file: StoredPhoto { key, version, sha256, width: 9, height: 9, picture } }
    }

    fn dark() -> QualityAssessment {
        QualityAssessment { verdict: Verdict::RetakeSuggested, reasons: vec![RetakeReason::TooDark] }
    }

    fn told(photo: &photo::Photo) -> Option<PhotoQuality> {
        PhotoQuality::of(photo, Some(&dark()), Language::English, NOW)
    }

    #[test]
    fn a_verdict_comes_with_codes_and_sentences_in_the_patients_language_and_nothing_else()
    -> Result<(), serde_json::Error> {
        let photo = photo(stored(), DONE);
        for (language, sentence) in [
            (Language::English, "The photo is dark. Please face a window or turn on more light."),
            (Language::Spanish, "La foto está oscura. Por favor, mire hacia una ventana o encienda más luz."),
        ] {
            let quality = serde_json::to_value(PhotoQuality::of(&photo, Some(&dark()), language, NOW))?;
            let reasons = json!([{ "code": "too_dark", "message": sentence }]);
            assert_eq!(
                quality,
                json!({ "state": "done", "verdict": "retake_suggested", "reasons": reasons })
            );
        }
        let good = QualityAssessment { verdict: Verdict::Accepted, reasons: Vec::new() };
        let quality = serde_json::to_value(PhotoQuality::of(&photo, Some(&good), Language::English, NOW))?;
        assert_eq!(quality, json!({ "state": "done", "verdict": "accepted", "reasons": [] }));
        Ok(())
    }

    #[test]
    fn only_an_analysis_that_was_done_says_anything() {
        for reason in [SkipReason::NoConsent, SkipReason::VendorNotApproved, SkipReason::ClinicClosed] {
            assert_eq!(told(&photo(stored(), AnalysisState::Skipped { reason })), None, "{reason:?}");
        }
        assert_eq!(told(&photo(stored(), AnalysisState::Failed { code: "unavailable".into() })), None);
        let faceless = photo(stored(), AnalysisState::Skipped { reason: SkipReason::ViewHasNoFace });
        assert_eq!(told(&faceless), told(&photo(stored(), DONE)));
        assert!(told(&faceless).is_some());
        assert_eq!(PhotoQuality::of(&faceless, None, Language::English, NOW), None);
    }

    #[test]
    fn what_is_awaited_is_pending_until_it_is_given_up_on() {
        let waiting = photo(stored(), AnalysisState::Pending);
        assert_eq!(told(&waiting), Some(PhotoQuality::Pending), "a first answer is no verdict");
        let at = |now| PhotoQuality::of(&waiting, None, Language::English, now);
        assert_eq!(at(NOW + SETTLING_LIMIT - SignedDuration::from_secs(1)), Some(PhotoQuality::Pending));
        assert_eq!(at(NOW + SETTLING_LIMIT), None);
        for photo_state in [
            PhotoState::Awaited,
            PhotoState::Received { version: "1".into() },
            PhotoState::Rejected { code: Rejection::TooSmall },
        ] {
            assert_eq!(told(&photo(photo_state, AnalysisState::Pending)), None);
        }
    }
}
