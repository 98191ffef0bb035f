//! Boxes: a length, four letters, and what is in them.

use crate::clean::Rejection;
use std::ops::Range;

/// The most boxes side by side. A film has a dozen, a description of pictures five.
const MOST: usize = 256;

/// A box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
    /// Where its body begins in what was read.
    start: usize,
}

impl<'a> Atom<'a> {
    pub(super) fn is(&self, kind: &[u8; 4]) -> bool {
        self.kind == *kind
    }

    /// Where its body lies in what was read.
    pub(super) const fn place(&self) -> Range<usize> {
        self.start..self.start + self.body.len()
    }

    /// So many bytes from the beginning of its body.
    pub(super) fn first(&self, length: usize) -> Result<&'a [u8], Rejection> {
        self.body.get(..length).ok_or(Rejection::Damaged)
    }

    /// Its body without the dates at which it was made and changed: so many bytes of it where dates take four bytes,
    /// and where they take eight.
    pub(super) fn undated(&self, narrow: usize, wide: usize) -> Result<Vec<u8>, Rejection> {
        let (length, dates) = match self.body.first() {
            Some(0) => (narrow, 4..12),
            Some(1) => (wide, 4..20),
            _ => return Err(Rejection::Damaged),
        };
        let mut body = self.first(length)?.to_vec();
        body[dates].fill(0);
        Ok(body)
    }
}

/// Takes apart what is nothing but boxes.
pub(super) fn atoms(bytes: &[u8]) -> Result<Vec<Atom<'_>>, Rejection> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        // QuickTime ends some lists with four zero bytes.
        if rest.len() < 8 && rest.iter().all(|byte| *byte == 0) {
            break;
        }
        let kind = rest.get(4..8).and_then(|kind| kind.first_chunk::<4>()).ok_or(Rejection::Truncated)?;
        let (length, header) = match number(rest, 0)? {
            0 => (rest.len(), 8),
            1 => {
                let length = wide_number(rest, 8).map_err(|_| Rejection::Truncated)?;
                (usize::try_from(length).map_err(|_| Rejection::Truncated)?, 16)
            }
            length => (length as usize, 8),
        };
        if length < header || found.len() == MOST {
            return Err(Rejection::Damaged);
        }
        let body = rest.get(header..length).ok_or(Rejection::Truncated)?;
        found.push(Atom { kind: *kind, body, start: at + header });
        at += length;
    }
    Ok(found)
}

/// Writes a box.
pub(super) fn atom(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let length = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    // Nothing here is longer than the file that it was taken from.
    let mut bytes = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    bytes.extend(kind);
    parts.iter().for_each(|part| bytes.extend(*part));
    bytes
}

/// The number of four bytes at `at`.
pub(super) fn number(bytes: &[u8], at: usize) -> Result<u32, Rejection> {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    four.map(|four| u32::from_be_bytes(*four)).ok_or(Rejection::Damaged)
}

/// The number of eight bytes at `at`.
pub(super) fn wide_number(bytes: &[u8], at: usize) -> Result<u64, Rejection> {
    let eight = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>());
    eight.map(|eight| u64::from_be_bytes(*eight)).ok_or(Rejection::Damaged)
}
