//! Scaling an image.

use crate::tflite::operation::Resize;
use crate::tflite::shape::Image;

/// Scales an image with linear interpolation, as TensorFlow's `ResizeBilinear` does.
pub(in crate::tflite) fn resize(resize: &Resize, image: Image, input: &[f32]) -> Vec<f32> {
    let rows = taps(resize, image.height, resize.height);
    let columns = taps(resize, image.width, resize.width);
    let mut output = Vec::with_capacity(rows.len() * columns.len() * image.channels);
    for row in &rows {
        for column in &columns {
            for channel in 0..image.channels {
                let at = |y: usize, x: usize| input[y * image.row() + x * image.channels + channel];
                let upper = column.mix(at(row.from, column.from), at(row.from, column.to));
                let lower = column.mix(at(row.to, column.from), at(row.to, column.to));
                output.push(row.mix(upper, lower));
            }
        }
    }
    output
}

/// The two neighbours of a scaled position and how far it lies between them.
struct Tap {
    from: usize,
    to: usize,
    between: f32,
}

impl Tap {
    fn mix(&self, from: f32, to: f32) -> f32 {
        from * (1.0 - self.between) + to * self.between
    }
}

fn taps(resize: &Resize, from: usize, to: usize) -> Vec<Tap> {
    let scale = match resize.align_corners && to > 1 {
        true => (from - 1) as f32 / (to - 1) as f32,
        false => from as f32 / to as f32,
    };
    let centre = if resize.half_pixels { 0.5 } else { 0.0 };
    let tap = |index: usize| {
        let position = (index as f32 + centre) * scale - centre;
        let floor = position.floor();
        // A float to integer cast saturates, so a position before the first pixel becomes the first pixel.
        let [from, to] = [floor, floor + 1.0].map(|pixel| (pixel as usize).min(from - 1));
        Tap { from, to, between: position - floor }
    };
    (0..to).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_between_pixels() {
        let image = Image { height: 1, width: 2, channels: 1 };
        let doubled = |align_corners, half_pixels| {
            resize(&Resize { height: 1, width: 4, align_corners, half_pixels }, image, &[0.0, 4.0])
        };
        assert_eq!(doubled(false, false), [0.0, 2.0, 4.0, 4.0]);
        assert_eq!(doubled(false, true), [0.0, 1.0, 3.0, 4.0]);
        let aligned = doubled(true, false);
        assert!((aligned[1] - 4.0 / 3.0).abs() < 1e-6 && (aligned[3] - 4.0).abs() < 1e-6);
    }
}
