//! Makes a photo, or a document, that is safe to keep out of whatever a patient uploaded.
//!
//! The type is what the bytes say, never the name or the declared type. A file that is complete, of a known type and
//! within the [`Limits`] is decoded to pixels; colours become sRGB, transparency becomes white, the orientation is
//! applied, a very large photo is reduced, and the pixels are encoded anew. Nothing of the original but its pixels
//! gets through: no EXIF, GPS, XMP, IPTC, comments, thumbnails, colour profile, or data after the picture's end.
//!
//! Pure and synchronous; a file of 50 megapixels takes seconds and several hundred megabytes.

mod container;
mod document;
mod heic;
mod jpeg;
mod pdf;
mod pixels;
mod png;
mod quality;
mod shrink;
mod video;
mod webp;

pub use container::SourceType;
pub use document::{CleanDocument, clean_document};
pub use quality::picture_quality;
pub use visage_domain::photo::Rejection;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use std::panic::{AssertUnwindSafe, catch_unwind};
use visage_domain::face::PictureQuality;

/// What is accepted and what is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest original, in bytes.
    pub max_bytes: usize,
    /// Most pixels of the original.
    pub max_pixels: u64,
    /// Most memory the decoder may reserve, in bytes; the decoded pixels included.
    pub max_decoder_bytes: u64,
    /// Least width and height of the original.
    pub min_side: u32,
    /// Longest side of the result; larger photos are reduced, smaller ones are never enlarged.
    pub max_side: u32,
    /// Largest result, in bytes.
    pub max_result_bytes: usize,
}

impl Default for Limits {
    /// * 15 MiB is what the upload form lets through (`UPLOAD_MAX_BYTES` of the domain);
    /// * a result of 15 MB is what Rekognition reads from S3, 80 pixels the least side it takes (its quotas page);
    /// * 50 megapixels is the largest a common phone saves;
    /// * 512 MiB holds 50 megapixels at 16 bits with transparency;
    /// * 4096 pixels leave the usual 12-megapixel photo (4032 × 3024) as it is. Landmarks are found on far fewer.
    fn default() -> Self {
        Self {
            max_bytes: 15 * 1024 * 1024,
            max_pixels: 50_000_000,
            max_decoder_bytes: 512 << 20,
            min_side: 80,
            max_side: 4096,
            max_result_bytes: 15_000_000,
        }
    }
}

/// A photo safe to keep.
#[derive(Clone, PartialEq)]
pub struct CleanPhoto {
    /// Baseline JPEG, sRGB, 4:4:4, without any metadata.
    pub jpeg: Vec<u8>,
    /// Width in pixels, after orientation.
    pub width: u32,
    /// Height in pixels, after orientation.
    pub height: u32,
    /// What the original was.
    pub source: SourceType,
    /// The light and sharpness of the whole picture.
    pub quality: PictureQuality,
}

impl std::fmt::Debug for CleanPhoto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CleanPhoto")
    }
}

/// JPEG qualities, tried until the result fits. 92 without colour subsampling keeps skin texture and colour; real
/// photos of 4096 pixels fit at it, and only noise comes to the others.
const QUALITIES: [u8; 3] = [92, 85, 75];

/// Cleans `original`.
///
/// # Errors
/// The [`Rejection`] that tells the patient why this file can't be used.
pub fn clean(original: &[u8], limits: &Limits) -> Result<CleanPhoto, Rejection> {
    if original.is_empty() {
        return Err(Rejection::Empty);
    }
    if original.len() > limits.max_bytes {
        return Err(Rejection::TooLarge);
    }
    let source = container::sniff(original)?;
    let complete = container::check_complete(source, original)?;
    // The decoders are fuzzed but foreign: should one panic on a crafted file, that file is damaged. Where panics abort, as
    // in what is deployed, the process ends here and says so (`apart`).
    let decoded = catch_unwind(AssertUnwindSafe(|| pixels::decode(source, complete, limits)));
    let picture = decoded.unwrap_or(Err(Rejection::Damaged))?;
    let jpeg = encode(&picture, limits)?;
    let quality = picture_quality(&picture);
    Ok(CleanPhoto { jpeg, width: picture.width(), height: picture.height(), source, quality })
}

fn encode(picture: &RgbImage, limits: &Limits) -> Result<Vec<u8>, Rejection> {
    for quality in QUALITIES {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality)
            .write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
            .map_err(|_| Rejection::Unsupported)?;
        if jpeg.len() <= limits.max_result_bytes {
            return Ok(jpeg);
        }
    }
    Err(Rejection::TooLarge)
}

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
