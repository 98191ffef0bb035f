//! A track of pictures or of sound.

use super::atom::{Atom, atom, atoms};
use super::entry::entries;
use super::tables::{Tables, table};
use super::{DocumentKind, Rejection, seconds};
use std::ops::Range;

/// The most edits of a track: phones write one or two.
const MAX_EDITS: usize = 64;

/// What is kept of a track.
pub(super) struct Track {
    handler: [u8; 4],
    header: Vec<u8>,
    edits: Option<Vec<u8>>,
    media_header: Vec<u8>,
    entries: Vec<u8>,
    tables: Tables,
    /// Where its data lies in the original.
    pub(super) chunks: Vec<Range<usize>>,
    /// How long it lasts, rounded up.
    pub(super) seconds: u64,
}

/// What a track is of: `vide`, `soun` or something else.
pub(super) fn handler(track: &Atom<'_>) -> Result<Option<[u8; 4]>, Rejection> {
    let parts = atoms(track.body)?;
    let Some(media) = parts.iter().find(|it| it.is(b"mdia")) else { return Ok(None) };
    let media = atoms(media.body)?;
    let handler = media.iter().find(|it| it.is(b"hdlr")).and_then(|it| it.body.get(8..12));
    Ok(handler.and_then(|handler| handler.first_chunk::<4>()).copied())
}

impl Track {
    /// Reads what is kept of a track; none if it is sound of a kind that isn't, or is turned off.
    pub(super) fn read(
        track: &Atom<'_>,
        handler: [u8; 4],
        kind: DocumentKind,
    ) -> Result<Option<Self>, Rejection> {
        let parts = atoms(track.body)?;
        let header = part(&parts, b"tkhd")?.undated(84, 96)?;
        if header[3] & 1 == 0 {
            return Ok(None);
        }
        let media = atoms(part(&parts, b"mdia")?.body)?;
        let media_header = part(&media, b"mdhd")?.undated(24, 36)?;
        let inner = atoms(part(&media, b"minf")?.body)?;
        let samples = atoms(part(&inner, b"stbl")?.body)?;
        let Some(entries) = entries(part(&samples, b"stsd")?, handler, kind)? else { return Ok(None) };
        let (tables, chunks, lasts) = Tables::read(&samples)?;
        let scale = seconds_of(&media_header, lasts)?;
        let edits = parts.iter().find(|it| it.is(b"edts")).map(edits).transpose()?.flatten();
        Ok(Some(Self { handler, header, edits, media_header, entries, tables, chunks, seconds: scale }))
    }

    /// Writes it, with its data at these places.
    pub(super) fn write(&self, places: &[u32], kind: DocumentKind) -> Vec<u8> {
        let is_sound = self.handler == *b"soun";
        // Balance in the middle; pictures over whatever is behind them.
        let how = if is_sound { atom(b"smhd", &[&[0; 8]]) } else { atom(b"vmhd", &[&[0, 0, 0, 1], &[0; 8]]) };
        let component: &[u8] = if kind == DocumentKind::QuickTime { b"mhlr" } else { &[0; 4] };
        let handler = atom(b"hdlr", &[&[0; 4], component, &self.handler, &[0; 13]]);
        // The data is in this file.
        let here = atom(b"url ", &[&[0, 0, 0, 1]]);
        let data = atom(b"dinf", &[&atom(b"dref", &[&[0, 0, 0, 0, 0, 0, 0, 1], &here])]);
        let samples = atom(b"stbl", &[&atom(b"stsd", &[&self.entries]), &self.tables.write(places)]);
        let inner = atom(b"minf", &[&how, &data, &samples]);
        let media = atom(b"mdia", &[&atom(b"mdhd", &[&self.media_header]), &handler, &inner]);
        let edits = self.edits.as_ref().map(|edits| atom(b"edts", &[&atom(b"elst", &[edits])]));
        atom(b"trak", &[&atom(b"tkhd", &[&self.header]), &edits.unwrap_or_default(), &media])
    }
}

/// How long so many ticks of a track's clock are.
fn seconds_of(media_header: &[u8], lasts: u64) -> Result<u64, Rejection> {
    let said = seconds(media_header)?;
    let scale = super::atom::number(media_header, if media_header[0] == 1 { 20 } else { 12 })?;
    Ok(said.max(lasts.div_ceil(u64::from(scale))))
}

/// The list of edits: which part of the track is played when.
fn edits(outer: &Atom<'_>) -> Result<Option<Vec<u8>>, Rejection> {
    let inner = atoms(outer.body)?;
    let Some(list) = inner.iter().find(|it| it.is(b"elst")) else { return Ok(None) };
    let width = if list.body.first() == Some(&1) { 20 } else { 12 };
    table(list, width, MAX_EDITS).map(|(bytes, _)| Some(bytes))
}

pub(super) fn part<'b, 'a>(parts: &'b [Atom<'a>], kind: &[u8; 4]) -> Result<&'b Atom<'a>, Rejection> {
    parts.iter().find(|it| it.is(kind)).ok_or(Rejection::Damaged)
}
