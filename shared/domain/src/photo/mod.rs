//! Photos: from the permission to upload to the analysis.

mod moderation;
mod rejection;
mod shown;
mod upload;

pub use moderation::{Moderation, ModerationLabel};
pub use rejection::{Rejection, UploadKind};
pub use upload::{Upload, UploadCount, Uploaded};

use crate::clock::Entropy;
use crate::face::{FaceObservation, MeasureSet, PictureQuality, QualityAssessment, View};
use crate::ids::{IntakeId, PatientId, PhotoId, RetakeId, UploadId};
use crate::retention::{Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a signed upload form may be used.
pub const UPLOAD_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// How long a link to a photo or report may be used. The promise of the policies; not configurable.
pub const VIEW_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// How long a signature waits for photos that are still being cleaned or analysed.
pub const SETTLING_LIMIT: SignedDuration = SignedDuration::from_mins(60);
/// How long a photo that doesn't count is kept after it was asked for: long enough to ask what became of it.
pub const DISCARDED_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The largest file that may be uploaded, in bytes.
pub const UPLOAD_MAX_BYTES: u64 = 15 * 1024 * 1024;
/// How often one view of an intake may be uploaded.
pub const UPLOADS_PER_VIEW: usize = 5;
/// How many upload permissions one intake may get in all.
pub const UPLOADS_PER_INTAKE: u32 = 60;

/// The type that a client says its file has. What it really is decides the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PhotoType {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// WebP.
    #[serde(rename = "image/webp")]
    Webp,
    /// HEIC, which phones save. It is kept as JPEG.
    #[serde(rename = "image/heic")]
    Heic,
}

impl PhotoType {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
        }
    }
}

/// Where an upload stands. `Awaited → Stored | Rejected`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PhotoState {
    /// Permitted, not seen yet.
    Awaited,
    /// Arrived: this version of the original is the one that counts.
    Received {
        /// The object's version.
        version: String,
    },
    /// Cleaned and kept.
    Stored {
        /// The clean file.
        file: StoredPhoto,
    },
    /// Not a photo that can be used.
    Rejected {
        /// Why.
        code: Rejection,
    },
}

/// The clean file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredPhoto {
    /// The object's key in the photo bucket.
    pub key: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Its light and sharpness.
    pub picture: PictureQuality,
}

/// Where the analysis stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AnalysisState {
    /// Not done yet.
    Pending,
    /// Done; the result is sealed.
    Done {
        /// When.
        at: Timestamp,
    },
    /// Not done, on purpose.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// Tried and given up.
    Failed {
        /// The service's error code.
        code: String,
    },
}

impl AnalysisState {
    /// The name used in the audit log.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done { .. } => "done",
            Self::Skipped { reason: SkipReason::NoConsent } => "skipped:no_consent",
            Self::Skipped { reason: SkipReason::VendorNotApproved } => "skipped:vendor_not_approved",
            Self::Skipped { reason: SkipReason::ClinicClosed } => "skipped:clinic_closed",
            Self::Skipped { reason: SkipReason::ViewHasNoFace } => "skipped:view_has_no_face",
            Self::Failed { .. } => "failed",
        }
    }
}

/// Why a photo isn't analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The patient didn't consent to analysis and face geometry.
    NoConsent,
    /// The vendor isn't approved for PHI.
    VendorNotApproved,
    /// The clinic is closed, or its agreements hold no more.
    ClinicClosed,
    /// The view has no face.
    ViewHasNoFace,
}

/// What was found out about a photo. Face geometry: biometric data, always sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaceAnalysis {
    /// The service and its version; none where the view has no face and no service was called.
    pub model: Option<String>,
    /// When.
    pub analysed_at: Timestamp,
    /// The faces found.
    pub faces: Vec<FaceObservation>,
    /// Whether the photo will do for its view.
    pub assessment: QualityAssessment,
    /// What was measured, on frontal views.
    pub measures: Option<MeasureSet>,
    /// What was found that not everybody should see unasked; none if nobody was asked, or no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moderation: Option<Moderation>,
}

/// A photo of an intake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// The photo.
    pub photo: PhotoId,
    /// Whose.
    pub patient: PatientId,
    /// The intake that it belongs to.
    pub intake: IntakeId,
    /// The view that it shows.
    pub view: View,
    /// The permission under which it was uploaded.
    pub upload: UploadId,
    /// The type that was declared.
    pub declared: PhotoType,
    /// The ask that it answers, if it was taken again after the intake was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retake: Option<RetakeId>,
    /// When the upload was permitted.
    pub requested_at: Timestamp,
    /// Where it stands.
    pub photo_state: PhotoState,
    /// Where its analysis stands.
    pub analysis: AnalysisState,
    /// Whether it may show what not everybody should see unasked: yes until a moderation found nothing.
    #[serde(default = "sensitive")]
    pub sensitive: bool,
    /// Whether a later photo of the same view took its place.
    pub replaced: bool,
}

/// Until somebody looked, every photo is.
const fn sensitive() -> bool {
    true
}

impl Photo {
    /// A photo of `view` that may be uploaded and hasn't come. It is sensitive until a moderation found nothing.
    pub fn awaited(
        entropy: &dyn Entropy,
        (patient, intake): (PatientId, IntakeId),
        view: View,
        declared: PhotoType,
        requested_at: Timestamp,
    ) -> Self {
        Self {
            photo: PhotoId::new(entropy),
            patient,
            intake,
            view,
            upload: UploadId::new(entropy),
            declared,
            retake: None,
            requested_at,
            photo_state: PhotoState::Awaited,
            analysis: AnalysisState::Pending,
            sensitive: true,
            replaced: false,
        }
    }

    /// Whether it uses up one of its view's uploads: it came, or its form can still be sent.
    pub fn counts_as_upload(&self, now: Timestamp) -> bool {
        self.photo_state != PhotoState::Awaited || self.is_on_its_way(now)
    }

    /// Whether its form can still be sent, and nothing has come yet.
    pub fn is_on_its_way(&self, now: Timestamp) -> bool {
        self.photo_state == PhotoState::Awaited && now.duration_since(self.requested_at) < UPLOAD_LIFETIME
    }

    /// Whether cleaning and analysis are over, one way or another, or may be given up on.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        let pending = match &self.photo_state {
            PhotoState::Received { .. } => true,
            PhotoState::Stored { .. } => self.analysis == AnalysisState::Pending,
            PhotoState::Awaited | PhotoState::Rejected { .. } => false,
        };
        !pending || now.duration_since(self.requested_at) >= SETTLING_LIMIT
    }

    /// When it is destroyed: if it was rejected, or another took its place.
    pub fn due_at(&self) -> Option<Timestamp> {
        let discarded = self.replaced || matches!(self.photo_state, PhotoState::Rejected { .. });
        discarded.then(|| self.requested_at.checked_add(DISCARDED_LIFETIME).ok()).flatten()
    }

    /// Whether it can stand for its view: it arrived, isn't rejected and isn't replaced.
    pub const fn counts_for_view(&self) -> bool {
        !self.replaced && matches!(self.photo_state, PhotoState::Received { .. } | PhotoState::Stored { .. })
    }
}

impl Record for Photo {
    const TYPE: &'static str = "photo";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Option<FaceAnalysis>;

    fn anchor(&self) -> Timestamp {
        self.requested_at
    }
}
