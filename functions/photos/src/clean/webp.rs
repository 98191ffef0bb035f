//! The RIFF structure of a WebP file (RFC 9649).

use super::Rejection;

/// Set in the flags of `VP8X` when the file is an animation.
const ANIMATION: u8 = 0b10;

/// Where the picture ends, by the length in the file's header. The chunks must fill it and hold picture data.
pub(super) fn end(bytes: &[u8]) -> Result<usize, Rejection> {
    let declared = length_at(bytes, 4)?.checked_add(8).ok_or(Rejection::Damaged)?;
    if declared > bytes.len() {
        return Err(Rejection::Truncated);
    }
    let mut at = 12;
    let mut pictured = false;
    while at < declared {
        let kind = bytes.get(at..at + 4).ok_or(Rejection::Truncated)?;
        let length = length_at(bytes, at + 4)?;
        let data = at + 8;
        match kind {
            b"VP8X" if bytes.get(data).is_some_and(|flags| flags & ANIMATION != 0) => {
                return Err(Rejection::Unsupported);
            }
            b"ANIM" | b"ANMF" => return Err(Rejection::Unsupported),
            b"VP8 " | b"VP8L" => pictured = true,
            _ => {}
        }
        // Chunks begin at even offsets; the padding byte of the last one is left out by some writers.
        let end = data.checked_add(length).filter(|end| *end <= declared).ok_or(Rejection::Damaged)?;
        at = end + end % 2;
    }
    if pictured { Ok(declared) } else { Err(Rejection::Damaged) }
}

fn length_at(bytes: &[u8], at: usize) -> Result<usize, Rejection> {
    let length = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or(Rejection::Truncated)?;
    usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Rejection::Damaged)
}
