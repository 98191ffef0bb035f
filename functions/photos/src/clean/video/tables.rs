//! The tables of a track: when each sample is shown, how long it is, and where it lies.

use super::atom::{Atom, atom, number, wide_number};
use super::track::part;
use crate::clean::Rejection;
use std::ops::Range;

/// The most samples of a track: a minute at 240 pictures a second, or of sound in the shortest frames, has a sixth.
const MAX_SAMPLES: usize = 100_000;

/// The tables that are kept as they are.
pub(super) struct Tables(Vec<u8>);

impl Tables {
    /// Reads them: the tables, where the data lies, and how many ticks of the track's clock all samples last.
    pub(super) fn read(parts: &[Atom<'_>]) -> Result<(Self, Vec<Range<usize>>, u64), Rejection> {
        let (times, count) = table(part(parts, b"stts")?, 8, MAX_SAMPLES)?;
        let mut lasts = 0u64;
        for entry in 0..count {
            let (samples, ticks) = (number(&times, 8 + entry * 8)?, number(&times, 12 + entry * 8)?);
            lasts = lasts.saturating_add(u64::from(samples) * u64::from(ticks));
        }
        let mut kept = atom(b"stts", &[&times]);
        for (kind, width) in [(b"ctts", 8), (b"stss", 4)] {
            if let Some(found) = parts.iter().find(|it| it.is(kind)) {
                kept.extend(atom(kind, &[&table(found, width, MAX_SAMPLES)?.0]));
            }
        }
        let (runs, run_count) = table(part(parts, b"stsc")?, 12, MAX_SAMPLES)?;
        kept.extend(atom(b"stsc", &[&runs]));
        let (sizes, lengths) = lengths(part(parts, b"stsz")?)?;
        kept.extend(atom(b"stsz", &[&sizes]));
        let starts = starts(parts)?;
        Ok((Self(kept), chunks(&starts, (&runs, run_count), &lengths)?, lasts))
    }

    /// Writes them, with the data at these places.
    pub(super) fn write(&self, places: &[u32]) -> Vec<u8> {
        let count = u32::try_from(places.len()).unwrap_or(u32::MAX).to_be_bytes();
        let places: Vec<u8> = places.iter().flat_map(|place| place.to_be_bytes()).collect();
        [self.0.as_slice(), &atom(b"stco", &[&[0; 4], &count, &places])].concat()
    }
}

/// A table of entries of `width` bytes after version, flags and count, and how many there are. What follows goes.
pub(super) fn table(found: &Atom<'_>, width: usize, most: usize) -> Result<(Vec<u8>, usize), Rejection> {
    let count = number(found.body, 4)? as usize;
    if count > most {
        return Err(Rejection::Unsupported);
    }
    Ok((found.first(8 + count * width)?.to_vec(), count))
}

/// The table of lengths, and the length of each sample.
fn lengths(found: &Atom<'_>) -> Result<(Vec<u8>, Vec<usize>), Rejection> {
    let (same, count) = (number(found.body, 4)? as usize, number(found.body, 8)? as usize);
    if count > MAX_SAMPLES {
        return Err(Rejection::Unsupported);
    }
    if same > 0 {
        return Ok((found.first(12)?.to_vec(), vec![same; count]));
    }
    let table = found.first(12 + count * 4)?;
    let lengths = (0..count).map(|at| number(table, 12 + at * 4).map(|length| length as usize));
    Ok((table.to_vec(), lengths.collect::<Result<_, _>>()?))
}

/// Where each chunk begins.
fn starts(parts: &[Atom<'_>]) -> Result<Vec<u64>, Rejection> {
    match parts.iter().find(|it| it.is(b"co64")) {
        Some(wide) => {
            let (table, count) = table(wide, 8, MAX_SAMPLES)?;
            (0..count).map(|at| wide_number(&table, 8 + at * 8)).collect()
        }
        None => {
            let (table, count) = table(part(parts, b"stco")?, 4, MAX_SAMPLES)?;
            (0..count).map(|at| number(&table, 8 + at * 4).map(u64::from)).collect()
        }
    }
}

/// Where each chunk lies. Runs of chunks say how many samples each has; together they must have all.
fn chunks(
    starts: &[u64],
    (runs, run_count): (&[u8], usize),
    lengths: &[usize],
) -> Result<Vec<Range<usize>>, Rejection> {
    let (mut found, mut lengths, mut run, mut each) = (Vec::new(), lengths, 0, 0);
    for (number_of, start) in (1u64..).zip(starts) {
        if run < run_count && u64::from(number(runs, 8 + run * 12)?) == number_of {
            each = number(runs, 12 + run * 12)? as usize;
            run += 1;
        }
        let (these, others) = lengths.split_at_checked(each).ok_or(Rejection::Damaged)?;
        lengths = others;
        let start = usize::try_from(*start).map_err(|_| Rejection::Damaged)?;
        let length = these.iter().try_fold(0usize, |sum, length| sum.checked_add(*length));
        let end = length.and_then(|length| start.checked_add(length)).ok_or(Rejection::Damaged)?;
        found.push(start..end);
    }
    // A run that never began, or samples that lie nowhere.
    if run == run_count && lengths.is_empty() { Ok(found) } else { Err(Rejection::Damaged) }
}
