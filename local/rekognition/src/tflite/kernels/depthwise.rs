//! Convolution of each channel by itself.

use super::covered;
use super::elementwise::activate;
use crate::tflite::error::Result;
use crate::tflite::operation::Depthwise;
use crate::tflite::shape::Image;

/// Applies `depthwise` to an image.
pub(in crate::tflite) fn convolve_by_channel(
    depthwise: &Depthwise,
    image: Image,
    input: &[f32],
) -> Result<Vec<f32>> {
    let Depthwise { window, weights, bias, activation } = depthwise;
    let channels = image.channels;
    let [rows, columns] = window.steps(image)?;
    let [vertical, horizontal] =
        [0, 1].map(|axis| [window.size[axis], window.stride[axis], window.dilation[axis]]);
    let mut output = bias.repeat(rows.count * columns.count);
    for (index, sums) in output.chunks_exact_mut(channels).enumerate() {
        let (row, column) = (index / columns.count, index % columns.count);
        let across = covered(column, horizontal, columns.before, image.width);
        for (down, y) in covered(row, vertical, rows.before, image.height) {
            for (right, x) in across.clone() {
                let from = y * image.row() + x * channels;
                let tap = (down * window.size[1] + right) * channels;
                let pairs = input[from..from + channels].iter().zip(&weights[tap..tap + channels]);
                sums.iter_mut().zip(pairs).for_each(|(sum, (value, weight))| *sum += value * weight);
            }
        }
    }
    activate(*activation, &mut output);
    Ok(output)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::tflite::operation::{Activation, Window};

    #[test]
    fn channels_do_not_mix() {
        let depthwise = Depthwise {
            window: Window { size: [2, 1], stride: [1, 1], dilation: [1, 1], padded: false },
            weights: vec![1.0, 0.0, 1.0, -1.0],
            bias: vec![0.0, 100.0],
            activation: Activation::Identity,
        };
        let image = Image { height: 2, width: 1, channels: 2 };
        assert_eq!(convolve_by_channel(&depthwise, image, &[1.0, 2.0, 3.0, 4.0]).unwrap(), [4.0, 96.0]);
    }
}
