//! A stand-in for Amazon Rekognition's `DetectFaces` and `DetectModerationLabels` that runs on a laptop, without AWS and without a GPU.
//!
//! [`tflite`] runs Google's MediaPipe models, [`face`] measures faces with them, [`skin`] guesses what
//! moderation would say, [`picture`] decodes photos,
//! [`protocol`] speaks Rekognition's wire protocol, [`storage`] reads photos from S3 and [`server`] joins them.
//!
//! # Differences from AWS
//! - Rekognition reads the S3 object with the permissions of whoever calls it. The stand-in sees only that caller's
//!   access key, not the secret, so it reads with credentials of its own. A caller that may not read the object
//!   gets an answer here and `InvalidS3ObjectException` in AWS: that rule can only be checked on the caller's
//!   policy.
//! - A request must be signed in form; the signature itself is not checked, for want of the same secret.
//! - `Gender`, `AgeRange`, `Emotions`, `Smile`, `Beard`, `Mustache` and `EyeDirection` are left out, as nothing here
//!   measures them. They are optional in the API.
//! - `Quality`, `Confidence` and the yes or no attributes come from other models than Amazon's: the same photo gets
//!   similar, not equal, numbers.
//! - Moderation is the share of skin colour beside the faces, under one label; see [`skin`].
//! - It throttles, fails and hangs only when a test asks for it; see [`faults`].

pub mod config;
pub mod face;
pub mod faults;
pub mod picture;
pub mod protocol;
pub mod server;
pub mod skin;
pub mod storage;
pub mod tflite;

mod clock;
