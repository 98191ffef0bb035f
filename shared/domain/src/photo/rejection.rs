//! Why an uploaded file can't be used, in words for the patient.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a file can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// No bytes.
    Empty,
    /// More bytes than accepted.
    TooLarge,
    /// Not a picture of any type known here.
    NotAnImage,
    /// A picture, but of a type or kind that is not accepted (GIF, an animation).
    Unsupported,
    /// The end of the file is missing.
    Truncated,
    /// All there, but the decoder can't make sense of it.
    Damaged,
    /// More pixels than accepted.
    TooManyPixels,
    /// Too few pixels to be of use.
    TooSmall,
    /// Protected with a password.
    Encrypted,
    /// Whatever took it in didn't live to tell.
    Unreadable,
}

impl Rejection {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Empty,
        Self::TooLarge,
        Self::NotAnImage,
        Self::Unsupported,
        Self::Truncated,
        Self::Damaged,
        Self::TooManyPixels,
        Self::TooSmall,
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
            Self::Encrypted => "encrypted",
            Self::Unreadable => "unreadable",
        }
    }

    /// What happened and what to do, said to the patient.
    pub const fn sentence(self) -> &'static str {
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
            Self::Encrypted => {
                "The file is protected with a password. Please save a copy without one and send that."
            }
            Self::Unreadable => "The photo could not be opened. Please take or choose another one.",
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
            assert!(rejection.sentence().ends_with('.') && rejection.sentence().contains("Please"));
        }
    }
}
