//! Which attributes a caller asks for.

use super::error::ServiceError;

/// An attribute that is returned only when asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// `EYES_OPEN`
    EyesOpen,
    /// `MOUTH_OPEN`
    MouthOpen,
    /// `SUNGLASSES`
    Sunglasses,
    /// `EYEGLASSES`
    Eyeglasses,
    /// `FACE_OCCLUDED`
    FaceOccluded,
}

/// The attributes of one request beyond the default ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    all: bool,
    attributes: Vec<Attribute>,
}

impl Selection {
    /// Reads the names of a request. Those Rekognition knows and nothing here measures select nothing.
    ///
    /// # Errors
    /// [`ServiceError::InvalidParameter`] for a name Rekognition does not know.
    pub fn parse(names: &[String]) -> Result<Self, ServiceError> {
        let mut selection = Self::default();
        for name in names {
            match name.as_str() {
                "ALL" => selection.all = true,
                "EYES_OPEN" => selection.attributes.push(Attribute::EyesOpen),
                "MOUTH_OPEN" => selection.attributes.push(Attribute::MouthOpen),
                "SUNGLASSES" => selection.attributes.push(Attribute::Sunglasses),
                "EYEGLASSES" => selection.attributes.push(Attribute::Eyeglasses),
                "FACE_OCCLUDED" => selection.attributes.push(Attribute::FaceOccluded),
                "DEFAULT" | "AGE_RANGE" | "BEARD" | "EMOTIONS" | "EYE_DIRECTION" | "GENDER" | "MUSTACHE"
                | "SMILE" => {}
                _ => return Err(ServiceError::InvalidParameter("an attribute is not known")),
            }
        }
        Ok(selection)
    }

    /// Whether everything is asked for.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// Whether `attribute` is asked for.
    #[must_use]
    pub fn has(&self, attribute: Attribute) -> bool {
        self.all || self.attributes.contains(&attribute)
    }
}
