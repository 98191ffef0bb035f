//! Shapes of tensors and the limit on their size.

use super::error::{ModelError, Result};

/// The most values one tensor may have (64 MiB of floats); the face models stay under a million.
const MAX_VALUES: usize = 1 << 24;

/// A tensor's dimensions, outermost first; their product is known to stay within the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    dimensions: Vec<usize>,
    values: usize,
}

impl Shape {
    /// Takes dimensions whose product is neither 0 nor over the limit.
    pub(super) fn new(dimensions: Vec<usize>) -> Result<Self> {
        let values = dimensions.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        match values {
            Some(0) => Err(ModelError::Inconsistent("an empty dimension")),
            Some(values) if values <= MAX_VALUES => Ok(Self { dimensions, values }),
            _ => Err(ModelError::TooLarge("tensor size")),
        }
    }

    /// The dimensions.
    pub(super) fn dimensions(&self) -> &[usize] {
        &self.dimensions
    }

    /// How many values a tensor of this shape has.
    pub(super) fn values(&self) -> usize {
        self.values
    }

    /// The last dimension, 1 for a scalar.
    pub(super) fn channels(&self) -> usize {
        self.dimensions.last().copied().unwrap_or(1)
    }

    /// The shape read as one image: `[1, height, width, channels]`.
    pub(super) fn image(&self) -> Result<Image> {
        match *self.dimensions.as_slice() {
            [1, height, width, channels] => Ok(Image { height, width, channels }),
            _ => Err(ModelError::Inconsistent("a tensor that is not one image")),
        }
    }
}

/// The shape of one image: rows of pixels of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Image {
    /// Rows.
    pub(super) height: usize,
    /// Pixels in a row.
    pub(super) width: usize,
    /// Values of a pixel.
    pub(super) channels: usize,
}

impl Image {
    /// The same as a tensor's shape.
    pub(super) fn shape(self) -> Result<Shape> {
        Shape::new(vec![1, self.height, self.width, self.channels])
    }

    /// The number of values in a row.
    pub(super) fn row(self) -> usize {
        self.width * self.channels
    }
}
