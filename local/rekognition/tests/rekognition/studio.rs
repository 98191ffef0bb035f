//! Variations of a photo whose effect is known.

use image::{Rgb, RgbImage, imageops};
use visage_rekognition::face::Point;

/// The photo turned clockwise around its centre, black where nothing was.
pub(crate) fn turned(photo: &RgbImage, degrees: f32) -> RgbImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (middle_x, middle_y) = (photo.width() as f32 / 2.0, photo.height() as f32 / 2.0);
    RgbImage::from_fn(photo.width(), photo.height(), |x, y| {
        let (x, y) = (x as f32 + 0.5 - middle_x, y as f32 + 0.5 - middle_y);
        let from = (middle_x + x * cos + y * sin - 0.5, middle_y - x * sin + y * cos - 0.5);
        imageops::interpolate_bilinear(photo, from.0, from.1).unwrap_or(Rgb([0; 3]))
    })
}

/// The photo out of focus.
pub(crate) fn blurred(photo: &RgbImage, sigma: f32) -> RgbImage {
    if sigma > 0.0 { imageops::blur(photo, sigma) } else { photo.clone() }
}

/// The photo with less light.
pub(crate) fn dimmed(photo: &RgbImage, factor: f32) -> RgbImage {
    let mut dimmed = photo.clone();
    dimmed
        .pixels_mut()
        .flat_map(|pixel| &mut pixel.0)
        .for_each(|value| *value = (f32::from(*value) * factor) as u8);
    dimmed
}

/// Two photos side by side.
pub(crate) fn side_by_side(left: &RgbImage, right: &RgbImage) -> RgbImage {
    let height = left.height().max(right.height());
    let mut both = RgbImage::new(left.width() + right.width(), height);
    imageops::replace(&mut both, left, 0, 0);
    imageops::replace(&mut both, right, left.width().into(), 0);
    both
}

/// The photo with an ellipse painted over it.
pub(crate) fn painted(photo: &RgbImage, centre: Point, radii: (f32, f32), colour: [u8; 3]) -> RgbImage {
    let mut painted = photo.clone();
    for (x, y, pixel) in painted.enumerate_pixels_mut() {
        let (across, down) = ((x as f32 - centre.x) / radii.0, (y as f32 - centre.y) / radii.1);
        if across * across + down * down <= 1.0 {
            *pixel = Rgb(colour);
        }
    }
    painted
}
