//! From a complete file to the pixels that are kept: upright, opaque, sRGB, not larger than wanted.

use super::{Limits, Rejection, SourceType, heic, shrink};
use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use std::io::Cursor;

/// Decodes `bytes`, which are all of a file of type `source`.
pub(super) fn decode(source: SourceType, bytes: &[u8], limits: &Limits) -> Result<RgbImage, Rejection> {
    let format = match source {
        SourceType::Jpeg => ImageFormat::Jpeg,
        SourceType::Png => ImageFormat::Png,
        SourceType::WebP => ImageFormat::WebP,
        // It comes upright and in sRGB.
        SourceType::Heic => {
            let picture = on_white(heic::decode(bytes, limits)?);
            return Ok(shrink::to_longest_side(picture, limits.max_side));
        }
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(decoder_limits(limits));
    // Reads the headers only; the size is checked before any pixel is.
    let mut decoder = reader.into_decoder().map_err(|e| rejection(&e))?;
    check_size(&decoder, limits)?;
    // Metadata that can't be read is as good as none: the picture itself may still be sound.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let picture = DynamicImage::from_decoder(decoder).map_err(|e| rejection(&e))?;
    let picture = shrink::to_longest_side(on_white(picture), limits.max_side);
    let mut upright = DynamicImage::ImageRgb8(to_srgb(picture, profile.as_deref()));
    upright.apply_orientation(orientation);
    Ok(upright.into_rgb8())
}

fn decoder_limits(limits: &Limits) -> image::Limits {
    let mut decoder = image::Limits::default();
    decoder.max_alloc = Some(limits.max_decoder_bytes);
    decoder
}

fn check_size(decoder: &impl ImageDecoder, limits: &Limits) -> Result<(), Rejection> {
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels
        || decoder.total_bytes() > limits.max_decoder_bytes
    {
        return Err(Rejection::TooManyPixels);
    }
    if width.min(height) < limits.min_side { Err(Rejection::TooSmall) } else { Ok(()) }
}

/// Eight bits per channel, transparency over white: what a viewer shows on paper and on most screens.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    let over = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let mut opaque = RgbImage::new(width, height);
    for (to, from) in opaque.pixels_mut().zip(picture.pixels()) {
        let [r, g, b, a] = from.0;
        to.0 = [over(r, a), over(g, a), over(b, a)];
    }
    opaque
}

/// Colours in sRGB. Phones save wide-gamut photos with a profile; dropped without conversion, it would leave skin
/// paler than it is. A profile that can't be read or is not for RGB (a CMYK one, say) leaves the colours as decoded.
fn to_srgb(picture: RgbImage, profile: Option<&[u8]>) -> RgbImage {
    let Some(profile) = profile.and_then(|bytes| ColorProfile::new_from_slice(bytes).ok()) else {
        return picture;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return picture;
    }
    let srgb = ColorProfile::new_srgb();
    let transform =
        profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, TransformOptions::default());
    let Ok(transform) = transform else { return picture };
    let mut converted = RgbImage::new(picture.width(), picture.height());
    match transform.transform(picture.as_raw(), &mut converted) {
        Ok(()) => converted,
        Err(_) => picture,
    }
}

fn rejection(error: &ImageError) -> Rejection {
    match error {
        ImageError::Limits(_) => Rejection::TooManyPixels,
        ImageError::Unsupported(_) => Rejection::Unsupported,
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Rejection::Truncated,
        _ => Rejection::Damaged,
    }
}
