//! Streams: drawings, pictures, fonts. Their bytes stay as they are, within what a viewer can bear.

use super::copy::Budget;
use crate::clean::{Rejection, jpeg};
use flate2::read::ZlibDecoder;
use lopdf::{Dictionary, Object, Stream};
use std::io::Read;

/// The filters that are known, with the short names that pictures inside of drawings have.
const FILTERS: [&[u8]; 9] = [
    b"FlateDecode",
    b"LZWDecode",
    b"RunLengthDecode",
    b"ASCII85Decode",
    b"ASCIIHexDecode",
    b"DCTDecode",
    b"JPXDecode",
    b"CCITTFaxDecode",
    b"JBIG2Decode",
];
/// Those that make much of little; one after the other they would make anything of nothing.
const INFLATING: [&[u8]; 3] = [b"FlateDecode", b"LZWDecode", b"RunLengthDecode"];
/// The most that one stream may inflate to, in bytes: a page in colour at 600 dots per inch has 100 MB.
const LARGEST: u64 = 256 << 20;
/// The same for what has to be inflated in memory.
const LARGEST_HELD: usize = 32 << 20;
/// The most pixels of one picture.
const MAX_PIXELS: u64 = 100_000_000;

/// Takes over the bytes of `old` under the keys that are kept of it.
pub(super) fn copy(old: &Stream, kept: Dictionary, budget: &mut Budget) -> Result<Stream, Rejection> {
    let mut new = Stream::new(kept, old.content.clone());
    let filters: Vec<Vec<u8>> = match new.dict.get(b"Filter") {
        Err(_) | Ok(Object::Null) => Vec::new(),
        Ok(Object::Name(name)) => vec![name.clone()],
        Ok(Object::Array(names)) => {
            let names = names.iter().map(|name| name.as_name().map(<[u8]>::to_vec));
            names.collect::<Result<_, _>>().map_err(|_| Rejection::Unsupported)?
        }
        // A name that stands elsewhere: nobody writes that.
        Ok(_) => return Err(Rejection::Unsupported),
    };
    let inflating = filters.iter().filter(|name| INFLATING.contains(&name.as_slice())).count();
    if inflating > 1 || filters.len() > 3 || !filters.iter().all(|name| FILTERS.contains(&name.as_slice())) {
        return Err(Rejection::Unsupported);
    }
    let pixels = pixels(&new.dict).ok_or(Rejection::Unsupported)?;
    spend(&mut budget.pixels, pixels, MAX_PIXELS).ok_or(Rejection::TooManyPixels)?;
    match filters.first().map(Vec::as_slice) {
        Some(b"FlateDecode") => spend(&mut budget.bytes, inflated(&new.content), LARGEST),
        Some(b"DCTDecode") if filters.len() == 1 => {
            let (photo, pixels) = jpeg::without_metadata(&new.content)?;
            new.set_content(photo);
            spend(&mut budget.pixels, pixels, MAX_PIXELS).ok_or(Rejection::TooManyPixels)?;
            Some(())
        }
        _ if inflating == 1 => {
            let plain = new.decompressed_content_with_limit(LARGEST_HELD).map_err(|_| Rejection::TooLarge)?;
            new.set_plain_content(plain);
            new.compress().map_err(|_| Rejection::Damaged)?;
            Some(())
        }
        _ => Some(()),
    }
    .ok_or(Rejection::TooLarge)?;
    Ok(new)
}

/// Takes what one stream asks for from what all may.
fn spend(left: &mut u64, amount: u64, largest: u64) -> Option<()> {
    *left = left.checked_sub(amount).filter(|_| amount <= largest)?;
    Some(())
}

/// The pixels that a picture says it has; none if it doesn't say it in numbers, as every picture does.
fn pixels(entries: &Dictionary) -> Option<u64> {
    let side = |key: &[u8]| match entries.get(key) {
        Ok(side) => u64::try_from(side.as_i64().ok()?).ok(),
        Err(_) => Some(0),
    };
    Some(side(b"Width")?.saturating_mul(side(b"Height")?))
}

/// How many bytes a stream inflates to, counted without holding them, as far as is asked for.
fn inflated(content: &[u8]) -> u64 {
    let mut decoder = ZlibDecoder::new(content).take(LARGEST + 1);
    // A stream that breaks off shows what came before.
    let (mut buffer, mut count) = (vec![0; 64 << 10], 0);
    while let Ok(read @ 1..) = decoder.read(&mut buffer) {
        count += read as u64;
    }
    count
}
