//! Placing 468 points on a face: MediaPipe's face mesh.

use image::RgbImage;

use super::anatomy::POINTS;
use super::detection::{Detection, sigmoid};
use super::engine::EngineError;
use super::geometry::{Point3, Rectangle};
use super::region::{Region, Sampling};
use crate::tflite::Model;

/// The pixels along a side of the model's input.
const SIZE: usize = 192;
/// How much larger than the detected frame the model's view is (MediaPipe's setting).
const MARGIN: f32 = 1.5;

/// The points of one face.
#[derive(Debug, Clone)]
pub(super) struct Mesh {
    /// How sure the model is that it looks at a face, 0 to 1.
    pub(super) presence: f32,
    /// [`POINTS`] points in MediaPipe's order.
    pub(super) points: Vec<Point3>,
}

impl Mesh {
    /// The smallest rectangle around all points.
    pub(super) fn frame(&self) -> Rectangle {
        Rectangle::around(self.points.iter().map(|point| point.image))
    }
}

/// The mesh's model.
pub(super) struct MeshModel(Model);

impl MeshModel {
    /// Reads the model and checks that it is the one this code knows.
    pub(super) fn load(bytes: &[u8]) -> Result<Self, EngineError> {
        let model = Model::load(bytes)?;
        match model.input_shape() {
            [1, SIZE, SIZE, 3] => Ok(Self(model)),
            _ => Err(EngineError::WrongModel("face_landmark.tflite")),
        }
    }

    /// The points of a detected face, upright in the model's view by the line between the eyes.
    pub(super) fn place(&self, image: &RgbImage, detection: &Detection) -> Result<Mesh, EngineError> {
        const WRONG: EngineError = EngineError::WrongModel("face_landmark.tflite");
        let [left, right] = detection.eyes;
        let region = Region {
            centre: detection.frame.centre(),
            side: MARGIN * detection.frame.width().max(detection.frame.height()),
            angle: left.angle_to(right),
        };
        let sampling = Sampling { size: SIZE, range: [0.0, 1.0], mirrored: false };
        let outputs = self.0.run(&region.sample(image, sampling))?;
        let values = |length: usize| outputs.iter().map(|tensor| &tensor.values).find(|v| v.len() == length);
        let points = values(POINTS * 3).ok_or(WRONG)?.as_chunks().0.iter();
        let fraction = |value: f32| value / SIZE as f32;
        let point = |[x, y, z]: &[f32; 3]| Point3 {
            image: region.point(fraction(*x), fraction(*y)),
            depth: fraction(*z) * region.side,
        };
        let presence = sigmoid(*values(1).and_then(|values| values.first()).ok_or(WRONG)?);
        Ok(Mesh { presence, points: points.map(point).collect() })
    }
}
