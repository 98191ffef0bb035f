//! Files for the tests, made on the spot.
#![allow(clippy::unwrap_used)]

use super::png::crc32;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// Text that must not get through.
pub(super) const SECRET: &str = "Maren Holt 12 Harbour Road";

/// Limits for pictures of a few pixels.
pub(super) fn small() -> super::Limits {
    super::Limits { min_side: 1, ..super::Limits::default() }
}

/// Four colours in four corners: red top left, green top right, blue bottom left, white bottom right.
pub(super) fn corners(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([220, 20, 20]),
        (false, true) => Rgb([20, 200, 20]),
        (true, false) => Rgb([20, 20, 220]),
        (false, false) => Rgb([250, 250, 250]),
    })
}

pub(super) fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(super) fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(picture).unwrap();
    bytes
}

/// `jpeg` with a segment after its start.
pub(super) fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

/// `png` with a chunk after its header.
pub(super) fn with_chunk(png: &[u8], kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let covered = [kind.as_slice(), content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&png[..33], &length, &covered, &crc32(&covered).to_be_bytes(), &png[33..]].concat()
}

/// A lossless WebP as an extended file with these flags and further chunks.
pub(super) fn extended_webp(
    webp: &[u8],
    flags: u8,
    size: (u32, u32),
    chunks: &[(&[u8; 4], &[u8])],
) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let padding = vec![0; content.len() % 2];
        [kind.as_slice(), &u32::try_from(content.len()).unwrap().to_le_bytes(), content, &padding].concat()
    };
    let [w, h] = [size.0 - 1, size.1 - 1].map(|n| n.to_le_bytes());
    let header = [&[flags, 0, 0, 0], &w[..3], &h[..3]].concat();
    let mut body = [b"WEBP".as_slice(), &chunk(b"VP8X", &header), &webp[12..]].concat();
    for (kind, content) in chunks {
        body.extend(chunk(kind, content));
    }
    [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

/// A TIFF block as in EXIF: orientation, camera make, a GPS latitude, and a thumbnail with an end marker of its own.
pub(super) fn exif(orientation: u16) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let at = |offset: u32| offset.to_be_bytes();
    let [high, low] = orientation.to_be_bytes();
    let make_length = u32::try_from(SECRET.len() + 1).unwrap();
    // The header takes 8 bytes, the main directory 2 + 3 × 12 + 4, the GPS directory 2 + 2 × 12 + 4.
    let main = [
        entry(0x010f, 2, make_length, at(8 + 42 + 30 + 24)),
        entry(0x0112, 3, 1, [high, low, 0, 0]),
        entry(0x8825, 4, 1, at(8 + 42)),
    ];
    let gps = [entry(1, 2, 2, *b"N\0\0\0"), entry(2, 5, 3, at(8 + 42 + 30))];
    let latitude = [52u32, 1, 31, 1, 12, 1].map(u32::to_be_bytes).concat();
    let thumbnail = [0xff, 0xd8, 0xff, 0xd9];
    [
        b"MM\0*".as_slice(),
        &at(8),
        &[0, 3],
        &main.concat(),
        &[0; 4],
        &[0, 2],
        &gps.concat(),
        &[0; 4],
        &latitude,
        SECRET.as_bytes(),
        &[0],
        &thumbnail,
    ]
    .concat()
}

/// A block of 8 × 8 grey pixels as a progressive JPEG of two scans.
pub(super) fn progressive() -> Vec<u8> {
    let frame = [8, 0, 8, 0, 8, 1, 1, 0x11, 0];
    let scans = [[1, 1, 0x00, 0, 0, 0x00].as_slice(), &[1, 1, 0x00, 1, 63, 0x00]];
    eight_by_eight(0xc2, &frame, &scans)
}

/// A block of 8 × 8 pixels of half of every ink as an Adobe CMYK JPEG.
pub(super) fn cmyk() -> Vec<u8> {
    let frame = [8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0];
    let scan = [4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0];
    let plain = eight_by_eight(0xc0, &frame, &[&scan]);
    with_segment(&plain, 0xee, b"Adobe\0\x64\0\0\0\0\0")
}

/// A JPEG whose tables hold one code each, so that scans of zero bits mean zero coefficients throughout.
fn eight_by_eight(frame_marker: u8, frame: &[u8], scans: &[&[u8]]) -> Vec<u8> {
    let tables = [[0x00].as_slice(), &[1], &[0; 15], &[0]].concat();
    let ac = [[0x10].as_slice(), &[1], &[0; 15], &[0]].concat();
    let mut bytes = vec![0xff, 0xd8];
    let mut put = |marker: u8, content: &[u8], data: &[u8]| {
        bytes.extend([0xff, marker]);
        bytes.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
        bytes.extend(content);
        bytes.extend(data);
    };
    put(0xdb, &[[0].as_slice(), &[1; 64]].concat(), &[]);
    put(frame_marker, frame, &[]);
    put(0xc4, &tables, &[]);
    put(0xc4, &ac, &[]);
    for scan in scans {
        put(0xda, scan, &[0b0000_0000]);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

/// A grey progressive JPEG that refines the same block over and over.
pub(super) fn many_scans(count: usize) -> Vec<u8> {
    let frame = [8, 0, 8, 0, 8, 1, 1, 0x11, 0];
    let [first, again] = [[1, 1, 0x00, 0, 0, 0x00], [1, 1, 0x00, 1, 63, 0x00]];
    let scans: Vec<&[u8]> =
        std::iter::once(first.as_slice()).chain(std::iter::repeat_n(again.as_slice(), count)).collect();
    eight_by_eight(0xc2, &frame, &scans)
}

/// A HEIC photo, as a phone saves it.
pub(super) fn heic(picture: &RgbImage) -> Vec<u8> {
    let options = heifer::EncodeOptions { max_threads: 1, ..Default::default() };
    heifer::encode_rgb8(picture.width(), picture.height(), picture.as_raw(), &options).unwrap()
}

/// So many zero bytes in a zlib stream: a thousandth of their number.
pub(super) fn zeros_deflated(count: usize) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..count >> 20 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.write_all(&zeros[..count % (1 << 20)]).unwrap();
    encoder.finish().unwrap()
}

/// A grey PNG that says it is so large and holds so many bytes of pixels.
pub(super) fn blank_png(width: u32, height: u32, bytes: usize) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let covered = [kind.as_slice(), content].concat();
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length, covered.as_slice(), &crc32(&covered).to_be_bytes()].concat()
    };
    let parts = [chunk(b"IHDR", &header), chunk(b"IDAT", &zeros_deflated(bytes)), chunk(b"IEND", &[])];
    [super::png::SIGNATURE.as_slice(), &parts.concat()].concat()
}
