//! Finding faces: MediaPipe's full range detector (BlazeFace), good for faces up to a few metres away.

use image::RgbImage;

use super::engine::EngineError;
use super::geometry::{Point, Rectangle};
use super::region::{Region, Sampling};
use super::suppression::merge;
use crate::tflite::Model;

/// The pixels along a side of the model's input.
const SIZE: usize = 192;
/// The cells along a side of the grid in which the model places faces: one every four pixels.
const CELLS: usize = 48;
/// The numbers that describe a face: centre, width, height, then six points of which the first two are the eyes.
const NUMBERS: usize = 16;
/// The least score of a face (MediaPipe's setting).
const MIN_SCORE: f32 = 0.5;

/// A face the detector found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Detection {
    /// The score, 0 to 1.
    pub(super) score: f32,
    /// A square frame around the face.
    pub(super) frame: Rectangle,
    /// The eyes, that on the image's left first.
    pub(super) eyes: [Point; 2],
}

/// The detector's model.
pub(super) struct Detector(Model);

impl Detector {
    /// Reads the model and checks that it is the one this code knows.
    pub(super) fn load(bytes: &[u8]) -> Result<Self, EngineError> {
        let model = Model::load(bytes)?;
        match model.input_shape() {
            [1, SIZE, SIZE, 3] => Ok(Self(model)),
            _ => Err(EngineError::WrongModel("face_detection_full_range.tflite")),
        }
    }

    /// The faces in `image`, the surest first.
    pub(super) fn detect(&self, image: &RgbImage) -> Result<Vec<Detection>, EngineError> {
        const WRONG: EngineError = EngineError::WrongModel("face_detection_full_range.tflite");
        let region = Region::letterbox(image);
        let sampling = Sampling { size: SIZE, range: [-1.0, 1.0], mirrored: false };
        let outputs = self.0.run(&region.sample(image, sampling))?;
        let values = |length: usize| outputs.iter().map(|tensor| &tensor.values).find(|v| v.len() == length);
        let boxes = values(CELLS * CELLS * NUMBERS).ok_or(WRONG)?;
        let scores = values(CELLS * CELLS).ok_or(WRONG)?;
        let cells = boxes.as_chunks::<NUMBERS>().0.iter().zip(scores).enumerate();
        let candidates = cells.filter_map(|(cell, (numbers, score))| {
            let score = sigmoid(*score);
            (score >= MIN_SCORE).then(|| decode(&region, cell, numbers, score))
        });
        Ok(merge(candidates.filter(|detection| detection.frame.area() > 0.0).collect()))
    }
}

/// What a cell says about the face around its centre.
fn decode(region: &Region, cell: usize, numbers: &[f32; NUMBERS], score: f32) -> Detection {
    let centre = |index: usize| (index as f32 + 0.5) / CELLS as f32;
    let (cell_x, cell_y) = (centre(cell % CELLS), centre(cell / CELLS));
    let point = |index: usize| {
        region.point(numbers[index] / SIZE as f32 + cell_x, numbers[index + 1] / SIZE as f32 + cell_y)
    };
    let length = |index: usize| numbers[index].max(0.0) / SIZE as f32 * region.side;
    let (middle, width, height) = (point(0), length(2), length(3));
    let frame = Rectangle {
        left: middle.x - width / 2.0,
        top: middle.y - height / 2.0,
        right: middle.x + width / 2.0,
        bottom: middle.y + height / 2.0,
    };
    Detection { score, frame, eyes: [point(4), point(6)] }
}

/// The logistic function.
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
