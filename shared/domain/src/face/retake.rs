//! Why another photo would help, in words the patient can act on.

use serde::{Deserialize, Serialize};

/// A reason to ask for another photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetakeReason {
    /// No face where one is expected.
    NoFace,
    /// More than one face.
    SeveralFaces,
    /// The face is small in the photo.
    ComeCloser,
    /// The face is cut by the photo's edge.
    FaceCutOff,
    /// Too little light.
    TooDark,
    /// Too much light.
    TooBright,
    /// Out of focus or moved.
    Blurred,
    /// Turned away, where the view is straight into the camera.
    TurnToCamera,
    /// An oblique turned too little.
    TurnFurther,
    /// An oblique turned too far.
    TurnLess,
    /// An oblique turned to the wrong side.
    ShowOtherSide,
    /// The chin is too high.
    LowerChin,
    /// The chin is too low.
    RaiseChin,
    /// Camera or head tilted sideways.
    Tilted,
    /// Closed eyes.
    EyesClosed,
    /// Dark glasses.
    Sunglasses,
    /// Something covers the face.
    FaceCovered,
}

impl RetakeReason {
    /// The stable code, as in the API and the records.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoFace => "no_face",
            Self::SeveralFaces => "several_faces",
            Self::ComeCloser => "come_closer",
            Self::FaceCutOff => "face_cut_off",
            Self::TooDark => "too_dark",
            Self::TooBright => "too_bright",
            Self::Blurred => "blurred",
            Self::TurnToCamera => "turn_to_camera",
            Self::TurnFurther => "turn_further",
            Self::TurnLess => "turn_less",
            Self::ShowOtherSide => "show_other_side",
            Self::LowerChin => "lower_chin",
            Self::RaiseChin => "raise_chin",
            Self::Tilted => "tilted",
            Self::EyesClosed => "eyes_closed",
            Self::Sunglasses => "sunglasses",
            Self::FaceCovered => "face_covered",
        }
    }

    /// What to do, said to the patient.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoFace => "We could not find a face. Please face the camera, upright and in good light.",
            Self::SeveralFaces => "There seems to be more than one face. Please be alone in the photo.",
            Self::ComeCloser => "Your face is small in the photo. Please hold the camera closer.",
            Self::FaceCutOff => "Part of your face is outside the photo. Please move back or to the middle.",
            Self::TooDark => "The photo is dark. Please face a window or turn on more light.",
            Self::TooBright => {
                "The photo is very bright. Please step out of direct light and turn off the flash."
            }
            Self::Blurred => "The photo is blurred. Please hold the camera still and wipe the lens.",
            Self::TurnToCamera => "Your head is turned. Please look straight into the camera.",
            Self::TurnFurther => "Please turn your head further, about halfway to the side.",
            Self::TurnLess => "Your head is turned too far. Please turn it about halfway to the side.",
            Self::ShowOtherSide => "This looks like the other side. Please turn your head the other way.",
            Self::LowerChin => "Your chin is high. Please lower it until you look straight ahead.",
            Self::RaiseChin => "Your chin is low. Please raise it until you look straight ahead.",
            Self::Tilted => "The photo is tilted. Please hold the camera and your head upright.",
            Self::EyesClosed => "Your eyes seem closed. Please keep both eyes open.",
            Self::Sunglasses => "Please take off your glasses.",
            Self::FaceCovered => "Something covers your face. Please move hair, hands or a mask away.",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_code_is_the_stored_name() {
        for reason in [RetakeReason::NoFace, RetakeReason::ShowOtherSide, RetakeReason::FaceCovered] {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
    }
}
