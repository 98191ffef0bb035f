//! How bright and sharp a face is.
//!
//! Rekognition gives both as numbers from 0 to 100 without saying how they come about. The scales here put a well
//! lit portrait near 60 and a crisp one above 70; they order photos as Rekognition does, but are not its numbers.

use image::RgbImage;

use super::colour::luma;
use super::geometry::Rectangle;
use super::region::{Region, Sampling};

/// The width every face is scaled to before it is measured, so that resolution does not count as sharpness.
const SIZE: usize = 160;
/// The variance of the Laplacian that counts as no sharpness at all, and the one that counts as all of it.
const SHARPNESS: [f32; 2] = [2.0, 600.0];

/// The quality of a face's picture, each from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// The mean luma of the face.
    pub brightness: f32,
    /// How much fine detail there is, on a logarithmic scale.
    pub sharpness: f32,
}

impl Quality {
    /// Measures the part of the image inside `frame`.
    pub(super) fn of(image: &RgbImage, frame: &Rectangle) -> Self {
        let view = View::new(image, frame);
        let brightness = mean(view.inside().map(|at| view.luma[at])) / 2.55;
        let edges: Vec<f32> = view.inside().map(|at| view.laplacian(at)).collect();
        let average = mean(edges.iter().copied());
        let variance = mean(edges.iter().map(|edge| (edge - average).powi(2)));
        Self { brightness, sharpness: scaled(variance) }
    }
}

/// The logarithm of a variance, put on a scale from 0 to 100.
fn scaled(variance: f32) -> f32 {
    let [none, all] = SHARPNESS.map(f32::ln);
    (100.0 * (variance.max(f32::MIN_POSITIVE).ln() - none) / (all - none)).clamp(0.0, 100.0)
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) =
        values.fold((0.0_f64, 0_u32), |(sum, count), value| (sum + f64::from(value), count + 1));
    (sum / f64::from(count.max(1))) as f32
}

/// A face at the size it is measured at.
struct View {
    luma: Vec<f32>,
    /// The half width and half height of the face in the view, in pixels.
    reach: [f32; 2],
}

impl View {
    fn new(image: &RgbImage, frame: &Rectangle) -> Self {
        let (right, bottom) = (image.width() as f32, image.height() as f32);
        let frame = Rectangle {
            left: frame.left.clamp(0.0, right),
            top: frame.top.clamp(0.0, bottom),
            right: frame.right.clamp(0.0, right),
            bottom: frame.bottom.clamp(0.0, bottom),
        };
        let side = frame.width().max(frame.height()).max(1.0);
        let region = Region { centre: frame.centre(), side, angle: 0.0 };
        let sampling = Sampling { size: SIZE, range: [0.0, 255.0], mirrored: false };
        let pixels = region.sample(image, sampling);
        let luma = pixels.as_chunks().0.iter().map(luma).collect();
        let reach = [frame.width(), frame.height()].map(|length| length / side * SIZE as f32 / 2.0);
        Self { luma, reach }
    }

    /// The positions inside the face that have four neighbours.
    fn inside(&self) -> impl Iterator<Item = usize> {
        let within = |at: usize, reach: f32| (at as f32 + 0.5 - SIZE as f32 / 2.0).abs() <= reach;
        let [across, down] = self.reach;
        let inner = 1..SIZE - 1;
        let rows = inner.clone().filter(move |&row| within(row, down));
        rows.flat_map(move |row| {
            inner.clone().filter(move |&column| within(column, across)).map(move |column| row * SIZE + column)
        })
    }

    /// How much a pixel differs from its neighbours.
    fn laplacian(&self, at: usize) -> f32 {
        let neighbours = [at - 1, at + 1, at - SIZE, at + SIZE].map(|at| self.luma[at]);
        neighbours.iter().sum::<f32>() - 4.0 * self.luma[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    const FRAME: Rectangle = Rectangle { left: 20.0, top: 20.0, right: 180.0, bottom: 180.0 };

    #[test]
    fn a_flat_grey_has_its_own_brightness_and_no_sharpness() {
        let quality = Quality::of(&RgbImage::from_pixel(200, 200, Rgb([102; 3])), &FRAME);
        assert!((quality.brightness - 40.0).abs() < 0.1, "{quality:?}");
        assert!(quality.sharpness < 1e-3, "{quality:?}");
    }

    #[test]
    fn stripes_are_sharp() {
        let stripes = RgbImage::from_fn(200, 200, |x, _| Rgb([if x / 4 % 2 == 0 { 60 } else { 200 }; 3]));
        assert!(Quality::of(&stripes, &FRAME).sharpness > 99.0);
    }

    #[test]
    fn a_face_that_leaves_the_image_is_measured_where_it_is() {
        let outside = Rectangle { left: 150.0, right: 400.0, top: -50.0, bottom: 150.0 };
        let quality = Quality::of(&RgbImage::from_pixel(200, 200, Rgb([255; 3])), &outside);
        assert!(quality.brightness > 98.0, "{quality:?}");
    }
}
