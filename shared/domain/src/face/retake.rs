//! Why another photo would help, in words the patient can act on.

use crate::language::Language;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reason to ask for another photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::NoFace,
        Self::SeveralFaces,
        Self::ComeCloser,
        Self::FaceCutOff,
        Self::TooDark,
        Self::TooBright,
        Self::Blurred,
        Self::TurnToCamera,
        Self::TurnFurther,
        Self::TurnLess,
        Self::ShowOtherSide,
        Self::LowerChin,
        Self::RaiseChin,
        Self::Tilted,
        Self::EyesClosed,
        Self::Sunglasses,
        Self::FaceCovered,
    ];

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
    pub const fn sentence(self, language: Language) -> &'static str {
        match language {
            Language::English => self.in_english(),
            Language::Spanish => self.in_spanish(),
        }
    }

    const fn in_english(self) -> &'static str {
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

    const fn in_spanish(self) -> &'static str {
        match self {
            Self::NoFace => {
                "No encontramos una cara. Por favor, mire de frente a la cámara, derecho y con buena luz."
            }
            Self::SeveralFaces => {
                "Parece haber más de una cara. Por favor, salga usted solo o sola en la foto."
            }
            Self::ComeCloser => "Su cara se ve pequeña en la foto. Por favor, acerque la cámara.",
            Self::FaceCutOff => {
                "Parte de su cara queda fuera de la foto. Por favor, aléjese o colóquese en el centro."
            }
            Self::TooDark => "La foto está oscura. Por favor, mire hacia una ventana o encienda más luz.",
            Self::TooBright => "La foto está muy clara. Por favor, evite la luz directa y apague el flash.",
            Self::Blurred => "La foto está borrosa. Por favor, no mueva la cámara y limpie la lente.",
            Self::TurnToCamera => "Su cabeza está girada. Por favor, mire directamente a la cámara.",
            Self::TurnFurther => "Por favor, gire más la cabeza, hasta la mitad hacia un lado.",
            Self::TurnLess => {
                "Su cabeza está demasiado girada. Por favor, gírela solo hasta la mitad hacia un lado."
            }
            Self::ShowOtherSide => {
                "Parece ser el otro lado. Por favor, gire la cabeza hacia el lado contrario."
            }
            Self::LowerChin => "Su mentón está alto. Por favor, bájelo hasta mirar al frente.",
            Self::RaiseChin => "Su mentón está bajo. Por favor, súbalo hasta mirar al frente.",
            Self::Tilted => "La foto está inclinada. Por favor, mantenga derechas la cámara y la cabeza.",
            Self::EyesClosed => "Sus ojos parecen cerrados. Por favor, mantenga los dos ojos abiertos.",
            Self::Sunglasses => "Por favor, quítese los lentes.",
            Self::FaceCovered => "Algo cubre su cara. Por favor, aparte el pelo, las manos o la mascarilla.",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_code_is_the_stored_name() {
        for reason in RetakeReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
    }

    #[test]
    fn each_says_what_to_do_in_every_language() {
        for reason in RetakeReason::ALL {
            for (language, please) in [(Language::English, "Please"), (Language::Spanish, "Por favor")] {
                let sentence = reason.sentence(language).to_lowercase();
                assert!(sentence.contains(&please.to_lowercase()) && sentence.ends_with('.'), "{sentence}");
            }
        }
    }
}
