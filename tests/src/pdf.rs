//! A report as its reader gets it: its text and its tags.

use anyhow::{Context, Result};
use lopdf::{Dictionary, Document, Object};

/// A PDF that was read.
#[derive(Debug)]
pub struct Pdf(Document);

impl Pdf {
    /// Reads a file.
    ///
    /// # Errors
    /// If it is no PDF.
    pub fn read(file: &[u8]) -> Result<Self> {
        Document::load_mem(file).map(Self).context("it is no PDF that can be read")
    }

    /// Its text in the order in which it is read, without white space: lines wrap wherever there is room.
    ///
    /// # Errors
    /// If the text can't be told from its glyphs.
    pub fn text(&self) -> Result<String> {
        Ok(self.pages()?.concat())
    }

    /// Whether it says that, be it from one page to the next: what stands at their edges comes between.
    ///
    /// # Errors
    /// If the text can't be told from its glyphs.
    pub fn says(&self, said: &str) -> Result<bool> {
        let (said, pages) = (unwrapped(said), self.pages()?);
        let breaks =
            || said.char_indices().map(|(at, _)| said.split_at(at)).filter(|(head, _)| !head.is_empty());
        Ok(pages.iter().any(|page| page.contains(&said))
            || pages
                .windows(2)
                .any(|two| breaks().any(|(head, tail)| two[0].contains(head) && two[1].contains(tail))))
    }

    fn pages(&self) -> Result<Vec<String>> {
        let numbers = self.0.get_pages().into_keys();
        numbers.map(|page| Ok(unwrapped(&self.0.extract_text(&[page])?))).collect()
    }

    /// Whether it says that it is tagged, and has a tree of tags.
    pub fn is_tagged(&self) -> bool {
        let marked = self.of_catalog(b"MarkInfo").and_then(|info| info.get(b"Marked").ok());
        let is_marked = marked.is_some_and(|marked| marked.as_bool().is_ok_and(|marked| marked));
        is_marked
            && self.of_catalog(b"StructTreeRoot").is_some_and(|tree| is(tree, b"Type", b"StructTreeRoot"))
    }

    /// The language it says that it is in.
    ///
    /// # Errors
    /// If it says none.
    pub fn language(&self) -> Result<String> {
        let language = self.0.catalog()?.get(b"Lang").and_then(Object::as_str)?;
        Ok(String::from_utf8(language.to_owned())?)
    }

    /// What it says of itself to programs that don't open it: title, author, dates.
    ///
    /// # Errors
    /// If it says nothing.
    pub fn metadata(&self) -> Result<String> {
        let reference = self.0.catalog()?.get(b"Metadata")?;
        let stream = self.0.dereference(reference)?.1.as_stream()?;
        Ok(String::from_utf8(stream.get_plain_content()?)?)
    }

    /// How many parts of its tree are of this kind, such as `Figure`.
    pub fn parts(&self, role: &str) -> usize {
        self.dictionaries().filter(|it| is(it, b"S", role.as_bytes()) && it.has(b"P")).count()
    }

    /// How many pictures it holds.
    pub fn pictures(&self) -> usize {
        self.dictionaries().filter(|it| is(it, b"Subtype", b"Image")).count()
    }

    fn dictionaries(&self) -> impl Iterator<Item = &Dictionary> {
        self.0.objects.values().filter_map(|object| match object {
            Object::Dictionary(dictionary) => Some(dictionary),
            Object::Stream(stream) => Some(&stream.dict),
            _ => None,
        })
    }

    fn of_catalog(&self, key: &[u8]) -> Option<&Dictionary> {
        let value = self.0.catalog().ok()?.get(key).ok()?;
        self.0.dereference(value).ok()?.1.as_dict().ok()
    }
}

/// A text as [`Pdf::text`] has it.
pub fn unwrapped(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200B}').collect()
}

fn is(dictionary: &Dictionary, key: &[u8], name: &[u8]) -> bool {
    dictionary.get(key).is_ok_and(|value| value.as_name().is_ok_and(|found| found == name))
}
