//! Makes a short video that is safe to keep: picture and sound as they are, and nothing else of the file.
//!
//! MP4 and MOV are ISO base media files (ISO/IEC 14496-12): boxes that describe tracks, and data that the tracks' tables
//! point into. A new file is written from one track of pictures and one of sound, with the boxes that playing them takes
//! and the bytes that their tables name. Whatever else a phone puts there doesn't get through: place, device, dates,
//! titles, tracks of positions or text, previews, data that no table names.
//!
//! Pictures and sound are not encoded anew; what a codec hides in them stays.

mod atom;
mod entry;
mod tables;
mod track;

use super::Rejection;
use atom::{Atom, atom, atoms};
use std::ops::Range;
use track::Track;
use visage_domain::document::DocumentKind;

/// The brands of MP4 files as phones and cameras write them.
const MP4: [&[u8; 4]; 11] =
    [b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV"];
const QUICKTIME: &[u8; 4] = b"qt  ";
/// A minute, and what phones record beyond it until they stop.
const MAX_SECONDS: u64 = 61;

/// Whether the file begins as a video of a known kind.
pub(super) fn begins(bytes: &[u8]) -> bool {
    kind(bytes).is_some()
}

fn kind(bytes: &[u8]) -> Option<DocumentKind> {
    let brand = bytes.get(8..12).filter(|_| bytes.get(4..8) == Some(b"ftyp"))?;
    if brand == QUICKTIME {
        return Some(DocumentKind::QuickTime);
    }
    MP4.iter().any(|known| brand == known.as_slice()).then_some(DocumentKind::Mp4)
}

/// Cleans `original`, which must begin as a video.
///
/// # Errors
/// The [`Rejection`] that tells the patient why this file can't be used.
pub(super) fn clean(original: &[u8]) -> Result<(Vec<u8>, DocumentKind), Rejection> {
    let kind = kind(original).ok_or(Rejection::Unsupported)?;
    let top = atoms(original)?;
    // A film in fragments, as it is streamed: no camera saves it so.
    if top.iter().any(|it| it.is(b"moof")) {
        return Err(Rejection::Unsupported);
    }
    let data: Vec<Range<usize>> = top.iter().filter(|it| it.is(b"mdat")).map(Atom::place).collect();
    // It stands at the end of what is still being recorded: a file without it breaks off.
    let film = top.iter().find(|it| it.is(b"moov")).ok_or(Rejection::Truncated)?;
    let parts = atoms_within(film)?;
    let header = parts.iter().find(|it| it.is(b"mvhd")).ok_or(Rejection::Damaged)?;
    let header = header.undated(100, 112)?;
    if seconds(&header)? > MAX_SECONDS {
        return Err(Rejection::TooLong);
    }
    let tracks = tracks(&parts, kind)?;
    if tracks.iter().any(|track| track.seconds > MAX_SECONDS) {
        return Err(Rejection::TooLong);
    }
    Ok((write(original, &data, &header, &tracks, kind)?, kind))
}

/// The pictures, and the sound if there is any of a known kind.
fn tracks(parts: &[Atom<'_>], kind: DocumentKind) -> Result<Vec<Track>, Rejection> {
    let (mut pictures, mut sound) = (None, None);
    for part in parts.iter().filter(|it| it.is(b"trak")) {
        match track::handler(part)? {
            Some(handler) if handler == *b"vide" && pictures.is_none() => {
                pictures = Track::read(part, handler, kind)?;
            }
            Some(handler) if handler == *b"soun" && sound.is_none() => {
                sound = Track::read(part, handler, kind)?;
            }
            _ => {}
        }
    }
    Ok(std::iter::once(pictures.ok_or(Rejection::Unsupported)?).chain(sound).collect())
}

fn write(
    original: &[u8],
    data: &[Range<usize>],
    header: &[u8],
    tracks: &[Track],
    kind: DocumentKind,
) -> Result<Vec<u8>, Rejection> {
    let mut chunks = Vec::new();
    for (of, track) in tracks.iter().enumerate() {
        chunks.extend(track.chunks.iter().enumerate().map(|(number, place)| (place.clone(), of, number)));
    }
    // In the order of the original, so that picture and sound stay beside each other.
    chunks.sort_by_key(|(place, of, number)| (place.start, *of, *number));
    let within = |place: &Range<usize>| data.iter().any(|it| it.start <= place.start && place.end <= it.end);
    if !chunks.iter().all(|(place, ..)| within(place)) {
        return Err(Rejection::Damaged);
    }
    let length: usize = chunks.iter().map(|(place, ..)| place.len()).sum();
    if length > original.len() {
        // The same bytes named over and over.
        return Err(Rejection::Damaged);
    }
    let brand = if kind == DocumentKind::QuickTime { QUICKTIME } else { b"mp42" };
    let compatible: &[u8] = if kind == DocumentKind::QuickTime { QUICKTIME } else { b"mp42isom" };
    let start = atom(b"ftyp", &[brand, &[0; 4], compatible]);
    let mut places: Vec<Vec<u32>> = tracks.iter().map(|track| vec![0; track.chunks.len()]).collect();
    let mut at = start.len() + film(header, tracks, &places, kind).len() + 8;
    for (place, of, number) in &chunks {
        places[*of][*number] = u32::try_from(at).map_err(|_| Rejection::TooLarge)?;
        at += place.len();
    }
    let mut video = [start, film(header, tracks, &places, kind)].concat();
    video.extend(u32::try_from(length + 8).map_err(|_| Rejection::TooLarge)?.to_be_bytes());
    video.extend(b"mdat");
    for (place, ..) in chunks {
        video.extend(original.get(place).ok_or(Rejection::Truncated)?);
    }
    Ok(video)
}

fn film(header: &[u8], tracks: &[Track], places: &[Vec<u32>], kind: DocumentKind) -> Vec<u8> {
    let mut parts = atom(b"mvhd", &[header]);
    for (track, places) in tracks.iter().zip(places) {
        parts.extend(track.write(places, kind));
    }
    atom(b"moov", &[&parts])
}

/// The boxes in a box.
fn atoms_within<'a>(outer: &Atom<'a>) -> Result<Vec<Atom<'a>>, Rejection> {
    atoms(outer.body)
}

/// How long a film or a track says it lasts, rounded up: time scale and duration stand after two dates in both.
fn seconds(header: &[u8]) -> Result<u64, Rejection> {
    let wide = header.first() == Some(&1);
    let (scale, duration) = if wide {
        (atom::number(header, 20)?, atom::wide_number(header, 24)?)
    } else {
        (atom::number(header, 12)?, u64::from(atom::number(header, 16)?))
    };
    if scale == 0 {
        return Err(Rejection::Damaged);
    }
    // All ones: not known.
    let unknown = duration == u64::MAX || (!wide && duration == u64::from(u32::MAX));
    Ok(if unknown { 0 } else { duration.div_ceil(u64::from(scale)) })
}

#[cfg(test)]
mod tests;
