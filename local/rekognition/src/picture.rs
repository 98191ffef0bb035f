//! From the bytes of a file to an upright image.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

/// The least width and height of a photo, in pixels, as Rekognition documents.
const MIN_SIDE: u32 = 80;
/// The greatest width and height; Rekognition documents them for its other image operations.
const MAX_SIDE: u32 = 10_000;
/// The memory a decoder may take.
const MAX_MEMORY: u64 = 512 << 20;

/// Why a file is not a photo that can be analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Neither JPEG nor PNG, or damaged.
    #[error("not a complete JPEG or PNG file")]
    Format,
    /// Narrower or lower than 80 pixels.
    #[error("the image is too small")]
    TooSmall,
    /// Wider or higher than 10,000 pixels, or too much to decode.
    #[error("the image has too many pixels")]
    TooLarge,
}

/// Decodes a JPEG or PNG file. A JPEG is turned upright as its EXIF data says; Rekognition takes no orientation
/// from PNG files.
///
/// # Errors
/// If the file is of another format or damaged, or the image too small or too large. JPEG files that end early are
/// damaged even though most of their image could be decoded.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PictureError> {
    let format = image::guess_format(bytes).map_err(|_| PictureError::Format)?;
    let orientation = match format {
        ImageFormat::Jpeg if is_complete(bytes) => orientation(bytes),
        ImageFormat::Png => Orientation::NoTransforms,
        _ => return Err(PictureError::Format),
    };
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(PictureError::TooLarge);
    }
    if width < MIN_SIDE || height < MIN_SIDE {
        return Err(PictureError::TooSmall);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    decoder.set_limits(limits).map_err(refusal)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

fn refusal(error: image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Format,
    }
}

/// Whether a JPEG's end marker follows its last scan. Inside a scan the marker's two bytes cannot occur; before it
/// they may, at the end of a thumbnail.
fn is_complete(jpeg: &[u8]) -> bool {
    let last = |marker: [u8; 2]| jpeg.windows(2).rposition(|pair| pair == marker);
    last([0xff, 0xd9]) > last([0xff, 0xda])
}

/// How a JPEG's EXIF data says it is to be turned; upright where it says nothing.
fn orientation(jpeg: &[u8]) -> Orientation {
    let exif = exif::Reader::new().read_from_container(&mut Cursor::new(jpeg)).ok();
    let field = exif.as_ref().and_then(|exif| exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY));
    let value = field.and_then(|field| field.value.get_uint(0)).and_then(|value| u8::try_from(value).ok());
    value.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A JPEG, twice as wide as high, white on its left half, with an EXIF orientation.
    fn jpeg(orientation: u8) -> Vec<u8> {
        let image = RgbImage::from_fn(160, 80, |x, _| image::Rgb([if x < 80 { 255 } else { 0 }; 3]));
        let mut plain = Vec::new();
        image.write_to(&mut Cursor::new(&mut plain), ImageFormat::Jpeg).unwrap();
        // Big endian TIFF with a single entry: tag 0x0112, type SHORT, one value.
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat()
    }

    #[test]
    fn jpegs_are_turned_upright() {
        let straight = decode(&jpeg(1)).unwrap();
        assert_eq!(straight.dimensions(), (160, 80));
        assert!(straight.get_pixel(10, 40).0[0] > 200);
        let turned = decode(&jpeg(6)).unwrap();
        assert_eq!(turned.dimensions(), (80, 160));
        assert!(turned.get_pixel(40, 10).0[0] > 200 && turned.get_pixel(40, 150).0[0] < 50);
        assert!(decode(&jpeg(3)).unwrap().get_pixel(10, 40).0[0] < 50);
    }

    #[test]
    fn a_jpeg_that_ends_early_is_refused() {
        let whole = jpeg(1);
        for length in [whole.len() - 2, whole.len() / 2, 20, 3] {
            assert_eq!(decode(&whole[..length]).err(), Some(PictureError::Format), "{length} bytes");
        }
    }

    #[test]
    fn other_files_and_sizes_are_refused() {
        let png = |width, height| {
            let mut bytes = Vec::new();
            RgbImage::new(width, height).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
            bytes
        };
        assert!(decode(&png(80, 80)).is_ok());
        assert_eq!(decode(&png(79, 200)).err(), Some(PictureError::TooSmall));
        assert_eq!(decode(&png(10_001, 80)).err(), Some(PictureError::TooLarge));
        assert_eq!(decode(&png(80, 80)[..100]).err(), Some(PictureError::Format));
        assert_eq!(decode(b"GIF89a").err(), Some(PictureError::Format));
        assert_eq!(decode(b"").err(), Some(PictureError::Format));
    }
}
