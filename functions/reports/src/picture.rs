//! Photos as a report shows them: small enough to travel, and the frontal one cut to the face that was measured.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, crop_imm, resize};
use image::{ImageDecoder, ImageReader, Limits, RgbImage};
use std::io::Cursor;
use visage_domain::face::{FaceObservation, Landmarks, Point};

/// Longest side of a photo in a report, in pixels: 300 to the inch at the size it is printed in.
const LONGEST: u32 = 1_100;
/// How much of the face's size stands around it.
const MARGIN: f64 = 0.30;
const QUALITY: u8 = 82;
/// Most memory that decoding may take, in bytes; the photos are our own, of at most twelve megapixels or so.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// A photo cut to the measured face, and where its points lie in what is left.
#[derive(Clone)]
pub struct MeasuredFace {
    /// The picture.
    pub jpeg: Vec<u8>,
    /// Width over height.
    pub aspect: f64,
    /// The points, as ratios of the picture's size.
    pub landmarks: Landmarks,
}

impl std::fmt::Debug for MeasuredFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MeasuredFace")
    }
}

/// A photo in the size of a report; `None` if it is no JPEG that can be decoded.
pub fn for_report(jpeg: &[u8]) -> Option<Vec<u8>> {
    encode(&decode(jpeg)?)
}

/// The face of a photo, cut out with some room around it; `None` if it can't be decoded or has no such face.
pub fn measured_face(jpeg: &[u8], face: &FaceObservation) -> Option<MeasuredFace> {
    let photo = decode(jpeg)?;
    let (width, height) = (f64::from(photo.width()), f64::from(photo.height()));
    let bounds = &face.bounds;
    let reach = |start: f64, length: f64, whole: f64| {
        let from = ((start - length * MARGIN) * whole).clamp(0.0, whole);
        let to = ((start + length * (1.0 + MARGIN)) * whole).clamp(0.0, whole);
        (from.round(), to.round())
    };
    let (left, right) = reach(bounds.left, bounds.width, width);
    let (top, bottom) = reach(bounds.top, bounds.height, height);
    let (across, down) = (right - left, bottom - top);
    if across < 16.0 || down < 16.0 {
        return None;
    }
    let cut = crop_imm(&photo, pixels(left), pixels(top), pixels(across), pixels(down)).to_image();
    let moved = |at: Point| Point { x: (at.x * width - left) / across, y: (at.y * height - top) / down };
    let landmarks = face.landmarks.iter().map(|(landmark, at)| (landmark, moved(at))).collect();
    Some(MeasuredFace { jpeg: encode(&cut)?, aspect: across / down, landmarks })
}

fn pixels(length: f64) -> u32 {
    // Between zero and the picture's own width or height.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
    let pixels = length as u32;
    pixels
}

fn decode(jpeg: &[u8]) -> Option<RgbImage> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(jpeg), image::ImageFormat::Jpeg);
    reader.limits(limits);
    let decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let whole = image::DynamicImage::from_decoder(decoder).ok()?.into_rgb8();
    Some(match LONGEST * 3 {
        // A cut comes later: until then keep enough of it.
        most if width.max(height) > most => shrink(&whole, most),
        _ => whole,
    })
}

fn encode(picture: &RgbImage) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut file, QUALITY);
    let (width, height) = picture.dimensions();
    if width.max(height) > LONGEST {
        shrink(picture, LONGEST).write_with_encoder(encoder).ok()?;
    } else {
        picture.write_with_encoder(encoder).ok()?;
    }
    Some(file)
}

/// The picture with its longest side so long.
fn shrink(picture: &RgbImage, longest: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longer = u64::from(width.max(height).max(1));
    let scaled = |side: u32| {
        let side = (u64::from(side) * u64::from(longest)).div_ceil(longer);
        u32::try_from(side).unwrap_or(longest).max(1)
    };
    resize(picture, scaled(width), scaled(height), FilterType::CatmullRom)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use visage_domain::face::{FaceBox, Landmark};

    fn photo(width: u32, height: u32) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let picture = RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 256).try_into().unwrap(), (y % 256).try_into().unwrap(), 90])
        });
        picture.write_to(&mut file, image::ImageFormat::Jpeg).unwrap();
        file.into_inner()
    }

    fn size(jpeg: &[u8]) -> (u32, u32) {
        decode(jpeg).unwrap().dimensions()
    }

    fn face(bounds: FaceBox, nose: Point) -> FaceObservation {
        FaceObservation {
            confidence: 99.0,
            bounds,
            pose: None,
            quality: None,
            landmarks: [(Landmark::Nose, nose)].into_iter().collect(),
            eyes_open: None,
            occluded: None,
            sunglasses: None,
        }
    }

    #[test]
    fn large_photos_shrink_and_small_ones_stay() {
        assert_eq!(size(&for_report(&photo(2_200, 1_100)).unwrap()), (1_100, 550));
        assert_eq!(size(&for_report(&photo(300, 400)).unwrap()), (300, 400));
        assert_eq!(for_report(b"no photo"), None);
    }

    #[test]
    fn points_stay_where_they_are_in_the_face() {
        let bounds = FaceBox { left: 0.25, top: 0.2, width: 0.5, height: 0.5 };
        let cut = measured_face(&photo(800, 1_000), &face(bounds, Point { x: 0.5, y: 0.45 })).unwrap();
        assert_eq!(size(&cut.jpeg), (640, 800));
        let nose = cut.landmarks.get(Landmark::Nose).unwrap();
        assert!((nose.x - 0.5).abs() < 1e-9 && (nose.y - 0.5).abs() < 1e-9);
        assert!((cut.aspect - 0.8).abs() < 1e-9);
    }

    #[test]
    fn a_face_beyond_the_edge_is_cut_there_and_one_outside_is_none() {
        let beyond = FaceBox { left: -0.2, top: 0.5, width: 0.6, height: 0.9 };
        let cut = measured_face(&photo(100, 100), &face(beyond, Point { x: 0.1, y: 0.9 })).unwrap();
        assert_eq!(size(&cut.jpeg), (58, 77));
        let outside = FaceBox { left: 2.0, top: 2.0, width: 0.1, height: 0.1 };
        assert!(measured_face(&photo(100, 100), &face(outside, Point { x: 0.0, y: 0.0 })).is_none());
    }
}
