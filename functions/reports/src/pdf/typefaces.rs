//! The typefaces that travel inside the function.
//!
//! Noto Sans (SIL Open Font License 1.1) sets Latin, Greek, Cyrillic and
//! Vietnamese; DejaVu Sans (Bitstream Vera licence) steps in for Arabic,
//! Hebrew, Armenian, Georgian and common symbols. Chinese, Japanese and Korean
//! would add many megabytes to every cold start and are left out: see
//! [`legible`](super::legible) for what happens to them.

use std::sync::OnceLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// The parsed faces and the index typst looks them up in.
pub(super) struct Typefaces {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Typefaces {
    /// The faces, parsed once per process.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<Typefaces> = OnceLock::new();
        SHARED.get_or_init(Self::parse)
    }

    fn parse() -> Self {
        let files = [notosans::REGULAR_TTF, notosans::BOLD_TTF, dejavu::sans::regular()];
        let fonts: Vec<Font> = files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect();
        Self { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
    }

    /// The index typst chooses faces by.
    pub(super) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    /// The face at a position of the [`book`](Self::book).
    pub(super) fn get(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// Whether one face can draw all of a cluster, bold or not.
    ///
    /// Both weights of Noto Sans cover the same characters, and what only
    /// DejaVu Sans covers is drawn in its one weight; a test pins the former.
    pub(super) fn draw(&self, cluster: &str) -> bool {
        self.fonts.iter().any(|font| {
            let coverage = &font.info().coverage;
            cluster.chars().all(|c| coverage.contains(c.into()))
        })
    }
}
