//! Reads a PDF back.

use lopdf::{Dictionary, Document, Object};

pub(super) fn read(file: &[u8]) -> Document {
    Document::load_mem(file).unwrap()
}

pub(super) fn text_of(file: &[u8]) -> String {
    let document = read(file);
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    document.extract_text(&pages).unwrap()
}

/// Text without white space, for strings that may wrap.
pub(super) fn unwrapped(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && *c != '\u{200B}';
    text.chars().filter(kept).collect()
}

pub(super) fn dictionary<'a>(document: &'a Document, of: &'a Dictionary, key: &[u8]) -> &'a Dictionary {
    let value = of.get(key).unwrap();
    document.dereference(value).unwrap().1.as_dict().unwrap()
}

pub(super) fn flag(of: &Dictionary, key: &[u8]) -> bool {
    of.get(key).unwrap().as_bool().unwrap()
}

/// Every dictionary in the file.
pub(super) fn dictionaries(document: &Document) -> impl Iterator<Item = &Dictionary> {
    document.objects.values().filter_map(|object| match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    })
}

pub(super) fn metadata(document: &Document) -> String {
    let reference = document.catalog().unwrap().get(b"Metadata").unwrap();
    let stream = document.dereference(reference).unwrap().1.as_stream().unwrap();
    String::from_utf8(stream.get_plain_content().unwrap()).unwrap()
}

pub(super) fn claims_pdf_ua(file: &[u8]) -> bool {
    metadata(&read(file)).contains("pdfuaid:part")
}

pub(super) fn has_type(dictionary: &Dictionary, name: &[u8]) -> bool {
    dictionary.get(b"Type").is_ok_and(|t| t.as_name().is_ok_and(|t| t == name))
}

pub(super) fn is_structure(dictionary: &Dictionary, role: &[u8]) -> bool {
    dictionary.get(b"S").is_ok_and(|s| s.as_name().is_ok_and(|s| s == role)) && dictionary.has(b"P")
}
