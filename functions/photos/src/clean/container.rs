//! What a file is, by its first bytes, and whether all of it is there.

use super::{Rejection, heic, jpeg, png, webp};

/// The type of an accepted file, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceType {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// HEIC: HEVC in a HEIF file.
    Heic,
}

impl SourceType {
    /// The media type, such as `image/jpeg`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Heic => "image/heic",
        }
    }
}

/// The type `bytes` begin as.
pub(super) fn sniff(bytes: &[u8]) -> Result<SourceType, Rejection> {
    if bytes.starts_with(&jpeg::START) {
        Ok(SourceType::Jpeg)
    } else if bytes.starts_with(&png::SIGNATURE) {
        Ok(SourceType::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Ok(SourceType::WebP)
    } else if heic::is_still(bytes) {
        Ok(SourceType::Heic)
    } else if is_other_picture(bytes) {
        Err(Rejection::Unsupported)
    } else {
        Err(Rejection::NotAnImage)
    }
}

/// GIF, TIFF (and the raw formats built on it), BMP, JPEG XL, JPEG 2000, and the rest of the HEIF family (AVIF,
/// sequences of pictures).
fn is_other_picture(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 7] =
        [b"GIF8", b"II*\0", b"MM\0*", b"BM", b"\xff\x0a", b"\0\0\0\x0cJXL ", b"\0\0\0\x0cjP  "];
    const BRANDS: [&[u8; 4]; 5] = [b"hevc", b"hevx", b"msf1", b"avif", b"avis"];
    let heif =
        bytes.get(4..8) == Some(b"ftyp") && BRANDS.iter().any(|b| bytes.get(8..12) == Some(b.as_slice()));
    heif || STARTS.iter().any(|start| bytes.starts_with(start))
}

/// The bytes of the picture itself, if it is all there.
///
/// What follows its end is cut off: phones append whole second pictures and films there (gain maps, depth maps,
/// motion photos), which are no part of what the patient saw. Animations are refused, not reduced to their first
/// frame: what is kept should be what was chosen, and no camera makes them.
pub(super) fn check_complete(source: SourceType, bytes: &[u8]) -> Result<&[u8], Rejection> {
    let end = match source {
        SourceType::Jpeg => jpeg::end(bytes),
        SourceType::Png => png::end(bytes),
        SourceType::WebP => webp::end(bytes),
        SourceType::Heic => heic::end(bytes),
    }?;
    bytes.get(..end).ok_or(Rejection::Truncated)
}
