//! The chunk structure of a PNG file (W3C PNG, third edition).

use super::Rejection;

/// The first eight bytes of every PNG.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Where the picture ends: just after its `IEND` chunk. Every chunk's checksum is verified on the way.
pub(super) fn end(bytes: &[u8]) -> Result<usize, Rejection> {
    let mut at = SIGNATURE.len();
    loop {
        let chunk = chunk_at(bytes, at)?;
        match chunk.kind {
            _ if at == SIGNATURE.len() && chunk.kind != *b"IHDR" => return Err(Rejection::Damaged),
            // An animation (APNG): see `check_complete`.
            [b'a', b'c', b'T', b'L'] => return Err(Rejection::Unsupported),
            [b'I', b'E', b'N', b'D'] => return Ok(chunk.end),
            _ => at = chunk.end,
        }
    }
}

struct Chunk {
    kind: [u8; 4],
    end: usize,
}

fn chunk_at(bytes: &[u8], at: usize) -> Result<Chunk, Rejection> {
    let rest = bytes.get(at..).ok_or(Rejection::Truncated)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(Rejection::Truncated)?;
    let kind = *rest.first_chunk::<4>().ok_or(Rejection::Truncated)?;
    if !kind.iter().all(u8::is_ascii_alphabetic) {
        return Err(Rejection::Damaged);
    }
    let covered = usize::try_from(u32::from_be_bytes(*length)).ok().and_then(|n| n.checked_add(4));
    let covered = covered.ok_or(Rejection::Damaged)?;
    let (data, rest) = rest.split_at_checked(covered).ok_or(Rejection::Truncated)?;
    let sum = rest.first_chunk::<4>().ok_or(Rejection::Truncated)?;
    if crc32(data) != u32::from_be_bytes(*sum) {
        return Err(Rejection::Damaged);
    }
    Ok(Chunk { kind, end: at + covered + 8 })
}

/// CRC-32 as PNG defines it (annex D).
pub(super) fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |crc: u32, &byte| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut c, mut bit) = (n as u32, 0);
        while bit < 8 {
            c = if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 };
            bit += 1;
        }
        table[n] = c;
        n += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_of_the_end_chunk_is_the_one_every_png_ends_with() {
        assert_eq!(super::crc32(b"IEND"), 0xae42_6082);
    }
}
