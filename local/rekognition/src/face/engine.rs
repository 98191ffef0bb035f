//! The models together.

use std::path::Path;

use image::RgbImage;

use super::Face;
use super::attributes::Attributes;
use super::detection::{Detection, Detector};
use super::iris::IrisModel;
use super::landmarks;
use super::mesh::MeshModel;
use super::pose::Pose;
use super::quality::Quality;
use crate::tflite::ModelError;

/// The least presence of a face: below it the mesh model holds the detector to be wrong (MediaPipe's setting).
const MIN_PRESENCE: f32 = 0.5;
/// The most faces reported, as Rekognition documents.
const MAX_FACES: usize = 100;

/// Why photos cannot be analysed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A model file is missing or unreadable.
    #[error("cannot read the model {name}: {source}")]
    Read {
        /// The file's name.
        name: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A model is damaged.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A model is not the one its name promises.
    #[error("{0} is not the model this program knows")]
    WrongModel(&'static str),
}

/// The bytes of the three models.
pub struct Models {
    /// `face_detection_full_range.tflite`.
    pub detection: Vec<u8>,
    /// `face_landmark.tflite`.
    pub mesh: Vec<u8>,
    /// `iris_landmark.tflite`.
    pub iris: Vec<u8>,
}

impl Models {
    /// Reads the three models from a folder.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn read(folder: &Path) -> Result<Self, EngineError> {
        let read =
            |name| std::fs::read(folder.join(name)).map_err(|source| EngineError::Read { name, source });
        Ok(Self {
            detection: read("face_detection_full_range.tflite")?,
            mesh: read("face_landmark.tflite")?,
            iris: read("iris_landmark.tflite")?,
        })
    }
}

/// Finds and measures faces. It holds no state between photos and can be shared by threads.
pub struct Engine {
    detector: Detector,
    mesh: MeshModel,
    iris: IrisModel,
}

impl Engine {
    /// Prepares the models.
    ///
    /// # Errors
    /// If a model is damaged or is another than expected.
    pub fn load(models: &Models) -> Result<Self, EngineError> {
        Ok(Self {
            detector: Detector::load(&models.detection)?,
            mesh: MeshModel::load(&models.mesh)?,
            iris: IrisModel::load(&models.iris)?,
        })
    }

    /// The faces in an upright photo, the largest first.
    ///
    /// # Errors
    /// If a model does not give the outputs it is known for.
    pub fn analyse(&self, image: &RgbImage) -> Result<Vec<Face>, EngineError> {
        let mut detections = self.detector.detect(image)?;
        detections.sort_by(|a, b| b.frame.area().total_cmp(&a.frame.area()));
        let mut faces = Vec::new();
        for detection in detections.iter().take(MAX_FACES) {
            faces.extend(self.face(image, detection)?);
        }
        Ok(faces)
    }

    /// The face at a detection, `None` if the mesh model sees none there.
    fn face(&self, image: &RgbImage, detection: &Detection) -> Result<Option<Face>, EngineError> {
        let mut mesh = self.mesh.place(image, detection)?;
        if mesh.presence < MIN_PRESENCE || mesh.presence.is_nan() {
            return Ok(None);
        }
        let eyes = self.iris.refine(image, &mut mesh)?;
        Ok(Some(Face {
            frame: detection.frame,
            score: detection.score,
            presence: mesh.presence,
            landmarks: landmarks::name(&mesh, &eyes),
            pose: Pose::of(&mesh),
            quality: Quality::of(image, &mesh.frame()),
            attributes: Attributes::of(image, &mesh, &eyes),
        }))
    }
}
