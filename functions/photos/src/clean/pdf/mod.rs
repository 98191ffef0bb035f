//! Makes a PDF that is safe to keep: what shows on its pages and nothing else.
//!
//! A new document is built from the pages of the old one. Of each object only the keys that drawing a page asks for are
//! taken over ([`keep`]); scripts, actions, forms, attachments, media, metadata, and whatever a later version of PDF may
//! bring, are not looked for but left behind. What a form field or a stamp shows is kept as a drawing.
//!
//! Reading and what the result may ask of a viewer are bounded: [`load`] and [`copy::Budget`].

mod copy;
mod keep;
mod load;
mod pages;
mod stream;

use super::Rejection;
use copy::Copier;
use lopdf::Document;

/// How far from the start the header may stand, and from the end the end, as readers have it.
const LEEWAY: usize = 1024;
/// The most pages. Letters of doctors and findings have a few; what has more is a book.
const MAX_PAGES: usize = 200;

/// Whether the file begins as a PDF.
pub(super) fn begins(bytes: &[u8]) -> bool {
    contains(&bytes[..bytes.len().min(LEEWAY)], b"%PDF-")
}

/// Cleans `original`, which must begin as a PDF, to a result of `max_bytes` at most.
///
/// # Errors
/// The [`Rejection`] that tells the patient why this file can't be used.
pub(super) fn clean(original: &[u8], max_bytes: usize) -> Result<Vec<u8>, Rejection> {
    if !contains(&original[original.len().saturating_sub(LEEWAY)..], b"%%EOF") {
        return Err(Rejection::Truncated);
    }
    let document = load::load(original)?;
    let mut pdf = Vec::new();
    let mut rebuilt = rebuild(&document)?;
    rebuilt.save_to(&mut pdf).map_err(|_| Rejection::Damaged)?;
    if pdf.len() > max_bytes { Err(Rejection::TooLarge) } else { Ok(pdf) }
}

fn rebuild(document: &Document) -> Result<Document, Rejection> {
    let pages: Vec<_> = document.page_iter().take(MAX_PAGES + 1).collect();
    match pages.len() {
        0 => return Err(Rejection::Damaged),
        1..=MAX_PAGES => {}
        _ => return Err(Rejection::TooLarge),
    }
    let mut copier = Copier::new(document);
    let tree = copier.reserve();
    let mut kids = Vec::new();
    for page in pages {
        let page = pages::page(&mut copier, page, tree)?;
        kids.push(page.into());
    }
    copier.finish(tree, kids)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests;
