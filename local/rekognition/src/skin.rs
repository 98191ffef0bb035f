//! The stand-in for moderation: how much of a picture, beside its faces, has the colour of skin.
//!
//! It tells a bare back from a portrait and nothing more: it knows no bodies, takes sand, wood and some fabrics for skin, and
//! was tried on few pictures. It stands where Rekognition's model stands so that the way of a sensitive photo can be
//! walked on a laptop; it is no moderation.

use image::RgbImage;

use crate::face::Face;

/// Every so many pixels one is looked at, across and down, on a picture of this many pixels along its longer side.
const SAMPLES: u32 = 256;
/// A face's frame is taken with so much around it, in its own size: hair, ears, neck.
const AROUND_FACE: f32 = 0.6;
/// The share of skin at which the answer is as good as a guess.
const HALF: f32 = 0.35;

/// The share of the pixels beside the faces that have the colour of skin, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkinShare(f32);

impl SkinShare {
    /// Looks at a picture in which these faces were found.
    #[must_use]
    pub fn of(image: &RgbImage, faces: &[Face]) -> Self {
        let step = (image.width().max(image.height()) / SAMPLES).max(1);
        let (mut skin, mut all) = (0.0_f32, 0.0_f32);
        for y in (0..image.height()).step_by(step as usize) {
            for x in (0..image.width()).step_by(step as usize) {
                if faces.iter().any(|face| belongs_to(face, x as f32, y as f32)) {
                    continue;
                }
                all += 1.0;
                skin += f32::from(u8::from(is_skin(image.get_pixel(x, y).0)));
            }
        }
        Self(if all > 0.0 { skin / all } else { 0.0 })
    }

    /// The same as a confidence, 0 to 100: 50 where a third of the picture is skin, near 100 where most of it is.
    #[must_use]
    pub fn confidence(self) -> f32 {
        (50.0 * self.0 / HALF).min(99.0)
    }
}

fn belongs_to(face: &Face, x: f32, y: f32) -> bool {
    let frame = &face.frame;
    let (across, down) = ((frame.right - frame.left) * AROUND_FACE, (frame.bottom - frame.top) * AROUND_FACE);
    (frame.left - across..=frame.right + across).contains(&x)
        && (frame.top - down..=frame.bottom + down).contains(&y)
}

/// Whether a colour lies where skin of all shades does: its tint varies far less than its light (the ranges of Cb and
/// Cr of Chai and Ngan, 1999), if there is light enough to tell a tint.
fn is_skin([red, green, blue]: [u8; 3]) -> bool {
    let [red, green, blue] = [red, green, blue].map(f32::from);
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    let (cb, cr) = (128.0 + 0.564 * (blue - luma), 128.0 + 0.713 * (red - luma));
    luma > 40.0 && (77.0..=127.0).contains(&cb) && (133.0..=173.0).contains(&cr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn share(skin: u32) -> SkinShare {
        SkinShare::of(
            &RgbImage::from_fn(100, 100, |x, _| Rgb(if x < skin { [198, 142, 118] } else { [40, 90, 160] })),
            &[],
        )
    }

    #[test]
    fn the_more_skin_the_surer() {
        assert_eq!(share(0).confidence(), 0.0);
        assert!(share(20).confidence() < 50.0 && share(40).confidence() > 50.0);
        assert_eq!(share(100).confidence(), 99.0);
    }

    #[test]
    fn skin_has_many_shades_and_grey_is_none() {
        for shade in [[255, 219, 172], [198, 134, 66], [141, 85, 36], [92, 58, 40], [240, 184, 160]] {
            assert!(is_skin(shade), "{shade:?}");
        }
        for other in [[128, 128, 128], [255, 255, 255], [0, 0, 0], [30, 120, 40], [40, 60, 200]] {
            assert!(!is_skin(other), "{other:?}");
        }
    }
}
