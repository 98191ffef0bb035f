//! Finding and measuring faces in a photo.
//!
//! The steps are those of Google's MediaPipe face pipeline, with its published models: `detection` finds faces,
//! `mesh` places 468 points on each, `iris` refines the eyes, and from those points come the `pose`, the
//! `quality` of the picture and the few `attributes` that can be told from them. `landmarks` translates the
//! points into Rekognition's names. Coordinates are pixels with the origin at the top left corner of the image.

mod anatomy;
mod attributes;
mod canonical;
mod colour;
mod cover;
mod detection;
mod engine;
mod geometry;
mod iris;
mod landmarks;
mod mesh;
mod pose;
mod quality;
mod region;
mod suppression;

pub use attributes::{Attributes, Finding};
pub use engine::{Engine, EngineError, Models};
pub use geometry::{Point, Rectangle};
pub use landmarks::{Landmark, LandmarkName};
pub use pose::Pose;
pub use quality::Quality;

/// A face and everything measured on it.
#[derive(Debug, Clone)]
pub struct Face {
    /// Where the face is, as the detector frames it.
    pub frame: Rectangle,
    /// The detector's score, 0 to 1; 0.7 to 0.95 on good portraits.
    pub score: f32,
    /// How sure the mesh model is that it looks at a face, 0 to 1; close to 1 on good portraits.
    pub presence: f32,
    /// Rekognition's thirty landmarks.
    pub landmarks: Vec<Landmark>,
    /// Which way the head is turned.
    pub pose: Pose,
    /// How bright and sharp the face is.
    pub quality: Quality,
    /// What can be told about eyes, mouth and covering.
    pub attributes: Attributes,
}
