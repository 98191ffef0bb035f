//! A small interpreter for float TFLite models.
//!
//! It knows the dozen operators MediaPipe's face models are made of and nothing else. A file passes through four
//! steps, each in a file of its own: `flatbuffer` reads fields with every bound checked, `schema` names those
//! fields, `graph` turns them into operations with their weights, and `plan` works out every shape before a
//! single multiplication, so that the `kernels` can rely on what they are given. A damaged or hostile file is
//! refused with a [`ModelError`]; it cannot panic, and it cannot ask for more memory or work than the limits in
//! `shape` and `plan` grant.

mod error;
mod flatbuffer;
mod graph;
mod half;
mod kernels;
mod model;
mod operation;
mod options;
mod plan;
mod schema;
mod shape;

pub use error::ModelError;
pub use model::{Model, Tensor};
