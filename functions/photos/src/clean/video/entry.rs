//! How a track is encoded: the codec and what its decoder has to know.

use super::atom::{Atom, atom, atoms, number};
use super::{DocumentKind, Rejection};

/// Pictures in H.264 and H.265, as phones and cameras encode them.
const PICTURES: [&[u8; 4]; 3] = [b"avc1", b"hvc1", b"hev1"];
/// Sound in AAC.
const SOUND: &[u8; 4] = b"mp4a";
/// Encrypted by its publisher.
const LOCKED: [&[u8; 4]; 3] = [b"encv", b"enca", b"drmi"];
/// The most entries: a track changes its encoding, if ever, once.
const MAX_ENTRIES: usize = 4;
/// The most pixels of a picture: 4096 × 2304.
const MAX_PIXELS: u32 = 4096 * 2304;

/// The entries of a track that are kept; none if it is sound of another kind.
pub(super) fn entries(
    found: &Atom<'_>,
    handler: [u8; 4],
    kind: DocumentKind,
) -> Result<Option<Vec<u8>>, Rejection> {
    let list = atoms(found.body.get(8..).ok_or(Rejection::Damaged)?)?;
    if list.is_empty() || list.len() > MAX_ENTRIES || number(found.body, 4)? as usize != list.len() {
        return Err(Rejection::Damaged);
    }
    let mut kept = found.first(8)?.to_vec();
    kept[..4].fill(0);
    for entry in &list {
        if LOCKED.iter().any(|locked| entry.is(locked)) {
            return Err(Rejection::Encrypted);
        }
        match &handler {
            b"vide" if PICTURES.iter().any(|known| entry.is(known)) => kept.extend(pictures(entry)?),
            b"vide" => return Err(Rejection::Unsupported),
            _ if entry.is(SOUND) => kept.extend(sound(entry, kind)?),
            _ => return Ok(None),
        }
    }
    Ok(Some(kept))
}

/// Size, resolution and depth, and how to set up the decoder, the shape of pixels and the colours.
fn pictures(entry: &Atom<'_>) -> Result<Vec<u8>, Rejection> {
    let fixed = entry.first(78)?;
    let side = |at: usize| u32::from(u16::from_be_bytes([fixed[at], fixed[at + 1]]));
    if side(24) * side(26) > MAX_PIXELS {
        return Err(Rejection::TooManyPixels);
    }
    let mut kept = vec![0; 78];
    // The data is in this file: the first and only reference.
    kept[7] = 1;
    // From the width to the number of pictures in a sample; the encoder's name after it goes.
    kept[24..42].copy_from_slice(&fixed[24..42]);
    kept[74..78].copy_from_slice(&fixed[74..78]);
    kept.extend(children(entry, 78, &[b"avcC", b"hvcC", b"pasp", b"colr", b"clap", b"fiel"])?);
    Ok(atom(&entry.kind, &[&kept]))
}

/// Channels, depth and rate, and how to set up the decoder. QuickTime has longer forms of it.
fn sound(entry: &Atom<'_>, kind: DocumentKind) -> Result<Vec<u8>, Rejection> {
    let version = entry.first(10)?[9];
    let length = match (version, kind) {
        (0, _) => 28,
        (1, DocumentKind::QuickTime) => 44,
        (2, DocumentKind::QuickTime) => 64,
        _ => return Err(Rejection::Unsupported),
    };
    let mut kept = entry.first(length)?.to_vec();
    kept[..8].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
    // Revision and maker of the encoder.
    kept[10..16].fill(0);
    kept.extend(children(entry, length, &[b"esds"])?);
    if let Some(wave) = atoms(&entry.body[length..])?.iter().find(|it| it.is(b"wave")) {
        let inner = children(wave, 0, &[b"frma", b"mp4a", b"esds"])?;
        kept.extend(atom(b"wave", &[&inner, &[0, 0, 0, 8, 0, 0, 0, 0]]));
    }
    Ok(atom(&entry.kind, &[&kept]))
}

/// The boxes of these kinds that follow the fixed part of an entry, as they are.
fn children(entry: &Atom<'_>, fixed: usize, kinds: &[&[u8; 4]]) -> Result<Vec<u8>, Rejection> {
    let found = atoms(entry.body.get(fixed..).ok_or(Rejection::Damaged)?)?;
    let kept = found.iter().filter(|it| kinds.iter().any(|kind| it.is(kind)));
    Ok(kept.flat_map(|it| atom(&it.kind, &[it.body])).collect())
}
