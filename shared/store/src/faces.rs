//! Face detection and moderation by Amazon Rekognition.

use crate::aws::Aws;
use crate::error::StoreError;
use aws_sdk_rekognition::Client;
use aws_sdk_rekognition::types as sdk;
use visage_domain::face::{Attribute, FaceBox, FaceObservation, Landmark, Landmarks, Point, Pose, Quality};
use visage_domain::photo::{Moderation, ModerationLabel};
use visage_domain::vendor::{Clearance, Rekognition};

const REKOGNITION: &str = "Rekognition";

/// Finds faces in photos that lie in a bucket.
#[derive(Clone, Debug)]
pub struct FaceDetector(Client);

/// What came of looking.
#[derive(Clone, Debug, PartialEq)]
pub enum Detection {
    /// The faces found; none is an answer too.
    Faces(Vec<FaceObservation>),
    /// The service won't look at this photo, now or later: its error code.
    Unusable(String),
}

/// What came of asking whether everybody should see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Moderated {
    /// What was found; nothing is an answer too.
    Answer(Moderation),
    /// The service won't look at this photo, now or later: its error code.
    Unusable(String),
}

/// Findings below this are guesses: Rekognition's own default, said aloud.
const MIN_CONFIDENCE: f32 = 50.0;

/// Errors that the same photo gets each time. `InvalidS3ObjectException` isn't one: it also says that we set up a permission wrongly.
const FINAL: &[&str] =
    &["InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"];

impl FaceDetector {
    /// A detector.
    pub fn new(aws: &Aws) -> Self {
        let config =
            aws_sdk_rekognition::config::Builder::from(aws.config()).interceptor(aws.calls()).build();
        Self(Client::from_conf(config))
    }

    /// Looks at one version of an object, with every attribute that the service knows.
    ///
    /// # Errors
    /// If the service doesn't answer or refuses the caller.
    pub async fn detect(
        &self,
        _: &Clearance<Rekognition>,
        bucket: &str,
        key: &str,
        version: &str,
    ) -> Result<Detection, StoreError> {
        let answer =
            self.0.detect_faces().image(image(bucket, key, version)).attributes(sdk::Attribute::All).send();
        match answer.await {
            Ok(answer) => Ok(Detection::Faces(answer.face_details().iter().map(observation).collect())),
            Err(error) => unusable(StoreError::from_sdk(REKOGNITION, &error)).map(Detection::Unusable),
        }
    }

    /// Asks what one version of an object shows that not everybody should see unasked.
    ///
    /// # Errors
    /// If the service doesn't answer or refuses the caller.
    pub async fn moderate(
        &self,
        _: &Clearance<Rekognition>,
        bucket: &str,
        key: &str,
        version: &str,
    ) -> Result<Moderated, StoreError> {
        let call = self.0.detect_moderation_labels().image(image(bucket, key, version));
        match call.min_confidence(MIN_CONFIDENCE).send().await {
            Ok(answer) => Ok(Moderated::Answer(Moderation {
                model: answer.moderation_model_version().map(ToOwned::to_owned),
                labels: answer.moderation_labels().iter().map(label).collect(),
            })),
            Err(error) => unusable(StoreError::from_sdk(REKOGNITION, &error)).map(Moderated::Unusable),
        }
    }
}

fn image(bucket: &str, key: &str, version: &str) -> sdk::Image {
    let object = sdk::S3Object::builder().bucket(bucket).name(key).version(version).build();
    sdk::Image::builder().s3_object(object).build()
}

/// The code of an error that says something of the photo; any other stays an error.
fn unusable(error: StoreError) -> Result<String, StoreError> {
    match error {
        StoreError::Refused { code, .. } if FINAL.contains(&code.as_str()) => Ok(code),
        other => Err(other),
    }
}

fn label(label: &sdk::ModerationLabel) -> ModerationLabel {
    ModerationLabel {
        // A finding without a name is a finding.
        name: label.name().unwrap_or("unnamed").to_owned(),
        parent: label.parent_name().filter(|parent| !parent.is_empty()).map(ToOwned::to_owned),
        confidence: f64::from(label.confidence().unwrap_or_default()),
    }
}

fn observation(face: &sdk::FaceDetail) -> FaceObservation {
    let bounds = face.bounding_box.as_ref();
    let ratio = |value: Option<f32>| f64::from(value.unwrap_or_default());
    FaceObservation {
        confidence: ratio(face.confidence),
        bounds: FaceBox {
            left: ratio(bounds.and_then(|b| b.left)),
            top: ratio(bounds.and_then(|b| b.top)),
            width: ratio(bounds.and_then(|b| b.width)),
            height: ratio(bounds.and_then(|b| b.height)),
        },
        // A pose with a gap is no pose: zero would mean straight into the camera.
        pose: face.pose.as_ref().and_then(|pose| {
            let (yaw, pitch, roll) = (pose.yaw?, pose.pitch?, pose.roll?);
            Some(Pose { yaw: yaw.into(), pitch: pitch.into(), roll: roll.into() })
        }),
        quality: face.quality.as_ref().map(|quality| Quality {
            brightness: ratio(quality.brightness),
            sharpness: ratio(quality.sharpness),
        }),
        landmarks: landmarks(face.landmarks()),
        eyes_open: face.eyes_open.as_ref().map(|open| attribute(open.value, open.confidence)),
        occluded: face.face_occluded.as_ref().map(|covered| attribute(covered.value, covered.confidence)),
        sunglasses: face.sunglasses.as_ref().map(|glasses| attribute(glasses.value, glasses.confidence)),
    }
}

fn attribute(value: bool, confidence: Option<f32>) -> Attribute {
    Attribute { value, confidence: f64::from(confidence.unwrap_or_default()) }
}

fn landmarks(points: &[sdk::Landmark]) -> Landmarks {
    points
        .iter()
        .filter_map(|point| {
            let landmark = Landmark::from_name(point.r#type.as_ref()?.as_str())?;
            Some((landmark, Point { x: f64::from(point.x?), y: f64::from(point.y?) }))
        })
        .collect()
}
