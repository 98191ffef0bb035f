//! What can be wrong with a model file.

/// Why a model was refused or could not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The file does not carry the TFLite identifier.
    #[error("not a TFLite file")]
    NotAModel,
    /// An offset or length points outside the file.
    #[error("the file is cut short or its offsets are broken")]
    Truncated,
    /// The file is well formed but describes a graph that makes no sense.
    #[error("inconsistent model: {0}")]
    Inconsistent(&'static str),
    /// The graph uses something this interpreter does not implement.
    #[error("unsupported: {what} {code}")]
    Unsupported {
        /// The kind of thing (an operator, an activation, a tensor type).
        what: &'static str,
        /// Its number in the TFLite schema.
        code: i32,
    },
    /// The graph asks for more memory or work than is granted.
    #[error("the model exceeds the limit on {0}")]
    TooLarge(&'static str),
    /// The tensor given to [`Model::run`](super::Model::run) has not the model's input size.
    #[error("the input has {actual} values where the model takes {expected}")]
    Input {
        /// How many values the model takes.
        expected: usize,
        /// How many were given.
        actual: usize,
    },
}

/// The result of anything that reads or runs a model.
pub(super) type Result<T> = std::result::Result<T, ModelError>;
