//! The marker structure of a JPEG file (ITU-T T.81, annex B).

use super::Rejection;

/// The start of every JPEG: the start-of-image marker and the first byte of the next one.
pub(super) const START: [u8; 3] = [0xff, SOI, 0xff];

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

/// The most scans of one picture. Encoders make a dozen; each costs a pass over all pixels, and in a few bytes.
const MAX_SCANS: usize = 40;

/// Where the picture ends: just after the end marker that follows its last scan.
///
/// Segments are stepped over by their length, so the end marker of a thumbnail inside one is never mistaken for it.
pub(super) fn end(bytes: &[u8]) -> Result<usize, Rejection> {
    let mut at = 2;
    let mut scans = 0;
    loop {
        let (marker, after) = marker_at(bytes, at)?;
        at = match marker {
            EOI if scans > 0 => return Ok(after),
            // An end or a second start before any picture data.
            EOI | SOI => return Err(Rejection::Damaged),
            // Restart markers and TEM stand alone.
            0xd0..=0xd7 | 0x01 => after,
            SOS if scans == MAX_SCANS => return Err(Rejection::Damaged),
            SOS => {
                scans += 1;
                scan_end(bytes, segment_end(bytes, after)?)?
            }
            _ => segment_end(bytes, after)?,
        };
    }
}

/// The same picture without comments and without the segments that hold anything but how to decode it, and how many
/// pixels it says it has.
///
/// Kept are JFIF, colour profile and Adobe's colour transform (APP0, APP2, APP14); EXIF, XMP, IPTC and whatever else a
/// camera writes go, and so does all that follows the end.
pub(super) fn without_metadata(bytes: &[u8]) -> Result<(Vec<u8>, u64), Rejection> {
    let end = end(bytes)?;
    let mut kept = START[..2].to_vec();
    let (mut at, mut pixels) = (2, 0);
    loop {
        let (marker, after) = marker_at(bytes, at)?;
        let next = match marker {
            // From the first scan on there is nothing but the picture.
            SOS => {
                kept.extend(bytes.get(at..end).ok_or(Rejection::Truncated)?);
                return Ok((kept, pixels));
            }
            EOI | SOI | 0xd0..=0xd7 | 0x01 => return Err(Rejection::Damaged),
            _ => segment_end(bytes, after)?,
        };
        let segment = bytes.get(at..next).ok_or(Rejection::Truncated)?;
        // A frame header: length, precision, height, width. Of these markers three begin tables.
        if let (0xc0..=0xcf, false, Some([_, _, _, h1, h2, w1, w2])) =
            (marker, matches!(marker, 0xc4 | 0xc8 | 0xcc), bytes.get(after..after + 7))
        {
            let (height, width) = (u16::from_be_bytes([*h1, *h2]), u16::from_be_bytes([*w1, *w2]));
            pixels = u64::from(height) * u64::from(width);
        }
        if !matches!(marker, 0xe1 | 0xe3..=0xed | 0xef | 0xfe) {
            kept.extend(segment);
        }
        at = next;
    }
}

/// The marker at `at`, any number of fill bytes before it, and where it ends.
fn marker_at(bytes: &[u8], at: usize) -> Result<(u8, usize), Rejection> {
    let rest = bytes.get(at..).ok_or(Rejection::Truncated)?;
    let fill = rest.iter().take_while(|&&b| b == 0xff).count();
    match rest.get(fill) {
        None => Err(Rejection::Truncated),
        Some(&marker) if fill > 0 && marker != 0 => Ok((marker, at + fill + 1)),
        Some(_) => Err(Rejection::Damaged),
    }
}

/// Where the segment ends whose length stands at `at`.
fn segment_end(bytes: &[u8], at: usize) -> Result<usize, Rejection> {
    let length = bytes.get(at..at + 2).ok_or(Rejection::Truncated)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    // The length counts its own two bytes.
    if length < 2 { Err(Rejection::Damaged) } else { Ok(at + length) }
}

/// Where the entropy-coded data that begins at `at` ends: at the next marker that is no restart marker.
fn scan_end(bytes: &[u8], at: usize) -> Result<usize, Rejection> {
    let rest = bytes.get(at..).ok_or(Rejection::Truncated)?;
    let marker =
        rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff));
    marker.map(|offset| at + offset).ok_or(Rejection::Truncated)
}
