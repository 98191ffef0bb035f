//! Pooling.

use super::covered;
use crate::tflite::error::Result;
use crate::tflite::operation::Window;
use crate::tflite::shape::Image;

/// The largest value in each position of a window, each channel by itself; padding does not count.
pub(in crate::tflite) fn max_pool(window: &Window, image: Image, input: &[f32]) -> Result<Vec<f32>> {
    let channels = image.channels;
    let [rows, columns] = window.steps(image)?;
    let [vertical, horizontal] =
        [0, 1].map(|axis| [window.size[axis], window.stride[axis], window.dilation[axis]]);
    let mut output = vec![f32::NEG_INFINITY; rows.count * columns.count * channels];
    for (index, largest) in output.chunks_exact_mut(channels).enumerate() {
        let (row, column) = (index / columns.count, index % columns.count);
        let across = covered(column, horizontal, columns.before, image.width);
        for (_, y) in covered(row, vertical, rows.before, image.height) {
            for (_, x) in across.clone() {
                let from = y * image.row() + x * channels;
                let pixel = &input[from..from + channels];
                largest.iter_mut().zip(pixel).for_each(|(largest, value)| *largest = largest.max(*value));
            }
        }
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn takes_the_largest_of_each_window() {
        let window = Window { size: [2, 2], stride: [2, 2], dilation: [1, 1], padded: true };
        let image = Image { height: 3, width: 2, channels: 1 };
        let output = max_pool(&window, image, &[-5.0, -2.0, -3.0, -4.0, -9.0, -8.0]).unwrap();
        assert_eq!(output, [-2.0, -8.0]);
    }
}
