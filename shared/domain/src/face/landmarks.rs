//! The 30 named points of a face.

use super::opaque_debug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A point of the photo: x and y as ratios of its width and height, from the top left corner.
///
/// Slightly outside 0–1 is possible, where a face is cut by the photo's edge.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// From the left edge, 0–1.
    pub x: f64,
    /// From the top edge, 0–1.
    pub y: f64,
}

opaque_debug!(Point, Landmarks);

macro_rules! landmarks {
    ($($variant:ident = $name:literal / $mirror:ident),+ $(,)?) => {
        /// A named point of a face, as Amazon Rekognition names it. Left and right are the viewer's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[allow(missing_docs)]
        pub enum Landmark { $(#[serde(rename = $name)] $variant),+ }

        impl Landmark {
            /// All of them, in Rekognition's order.
            pub const ALL: [Self; 30] = [$(Self::$variant),+];

            /// Rekognition's name, such as `leftEyeBrowUp`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The landmark with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// Which landmark this one is in a mirrored photo.
            pub const fn mirrored(self) -> Self {
                match self { $(Self::$variant => Self::$mirror),+ }
            }
        }
    };
}

landmarks! {
    EyeLeft = "eyeLeft" / EyeRight,
    EyeRight = "eyeRight" / EyeLeft,
    Nose = "nose" / Nose,
    MouthLeft = "mouthLeft" / MouthRight,
    MouthRight = "mouthRight" / MouthLeft,
    LeftEyeBrowLeft = "leftEyeBrowLeft" / RightEyeBrowRight,
    LeftEyeBrowRight = "leftEyeBrowRight" / RightEyeBrowLeft,
    LeftEyeBrowUp = "leftEyeBrowUp" / RightEyeBrowUp,
    RightEyeBrowLeft = "rightEyeBrowLeft" / LeftEyeBrowRight,
    RightEyeBrowRight = "rightEyeBrowRight" / LeftEyeBrowLeft,
    RightEyeBrowUp = "rightEyeBrowUp" / LeftEyeBrowUp,
    LeftEyeLeft = "leftEyeLeft" / RightEyeRight,
    LeftEyeRight = "leftEyeRight" / RightEyeLeft,
    LeftEyeUp = "leftEyeUp" / RightEyeUp,
    LeftEyeDown = "leftEyeDown" / RightEyeDown,
    RightEyeLeft = "rightEyeLeft" / LeftEyeRight,
    RightEyeRight = "rightEyeRight" / LeftEyeLeft,
    RightEyeUp = "rightEyeUp" / LeftEyeUp,
    RightEyeDown = "rightEyeDown" / LeftEyeDown,
    NoseLeft = "noseLeft" / NoseRight,
    NoseRight = "noseRight" / NoseLeft,
    MouthUp = "mouthUp" / MouthUp,
    MouthDown = "mouthDown" / MouthDown,
    LeftPupil = "leftPupil" / RightPupil,
    RightPupil = "rightPupil" / LeftPupil,
    UpperJawlineLeft = "upperJawlineLeft" / UpperJawlineRight,
    MidJawlineLeft = "midJawlineLeft" / MidJawlineRight,
    ChinBottom = "chinBottom" / ChinBottom,
    MidJawlineRight = "midJawlineRight" / MidJawlineLeft,
    UpperJawlineRight = "upperJawlineRight" / UpperJawlineLeft,
}

/// The points found on one face; any may be missing.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Landmarks(BTreeMap<Landmark, Point>);

impl Landmarks {
    /// Where `landmark` was found.
    pub fn get(&self, landmark: Landmark) -> Option<Point> {
        self.0.get(&landmark).copied()
    }

    /// How many points were found.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no point was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every point found, in Rekognition's order.
    pub fn iter(&self) -> impl Iterator<Item = (Landmark, Point)> {
        self.0.iter().map(|(&landmark, &point)| (landmark, point))
    }
}

impl FromIterator<(Landmark, Point)> for Landmarks {
    /// Keeps the points whose coordinates are finite numbers; of two with the same name the later one.
    fn from_iter<I: IntoIterator<Item = (Landmark, Point)>>(points: I) -> Self {
        Self(points.into_iter().filter(|(_, p)| p.x.is_finite() && p.y.is_finite()).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_round_trip_and_mirroring_twice_changes_nothing() {
        for landmark in Landmark::ALL {
            assert_eq!(Landmark::from_name(landmark.name()), Some(landmark));
            assert_eq!(landmark.mirrored().mirrored(), landmark);
            assert_eq!(serde_json::to_string(&landmark).unwrap(), format!("\"{}\"", landmark.name()));
        }
        assert_eq!(Landmark::from_name("leftEar"), None);
    }

    #[test]
    fn points_that_are_no_numbers_are_dropped_and_debug_tells_nothing() {
        let points = [
            (Landmark::Nose, Point { x: f64::NAN, y: 0.5 }),
            (Landmark::ChinBottom, Point { x: 0.5, y: 0.9 }),
        ];
        let landmarks: Landmarks = points.into_iter().collect();
        assert_eq!((landmarks.len(), landmarks.get(Landmark::Nose)), (1, None));
        assert_eq!(format!("{landmarks:?}"), "Landmarks");
        assert_eq!(serde_json::to_string(&landmarks).unwrap(), r#"{"chinBottom":{"x":0.5,"y":0.9}}"#);
    }
}
