//! A tilted square of the image: what the models look at.

use image::RgbImage;

use super::geometry::Point;

/// The most samples per side of a pixel when shrinking; more change nothing a model could see.
const MAX_SAMPLES: usize = 8;

/// A square of the image, turned around its centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Region {
    /// The centre.
    pub(super) centre: Point,
    /// The length of a side in pixels.
    pub(super) side: f32,
    /// The rotation in radians, clockwise.
    pub(super) angle: f32,
}

/// How a region's pixels become a model's input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sampling {
    /// The number of pixels along a side.
    pub(super) size: usize,
    /// What black and white become.
    pub(super) range: [f32; 2],
    /// Whether the region is mirrored left to right.
    pub(super) mirrored: bool,
}

impl Region {
    /// The whole image in the middle of a square, black where the image ends.
    pub(super) fn letterbox(image: &RgbImage) -> Self {
        let (width, height) = (image.width() as f32, image.height() as f32);
        Self { centre: Point { x: width / 2.0, y: height / 2.0 }, side: width.max(height), angle: 0.0 }
    }

    /// The image point at fractions of the region's width and height.
    pub(super) fn point(&self, right: f32, down: f32) -> Point {
        let (sin, cos) = self.angle.sin_cos();
        let (right, down) = ((right - 0.5) * self.side, (down - 0.5) * self.side);
        Point { x: self.centre.x + right * cos - down * sin, y: self.centre.y + right * sin + down * cos }
    }

    /// The region as rows of red, green and blue values.
    ///
    /// Each pixel is the mean of as many samples as the region shrinks by, so that detail finer than a pixel does
    /// not come back as noise.
    pub(super) fn sample(&self, image: &RgbImage, sampling: Sampling) -> Vec<f32> {
        let Sampling { size, range: [black, white], mirrored } = sampling;
        let samples = ((self.side / size as f32).ceil() as usize).clamp(1, MAX_SAMPLES);
        let scale = (white - black) / (255 * samples * samples) as f32;
        let fraction = |pixel: usize, sample: usize| {
            (pixel as f32 + (sample as f32 + 0.5) / samples as f32) / size as f32
        };
        let mut values = Vec::with_capacity(size * size * 3);
        for (row, column) in (0..size).flat_map(|row| (0..size).map(move |column| (row, column))) {
            let column = if mirrored { size - 1 - column } else { column };
            let mut sum = [0.0_f32; 3];
            for (down, right) in (0..samples).flat_map(|down| (0..samples).map(move |right| (down, right))) {
                add_pixel(image, self.point(fraction(column, right), fraction(row, down)), &mut sum);
            }
            values.extend(sum.map(|value| black + scale * value));
        }
        values
    }
}

/// Adds the colour at a point, interpolated between its four pixels; outside the image it is black.
fn add_pixel(image: &RgbImage, point: Point, sum: &mut [f32; 3]) {
    let (x, y) = (point.x - 0.5, point.y - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let (left, top) = (left as i64, top as i64);
    let corners = [
        (left, top, (1.0 - right_share) * (1.0 - bottom_share)),
        (left + 1, top, right_share * (1.0 - bottom_share)),
        (left, top + 1, (1.0 - right_share) * bottom_share),
        (left + 1, top + 1, right_share * bottom_share),
    ];
    for (x, y, share) in corners {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { continue };
        if let Some(pixel) = image.get_pixel_checked(x, y) {
            sum.iter_mut().zip(pixel.0).for_each(|(sum, value)| *sum += share * f32::from(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn values(region: Region, mirrored: bool) -> Vec<f32> {
        let image = RgbImage::from_fn(2, 2, |x, y| Rgb([(x * 2 + y * 4) as u8 * 10; 3]));
        let sampling = Sampling { size: 2, range: [0.0, 255.0], mirrored };
        region.sample(&image, sampling).into_iter().step_by(3).collect()
    }

    #[test]
    fn a_region_can_be_straight_mirrored_and_turned() {
        let region = Region { centre: Point { x: 1.0, y: 1.0 }, side: 2.0, angle: 0.0 };
        let close = |a: Vec<f32>, b: [f32; 4]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3);
        assert!(close(values(region, false), [0.0, 20.0, 40.0, 60.0]));
        assert!(close(values(region, true), [20.0, 0.0, 60.0, 40.0]));
        let quarter = Region { angle: std::f32::consts::FRAC_PI_2, ..region };
        assert!(close(values(quarter, false), [20.0, 60.0, 0.0, 40.0]));
    }
}
