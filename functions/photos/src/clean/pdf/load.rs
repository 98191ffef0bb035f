//! Reading a PDF within bounds of memory and time.
//!
//! An object takes ten times the memory of its text and more, bundles of objects inflate, and one object may be listed
//! a thousand times. So the objects of the file are estimated before it is read, and those that bundles bring, and every
//! byte that the reader copies, are counted while it is read; too much ends the reading.

use crate::clean::Rejection;
use lopdf::{DecompressError, Document, Error, LoadOptions, Object, ObjectId};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

/// The most that one bundle of objects, or a table of references, may inflate to, in bytes.
const LARGEST_BUNDLE: usize = 4 << 20;
/// The most bytes of objects, and of inflated bundles, that the reader may come by: four times the largest file.
const ALL_BYTES: usize = 60 << 20;
/// The most words (numbers, names, strings) of a file or of its bundles. As an object each takes about 120 bytes, for a
/// moment twice. The largest file has a million, if its bytes are those of pictures.
const MAX_WORDS: usize = 2 << 20;

thread_local! {
    /// What the reader may still come by: bytes, and words of bundles. It takes a plain function, which can't hold it.
    static LEFT: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// Reads `bytes`.
pub(super) fn load(bytes: &[u8]) -> Result<Document, Rejection> {
    if words(bytes) > MAX_WORDS {
        return Err(Rejection::TooLarge);
    }
    LEFT.set((ALL_BYTES, MAX_WORDS));
    let options = LoadOptions {
        filter: Some(count),
        max_decompressed_size: Some(LARGEST_BUNDLE),
        ..LoadOptions::default()
    };
    let read = catch_unwind(AssertUnwindSafe(|| Document::load_mem_with_options(bytes, options)));
    let document = match read {
        Ok(read) => read.map_err(|error| rejection(&error))?,
        // It was too much, or the reader itself gave up on a crafted file.
        Err(reason) => return Err(reason.downcast_ref().copied().unwrap_or(Rejection::Damaged)),
    };
    // Also what opens without a password: it was locked against being copied, and whoever locked it should know.
    if document.was_encrypted() || document.trailer.has(b"Encrypt") {
        return Err(Rejection::Encrypted);
    }
    Ok(document)
}

/// Counts an object that was read, and the members of a bundle before they are.
fn count(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let mut found = (0, 0);
    if let Object::Stream(stream) = object {
        found.0 = stream.content.len();
        if stream.dict.has_type(b"ObjStm") {
            match stream.get_plain_content_with_limit(LARGEST_BUNDLE) {
                Ok(content) => found = (found.0 + content.len(), words(&content)),
                Err(_) => panic_any(Rejection::TooLarge),
            }
        }
    } else {
        found.0 = weight(object);
    }
    let left = LEFT.get();
    match (left.0.checked_sub(found.0), left.1.checked_sub(found.1)) {
        (Some(bytes), Some(words)) => LEFT.set((bytes, words)),
        _ => panic_any(Rejection::TooLarge),
    }
    // Of a bundle's members the reader keeps what is returned, of all others the object itself.
    match object {
        Object::Stream(_) => Some((id, Object::Null)),
        other => Some((id, other.clone())),
    }
}

/// About how many bytes an object that is no stream took in the file.
fn weight(object: &Object) -> usize {
    match object {
        Object::Array(items) => 2 + items.iter().map(weight).sum::<usize>(),
        Object::Dictionary(entries) => {
            4 + entries.iter().map(|(key, value)| 2 + key.len() + weight(value)).sum::<usize>()
        }
        Object::Name(bytes) | Object::String(bytes, _) => 2 + bytes.len(),
        _ => 2,
    }
}

/// At most how many numbers, names and strings there are: what begins after white space or a delimiter.
fn words(bytes: &[u8]) -> usize {
    let parts = |byte: u8| {
        byte.is_ascii_whitespace() || matches!(byte, 0 | b'/' | b'[' | b']' | b'<' | b'>' | b'(' | b')')
    };
    let begins =
        |pair: &&[u8]| (parts(pair[0]) && !parts(pair[1])) || matches!(pair[1], b'/' | b'[' | b'<' | b'(');
    bytes.windows(2).filter(begins).count()
}

fn rejection(error: &Error) -> Rejection {
    match error {
        Error::InvalidPassword | Error::Decryption(_) | Error::UnsupportedSecurityHandler(_) => {
            Rejection::Encrypted
        }
        Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Rejection::TooLarge,
        _ => Rejection::Damaged,
    }
}
