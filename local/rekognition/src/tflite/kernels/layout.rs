//! Operations that only move values.

use crate::tflite::model::Input;
use crate::tflite::operation::Margins;
use crate::tflite::shape::Image;

/// Zeros around an image and around each pixel's channels.
pub(in crate::tflite) fn pad(margins: &Margins, image: Image, input: &[f32]) -> Vec<f32> {
    let Margins { rows: [top, bottom], columns: [left, right], channels: [before, after] } = *margins;
    let pixel = before + image.channels + after;
    let row = (left + image.width + right) * pixel;
    let mut output = vec![0.0; (top + image.height + bottom) * row];
    for (index, values) in input.chunks_exact(image.channels).enumerate() {
        let (y, x) = (index / image.width, index % image.width);
        let to = (top + y) * row + (left + x) * pixel + before;
        output[to..to + image.channels].copy_from_slice(values);
    }
    output
}

/// Joins tensors along `axis`; their other dimensions are the same.
pub(in crate::tflite) fn concatenate(axis: usize, inputs: &[Input<'_>]) -> Vec<f32> {
    let outer: usize = inputs[0].shape.dimensions()[..axis].iter().product();
    let mut output = Vec::with_capacity(inputs.iter().map(|input| input.values.len()).sum());
    for index in 0..outer {
        for input in inputs {
            let run = input.values.len() / outer;
            output.extend_from_slice(&input.values[index * run..(index + 1) * run]);
        }
    }
    output
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::tflite::shape::Shape;

    #[test]
    fn margins_are_zero() {
        let margins = Margins { rows: [1, 0], columns: [0, 1], channels: [0, 1] };
        let image = Image { height: 1, width: 1, channels: 1 };
        assert_eq!(pad(&margins, image, &[7.0]), [0.0, 0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn joins_along_the_inner_and_the_outer_axis() {
        let shape = Shape::new(vec![2, 1]).unwrap();
        let [a, b] = [[1.0, 2.0], [3.0, 4.0]];
        let inputs = [Input { shape: &shape, values: &a }, Input { shape: &shape, values: &b }];
        assert_eq!(concatenate(1, &inputs), [1.0, 3.0, 2.0, 4.0]);
        assert_eq!(concatenate(0, &inputs), [1.0, 2.0, 3.0, 4.0]);
    }
}
