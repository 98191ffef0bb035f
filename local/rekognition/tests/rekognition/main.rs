//! The stand-in as its callers see it, on real models and photos.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod assets;
mod damaged_models;
mod fake_s3;
mod portraits;
mod service;
mod studio;
