//! HEIC, as phones save it: one HEVC picture, or a grid of them, in an ISO base media file (ISO/IEC 23008-12).

use super::{Limits, Rejection};
use heifer::heifer_hevc_dec::nal::{NalUnit, NalUnitType, split_annex_b};
use heifer::heifer_hevc_dec::params::Sps;
use heifer::heifer_isobmff::boxes::Property;
use heifer::heifer_isobmff::{self as container, HeifFile, ItemId};
use heifer::{Error, Options};
use image::{DynamicImage, RgbImage, RgbaImage};
use std::collections::HashMap;

/// The brands of still pictures. `mif1` says nothing of the codec: what isn't HEVC is refused when it is opened.
const STILL: [&[u8; 4]; 5] = [b"heic", b"heix", b"heim", b"heis", b"mif1"];
/// The most tiles of a grid: a 50-megapixel photo in tiles of 256 pixels has 763.
const MAX_TILES: usize = 1024;

/// The most bytes that may describe the pictures. A phone's photo takes some ten thousand; a file of many items that
/// refer to each other would keep the parser busy for minutes.
const MAX_DESCRIPTION: usize = 256 * 1024;

/// Whether the file begins as a still picture of the HEIF family.
pub(super) fn is_still(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp") && STILL.iter().any(|brand| bytes.get(8..12) == Some(brand.as_slice()))
}

/// Where the file ends: after the last of its top-level boxes, none of which may reach beyond it.
pub(super) fn end(bytes: &[u8]) -> Result<usize, Rejection> {
    let mut at = 0;
    let (mut described, mut filled) = (false, false);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let header = rest.first_chunk::<8>().ok_or(Rejection::Truncated)?;
        let [a, b, c, d, kind @ ..] = *header;
        let length = match u64::from(u32::from_be_bytes([a, b, c, d])) {
            0 => rest.len() as u64,
            1 => {
                let long = rest.get(8..16).and_then(|long| long.first_chunk::<8>());
                u64::from_be_bytes(*long.ok_or(Rejection::Truncated)?)
            }
            length => length,
        };
        if length < 8 {
            return Err(Rejection::Damaged);
        }
        let length = usize::try_from(length).map_err(|_| Rejection::Truncated)?;
        at = at.checked_add(length).filter(|end| *end <= bytes.len()).ok_or(Rejection::Truncated)?;
        if kind == *b"meta" && length > MAX_DESCRIPTION {
            return Err(Rejection::Unsupported);
        }
        described |= kind == *b"meta";
        filled |= matches!(&kind, b"mdat" | b"meta");
    }
    if described && filled { Ok(at) } else { Err(Rejection::Truncated) }
}

/// Decodes the primary picture: upright and in sRGB, as the file itself asks for.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DynamicImage, Rejection> {
    let file = HeifFile::parse(bytes).map_err(|e| of_container(&e))?;
    check_size(&file, limits)?;
    Work { file: &file, done: HashMap::new(), pixels: 2 * limits.max_pixels, bytes: 2 * bytes.len() }
        .admit(file.primary_id, 0)?;
    // One thread: a function has little more than one core, and a panic must not be lost in another thread.
    let options = Options { max_threads: 1, max_pixels: limits.max_pixels };
    let picture = heifer::decode_srgb_rgba8(bytes, &options).map_err(|e| rejection(&e))?;
    let (width, height) = (picture.width, picture.height);
    let picture = if picture.has_alpha {
        RgbaImage::from_raw(width, height, picture.data).map(DynamicImage::ImageRgba8)
    } else {
        RgbImage::from_raw(width, height, picture.into_rgb8()).map(DynamicImage::ImageRgb8)
    };
    picture.filter(|picture| picture.width().min(picture.height()) > 0).ok_or(Rejection::Damaged)
}

/// The size that the file declares, before any picture data is looked at.
fn check_size(file: &HeifFile<'_>, limits: &Limits) -> Result<(), Rejection> {
    let primary = file.primary_item().map_err(|e| of_container(&e))?;
    let mut sizes = Vec::from_iter(file.image_size(file.primary_id).map_err(|e| of_container(&e))?);
    if primary.item_type.0 == *b"grid" {
        let grid = file.grid(file.primary_id).map_err(|e| of_container(&e))?;
        sizes.push((grid.output_width, grid.output_height));
    }
    for (width, height) in sizes {
        if u64::from(width) * u64::from(height) > limits.max_pixels {
            return Err(Rejection::TooManyPixels);
        }
        if width.min(height) < limits.min_side {
            return Err(Rejection::TooSmall);
        }
    }
    Ok(())
}

/// What decoding may cost. A few bytes can ask for a thousand tiles of fifty megapixels each, or for the same bytes a
/// thousand times; a real photo asks for little more than its own size.
struct Work<'a> {
    file: &'a HeifFile<'a>,
    /// What each item was found to cost.
    done: HashMap<ItemId, u64>,
    /// Pixels left.
    pixels: u64,
    /// Bytes of picture data left.
    bytes: usize,
}

impl Work<'_> {
    /// Takes the cost of an item, and of what it is made of, from what is left.
    fn admit(&mut self, id: ItemId, depth: u32) -> Result<(), Rejection> {
        let item = self.file.item(id).map_err(|e| of_container(&e))?;
        match &item.item_type.0 {
            b"hvc1" => self.coded(id)?,
            b"grid" if depth == 0 => {
                let tiles = self.file.referenced_items(id, b"dimg");
                if tiles.is_empty() || tiles.len() > MAX_TILES {
                    return Err(Rejection::Unsupported);
                }
                tiles.iter().try_for_each(|&tile| self.admit(tile, depth + 1))?;
            }
            // Overlays and grids of grids: no camera makes them.
            _ => return Err(Rejection::Unsupported),
        }
        let transparent = self.file.referencing_items(id, b"auxl").into_iter();
        let transparent: Vec<_> = transparent.filter(|&other| self.is_alpha(other)).collect();
        // Of an alpha plane no further alpha plane is asked for.
        if depth < 2 { transparent.into_iter().try_for_each(|plane| self.admit(plane, 2)) } else { Ok(()) }
    }

    fn coded(&mut self, id: ItemId) -> Result<(), Rejection> {
        let pixels = match self.done.get(&id) {
            Some(pixels) => *pixels,
            None => {
                let length = self.file.item_data(id).map_err(|e| of_container(&e))?.len();
                self.bytes = self.bytes.checked_sub(length).ok_or(Rejection::Damaged)?;
                let pixels = coded_pixels(self.file, id)?;
                self.done.insert(id, pixels);
                pixels
            }
        };
        self.pixels = self.pixels.checked_sub(pixels).ok_or(Rejection::TooManyPixels)?;
        Ok(())
    }

    fn is_alpha(&self, id: ItemId) -> bool {
        let alpha = |property: &Property| matches!(property, Property::AuxiliaryType(kind) if kind.ends_with("auxid:1") || kind.ends_with(":alpha"));
        self.file.item_properties(id).is_ok_and(|mut properties| properties.any(alpha))
    }
}

/// The pixels of the largest picture that an item's bitstream declares.
fn coded_pixels(file: &HeifFile<'_>, id: ItemId) -> Result<u64, Rejection> {
    let stream = file.hevc_bitstream(id).map_err(|e| of_container(&e))?;
    let mut largest = 0;
    for unit in split_annex_b(&stream) {
        let set = NalUnit::parse(unit).ok().filter(|unit| unit.header.unit_type == NalUnitType::Sps);
        if let Some(set) = set.and_then(|unit| Sps::parse(&unit.rbsp).ok()) {
            let (width, height) = (set.pic_width_in_luma_samples, set.pic_height_in_luma_samples);
            largest = largest.max(u64::from(width) * u64::from(height));
        }
    }
    if largest == 0 { Err(Rejection::Damaged) } else { Ok(largest) }
}

fn of_container(error: &container::Error) -> Rejection {
    match error {
        container::Error::UnexpectedEof | container::Error::MissingBox(_) => Rejection::Truncated,
        container::Error::Unimplemented(_) => Rejection::Unsupported,
        _ => Rejection::Damaged,
    }
}

fn rejection(error: &Error) -> Rejection {
    match error {
        Error::Container(error) => of_container(error),
        Error::Hevc(heifer::heifer_hevc_dec::Error::Unimplemented(_)) | Error::Unsupported(_) => {
            Rejection::Unsupported
        }
        _ => Rejection::Damaged,
    }
}
