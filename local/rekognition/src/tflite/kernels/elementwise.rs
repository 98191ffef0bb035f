//! Operations on each value by itself.

use crate::tflite::operation::Activation;

/// Applies an activation in place.
pub(super) fn activate(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::Identity => {}
        Activation::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
        Activation::Relu6 => values.iter_mut().for_each(|value| *value = value.clamp(0.0, 6.0)),
    }
}

/// The sum of two tensors of one shape.
pub(in crate::tflite) fn add(a: &[f32], b: &[f32], activation: Activation) -> Vec<f32> {
    let mut sums: Vec<f32> = a.iter().zip(b).map(|(a, b)| a + b).collect();
    activate(activation, &mut sums);
    sums
}

/// Negative values become 0.
pub(in crate::tflite) fn relu(input: &[f32]) -> Vec<f32> {
    input.iter().map(|value| value.max(0.0)).collect()
}

/// Negative values are scaled by the slope of their channel.
pub(in crate::tflite) fn prelu(input: &[f32], slopes: &[f32]) -> Vec<f32> {
    let mut output = input.to_vec();
    for pixel in output.chunks_exact_mut(slopes.len()) {
        for (value, slope) in pixel.iter_mut().zip(slopes) {
            *value = if *value < 0.0 { *value * slope } else { *value };
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_change_one_by_one() {
        assert_eq!(add(&[1.0, -3.0], &[1.0, 1.0], Activation::Relu), [2.0, 0.0]);
        assert_eq!(relu(&[-1.0, 2.0]), [0.0, 2.0]);
        assert_eq!(prelu(&[-1.0, -1.0, 3.0, 4.0], &[0.5, 0.25]), [-0.5, -0.25, 3.0, 4.0]);
    }
}
