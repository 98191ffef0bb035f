//! Looking closely at the eyes: MediaPipe's iris model.

use image::RgbImage;

use super::anatomy::{Eye, LEFT_EYE, RIGHT_EYE};
use super::engine::EngineError;
use super::geometry::Point;
use super::mesh::Mesh;
use super::region::{Region, Sampling};
use crate::tflite::Model;

/// The pixels along a side of the model's input.
const SIZE: usize = 64;
/// How much larger than the eye the model's view is (MediaPipe's setting).
const MARGIN: f32 = 2.3;
/// The points of the eye's outline, lids and brow.
const OUTLINE: usize = 71;
/// The points of the iris: its centre and four on its rim.
const IRIS: usize = 5;

/// What the model sees of both eyes, that on the image's left first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Eyes {
    /// The centres of the irises.
    pub(super) pupils: [Point; 2],
    /// The opening between the lids over the width of the eye.
    pub(super) openings: [f32; 2],
}

/// The iris model.
pub(super) struct IrisModel(Model);

impl IrisModel {
    /// Reads the model and checks that it is the one this code knows.
    pub(super) fn load(bytes: &[u8]) -> Result<Self, EngineError> {
        let model = Model::load(bytes)?;
        match model.input_shape() {
            [1, SIZE, SIZE, 3] => Ok(Self(model)),
            _ => Err(EngineError::WrongModel("iris_landmark.tflite")),
        }
    }

    /// Measures both eyes and puts the finer points around them into the mesh.
    pub(super) fn refine(&self, image: &RgbImage, mesh: &mut Mesh) -> Result<Eyes, EngineError> {
        let [left, right] = [self.eye(image, mesh, &LEFT_EYE)?, self.eye(image, mesh, &RIGHT_EYE)?];
        for (eye, view) in [(&LEFT_EYE, &left), (&RIGHT_EYE, &right)] {
            for (&index, &point) in eye.outline.iter().zip(&view.outline) {
                mesh.points[index].image = point;
            }
        }
        Ok(Eyes {
            pupils: [left.pupil, right.pupil],
            openings: [opening(&left.outline), opening(&right.outline)],
        })
    }

    fn eye(&self, image: &RgbImage, mesh: &Mesh, eye: &Eye) -> Result<View, EngineError> {
        const WRONG: EngineError = EngineError::WrongModel("iris_landmark.tflite");
        let [left, right] = eye.corners.map(|index| mesh.points[index].image);
        let side = MARGIN * left.distance(right);
        let region = Region { centre: left.middle(right), side, angle: left.angle_to(right) };
        let sampling = Sampling { size: SIZE, range: [0.0, 1.0], mirrored: eye.mirrored };
        let outputs = self.0.run(&region.sample(image, sampling))?;
        let points = |count: usize| {
            let values = outputs.iter().map(|tensor| &tensor.values).find(|v| v.len() == 3 * count);
            values.map(|values| values.as_chunks::<3>().0.iter().map(|point| project(&region, eye, point)))
        };
        let outline = points(OUTLINE).ok_or(WRONG)?.collect();
        let pupil = points(IRIS).and_then(|mut iris| iris.next()).ok_or(WRONG)?;
        Ok(View { outline, pupil })
    }
}

/// One eye as the model sees it.
struct View {
    outline: Vec<Point>,
    pupil: Point,
}

/// A point of the model's view in the image.
fn project(region: &Region, eye: &Eye, [x, y, _]: &[f32; 3]) -> Point {
    let right = x / SIZE as f32;
    region.point(if eye.mirrored { 1.0 - right } else { right }, y / SIZE as f32)
}

/// The mean of three distances between the lids over the distance between the corners (the eye aspect ratio of
/// Soukupová and Čech, 2016). The first nine points follow the lower lid from corner to corner, the next seven the
/// upper.
fn opening(outline: &[Point]) -> f32 {
    const WIDTH: [usize; 2] = [0, 8];
    const LIDS: [[usize; 2]; 3] = [[3, 11], [4, 12], [5, 13]];
    let across = |[a, b]: [usize; 2]| outline[a].distance(outline[b]);
    let lids: f32 = LIDS.into_iter().map(across).sum();
    lids / LIDS.len() as f32 / across(WIDTH).max(f32::MIN_POSITIVE)
}
