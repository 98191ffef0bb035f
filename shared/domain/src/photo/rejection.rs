//! Why an uploaded file can't be used, in words for the patient.

use crate::language::Language;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a file can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// No bytes.
    Empty,
    /// More than is accepted: bytes, or pages, or what they unfold to.
    TooLarge,
    /// Not a picture of any type known here.
    NotAnImage,
    /// A file of a type or kind that is not accepted (GIF, an animation, a spreadsheet).
    Unsupported,
    /// The end of the file is missing.
    Truncated,
    /// All there, but the decoder can't make sense of it.
    Damaged,
    /// More pixels than accepted.
    TooManyPixels,
    /// Too few pixels to be of use.
    TooSmall,
    /// A video longer than accepted.
    TooLong,
    /// Protected with a password.
    Encrypted,
    /// Whatever took it in didn't live to tell.
    Unreadable,
}

/// What was to be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadKind {
    /// A photo.
    Photo,
    /// A document or a video.
    Document,
}

impl Rejection {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Empty,
        Self::TooLarge,
        Self::NotAnImage,
        Self::Unsupported,
        Self::Truncated,
        Self::Damaged,
        Self::TooManyPixels,
        Self::TooSmall,
        Self::TooLong,
        Self::Encrypted,
        Self::Unreadable,
    ];

    /// The stable code, as in the API and the records.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::NotAnImage => "not_an_image",
            Self::Unsupported => "unsupported",
            Self::Truncated => "truncated",
            Self::Damaged => "damaged",
            Self::TooManyPixels => "too_many_pixels",
            Self::TooSmall => "too_small",
            Self::TooLong => "too_long",
            Self::Encrypted => "encrypted",
            Self::Unreadable => "unreadable",
        }
    }

    /// What happened and what to do, said to the patient.
    pub const fn sentence(self, of: UploadKind, language: Language) -> &'static str {
        match (of, language) {
            (UploadKind::Photo, Language::English) => self.of_photo_in_english(),
            (UploadKind::Photo, Language::Spanish) => self.of_photo_in_spanish(),
            (UploadKind::Document, Language::English) => self.of_document_in_english(),
            (UploadKind::Document, Language::Spanish) => self.of_document_in_spanish(),
        }
    }

    const fn of_photo_in_english(self) -> &'static str {
        match self {
            Self::Empty => "The file is empty. Please choose the photo again.",
            Self::TooLarge => "The file is larger than 15 MB. Please choose a smaller photo.",
            Self::NotAnImage => {
                "The file is not a photo. Please choose a photo taken with your phone or camera."
            }
            Self::Unsupported => {
                "This kind of picture can't be used. Please send the photo as JPEG: on a phone, a screenshot of it \
                 or \"Most Compatible\" in the camera's settings will do."
            }
            Self::Truncated => {
                "Part of the file is missing. Please upload the photo again on a steady connection."
            }
            Self::Damaged => "The file is damaged and can't be opened. Please choose another photo.",
            Self::TooManyPixels => {
                "The photo has too many pixels. Please choose a smaller size in your camera."
            }
            Self::TooSmall => "The picture is too small. Please upload the original photo, not a preview.",
            Self::TooLong => "The file is a video. Please choose a photo.",
            Self::Encrypted => {
                "The file is protected with a password. Please save a copy without one and send that."
            }
            Self::Unreadable => "The photo could not be opened. Please take or choose another one.",
        }
    }

    const fn of_photo_in_spanish(self) -> &'static str {
        match self {
            Self::Empty => "El archivo está vacío. Por favor, elija la foto de nuevo.",
            Self::TooLarge => "El archivo pesa más de 15 MB. Por favor, elija una foto más pequeña.",
            Self::NotAnImage => {
                "El archivo no es una foto. Por favor, elija una foto tomada con su celular o cámara."
            }
            Self::Unsupported => {
                "Este tipo de imagen no se puede usar. Por favor, envíe la foto como JPEG: en un celular basta una \
                 captura de pantalla o la opción \"Más compatible\" de la cámara."
            }
            Self::Truncated => {
                "Falta una parte del archivo. Por favor, suba la foto otra vez con una conexión estable."
            }
            Self::Damaged => "El archivo está dañado y no se puede abrir. Por favor, elija otra foto.",
            Self::TooManyPixels => {
                "La foto tiene demasiados píxeles. Por favor, elija un tamaño menor en su cámara."
            }
            Self::TooSmall => {
                "La imagen es demasiado pequeña. Por favor, suba la foto original y no una vista previa."
            }
            Self::TooLong => "El archivo es un video. Por favor, elija una foto.",
            Self::Encrypted => {
                "El archivo está protegido con una contraseña. Por favor, guarde una copia sin ella y envíela."
            }
            Self::Unreadable => "No se pudo abrir la foto. Por favor, tome o elija otra.",
        }
    }

    const fn of_document_in_english(self) -> &'static str {
        match self {
            Self::Empty => "The file is empty. Please choose it again.",
            Self::TooLarge => {
                "The file is too large: 15 MB and 200 pages are taken. Please send a smaller one, or a part of it."
            }
            Self::NotAnImage | Self::Unsupported => {
                "This kind of file can't be used. Please send a PDF, a photo, or a video as your phone records it."
            }
            Self::Truncated => "Part of the file is missing. Please upload it again on a steady connection.",
            Self::Damaged => "The file is damaged and can't be opened. Please save or scan it anew.",
            Self::TooManyPixels => "The pictures in it are too large. Please scan it at a lower resolution.",
            Self::TooSmall => "The picture is too small. Please upload the original, not a preview.",
            Self::TooLong => "The video is longer than one minute. Please send a shorter one.",
            Self::Encrypted => {
                "The file is protected, with a password or against changes. Please save or print a copy that isn't, \
                 and send that."
            }
            Self::Unreadable => "The file could not be opened. Please save it as PDF or take a photo of it.",
        }
    }

    const fn of_document_in_spanish(self) -> &'static str {
        match self {
            Self::Empty => "El archivo está vacío. Por favor, elíjalo de nuevo.",
            Self::TooLarge => {
                "El archivo es demasiado grande: se aceptan 15 MB y 200 páginas. Por favor, envíe uno más pequeño o \
                 una parte."
            }
            Self::NotAnImage | Self::Unsupported => {
                "Este tipo de archivo no se puede usar. Por favor, envíe un PDF, una foto o un video tal como lo graba \
                 su celular."
            }
            Self::Truncated => {
                "Falta una parte del archivo. Por favor, súbalo otra vez con una conexión estable."
            }
            Self::Damaged => {
                "El archivo está dañado y no se puede abrir. Por favor, guárdelo o escanéelo de nuevo."
            }
            Self::TooManyPixels => {
                "Las imágenes que contiene son demasiado grandes. Por favor, escanéelo con menos resolución."
            }
            Self::TooSmall => {
                "La imagen es demasiado pequeña. Por favor, suba el original y no una vista previa."
            }
            Self::TooLong => "El video dura más de un minuto. Por favor, envíe uno más corto.",
            Self::Encrypted => {
                "El archivo está protegido, con contraseña o contra cambios. Por favor, guarde o imprima una copia que \
                 no lo esté y envíela."
            }
            Self::Unreadable => {
                "No se pudo abrir el archivo. Por favor, guárdelo como PDF o tómele una foto."
            }
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_code_is_the_stored_name_and_each_says_what_to_do() {
        for rejection in Rejection::ALL {
            assert_eq!(serde_json::to_value(rejection).unwrap(), rejection.code());
            for of in [UploadKind::Photo, UploadKind::Document] {
                for (language, please) in [(Language::English, "Please"), (Language::Spanish, "Por favor")] {
                    let sentence = rejection.sentence(of, language);
                    assert!(sentence.ends_with('.') && sentence.contains(please), "{sentence}");
                }
            }
        }
    }
}
