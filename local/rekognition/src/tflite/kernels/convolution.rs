//! Convolution over all channels.

use super::covered;
use super::elementwise::activate;
use super::product::multiply;
use crate::tflite::error::Result;
use crate::tflite::operation::{Convolution, Steps};
use crate::tflite::shape::Image;

/// Applies `convolution` to an image.
pub(in crate::tflite) fn convolve(
    convolution: &Convolution,
    image: Image,
    input: &[f32],
) -> Result<Vec<f32>> {
    let Convolution { window, channels_in, weights, bias, activation } = convolution;
    let [rows, columns] = window.steps(image)?;
    let mut output = vec![0.0; rows.count * columns.count * bias.len()];
    if window.size == [1, 1] && window.stride == [1, 1] {
        multiply(input, *channels_in, weights, bias, &mut output);
    } else {
        let depth = window.size[0] * window.size[1] * channels_in;
        let mut patches = vec![0.0; columns.count * depth];
        for (row, output) in output.chunks_exact_mut(columns.count * bias.len()).enumerate() {
            gather(convolution, image, input, (row, rows, columns), &mut patches);
            multiply(&patches, depth, weights, bias, output);
        }
    }
    activate(*activation, &mut output);
    Ok(output)
}

/// Lays out the windows of one row of positions, one after the other; the padding is 0.
fn gather(
    convolution: &Convolution,
    image: Image,
    input: &[f32],
    (row, rows, columns): (usize, Steps, Steps),
    patches: &mut [f32],
) {
    let Convolution { window, channels_in, .. } = convolution;
    let [vertical, horizontal] =
        [0, 1].map(|axis| [window.size[axis], window.stride[axis], window.dilation[axis]]);
    let depth = window.size[0] * window.size[1] * channels_in;
    patches.fill(0.0);
    for (column, patch) in patches.chunks_exact_mut(depth).enumerate() {
        let across = covered(column, horizontal, columns.before, image.width);
        for (down, y) in covered(row, vertical, rows.before, image.height) {
            for (right, x) in across.clone() {
                let from = y * image.row() + x * channels_in;
                let to = (down * window.size[1] + right) * channels_in;
                patch[to..to + channels_in].copy_from_slice(&input[from..from + channels_in]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::tflite::operation::{Activation, Window};

    #[test]
    fn a_padded_box_counts_its_neighbours() {
        let convolution = Convolution {
            window: Window { size: [3, 3], stride: [1, 1], dilation: [1, 1], padded: true },
            channels_in: 1,
            weights: vec![1.0; 9],
            bias: vec![0.5],
            activation: Activation::Relu6,
        };
        let image = Image { height: 3, width: 3, channels: 1 };
        let output = convolve(&convolution, image, &[1.0; 9]).unwrap();
        assert_eq!(output, [4.5, 6.0, 4.5, 6.0, 6.0, 6.0, 4.5, 6.0, 4.5]);
    }

    #[test]
    fn even_padding_favours_the_end() {
        // Two wide, stride 2, over 3 pixels: TensorFlow pads one pixel after the image and none before.
        let convolution = Convolution {
            window: Window { size: [1, 2], stride: [1, 2], dilation: [1, 1], padded: true },
            channels_in: 1,
            weights: vec![1.0, 10.0],
            bias: vec![0.0],
            activation: Activation::Identity,
        };
        let image = Image { height: 1, width: 3, channels: 1 };
        assert_eq!(convolve(&convolution, image, &[1.0, 2.0, 3.0]).unwrap(), [21.0, 3.0]);
    }
}
