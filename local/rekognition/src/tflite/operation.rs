//! The operations of a graph, their weights laid out as the kernels want them.

use super::error::{ModelError, Result};
use super::shape::{Image, Shape};

/// What an operator does, with everything it needs but its computed inputs.
#[derive(Debug)]
pub(super) enum Operation {
    /// Weighted sums over a window and all channels.
    Convolution(Convolution),
    /// Weighted sums over a window, each channel by itself.
    Depthwise(Depthwise),
    /// The sum of two tensors of the same shape.
    Add(Activation),
    /// Negative values become 0.
    Relu,
    /// Negative values are scaled by their channel's slope.
    Prelu(Vec<f32>),
    /// The largest value in a window, each channel by itself.
    MaxPool(Window),
    /// Zeros around an image and its channels.
    Pad(Margins),
    /// The same values under another shape.
    Reshape(Shape),
    /// Tensors joined along one axis.
    Concatenation {
        /// The axis, counted from the outermost.
        axis: usize,
    },
    /// An image scaled with linear interpolation.
    Resize(Resize),
}

/// A convolution; weights `[window height][window width][channels in][channels out]`.
#[derive(Debug)]
pub(super) struct Convolution {
    pub(super) window: Window,
    pub(super) channels_in: usize,
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) activation: Activation,
}

/// A depthwise convolution; weights `[window height][window width][channels]`.
#[derive(Debug)]
pub(super) struct Depthwise {
    pub(super) window: Window,
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) activation: Activation,
}

/// What is applied to each value after an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// Nothing.
    Identity,
    /// Values below 0 become 0.
    Relu,
    /// Values are held between 0 and 6.
    Relu6,
}

/// A window sliding over an image. Pairs are vertical, then horizontal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Its height and width.
    pub(super) size: [usize; 2],
    /// How far it moves at a time.
    pub(super) stride: [usize; 2],
    /// How far apart the pixels it looks at are.
    pub(super) dilation: [usize; 2],
    /// Whether the image is padded so that only the stride makes it smaller.
    pub(super) padded: bool,
}

/// Where a window lands along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    /// How many positions it takes.
    pub(super) count: usize,
    /// How many pixels of padding come before the image.
    pub(super) before: usize,
}

impl Window {
    /// The vertical and horizontal positions over `image`.
    pub(super) fn steps(&self, image: Image) -> Result<[Steps; 2]> {
        Ok([self.axis(0, image.height)?, self.axis(1, image.width)?])
    }

    /// The number of pixels in the window.
    pub(super) fn area(&self) -> Result<usize> {
        self.size[0].checked_mul(self.size[1]).ok_or(ModelError::TooLarge("window"))
    }

    /// TensorFlow's rule for the two paddings, with the odd pixel of padding after the image.
    fn axis(&self, axis: usize, length: usize) -> Result<Steps> {
        let (size, stride, dilation) = (self.size[axis], self.stride[axis], self.dilation[axis]);
        if size == 0 || stride == 0 || dilation == 0 {
            return Err(ModelError::Inconsistent("an empty window"));
        }
        let reach = (size - 1).checked_mul(dilation).and_then(|n| n.checked_add(1));
        let reach = reach.ok_or(ModelError::TooLarge("window"))?;
        if self.padded {
            let count = length.div_ceil(stride);
            let covered = ((count - 1) * stride).checked_add(reach).ok_or(ModelError::TooLarge("window"))?;
            return Ok(Steps { count, before: covered.saturating_sub(length) / 2 });
        }
        let room = length.checked_sub(reach).ok_or(ModelError::Inconsistent("a window over its image"))?;
        Ok(Steps { count: room / stride + 1, before: 0 })
    }
}

/// Zeros added before and after each axis of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Margins {
    /// Above and below.
    pub(super) rows: [usize; 2],
    /// Left and right.
    pub(super) columns: [usize; 2],
    /// Before and after each pixel's channels.
    pub(super) channels: [usize; 2],
}

/// A linear interpolation to another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resize {
    /// The height of the result.
    pub(super) height: usize,
    /// The width of the result.
    pub(super) width: usize,
    /// Whether the corner pixels' centres coincide.
    pub(super) align_corners: bool,
    /// Whether pixels are taken at their centres.
    pub(super) half_pixels: bool,
}
