//! The typefaces that travel inside the function.
//!
//! Noto Sans (SIL Open Font License 1.1) sets Latin, Greek, Cyrillic and
//! Vietnamese; DejaVu Sans (Bitstream Vera licence) steps in for Arabic,
//! Hebrew, Armenian, Georgian and common symbols. Chinese, Japanese and Korean
//! would add many megabytes to every cold start and are left out: see
//! [`legible`](super::legible) for what happens to them.

use std::sync::Arc;

use krilla::text::Font;
use parley::fontique::{Blob, CharmapIndex, Collection, CollectionOptions};
use parley::{FontContext, FontData, FontFamilyName};

/// The families in the order in which they are asked for a character.
pub(super) const FAMILIES: [FontFamilyName<'static>; 2] =
    [FontFamilyName::named("Noto Sans"), FontFamilyName::named("DejaVu Sans")];

/// The parsed faces, and the index that text is set by.
pub(super) struct Typefaces {
    faces: Vec<Face>,
    /// What chooses a face for each character.
    pub(super) context: FontContext,
}

/// One face, as what sets the text and as what writes the file know it.
struct Face {
    file: Blob<u8>,
    characters: CharmapIndex,
    font: Font,
}

impl Typefaces {
    /// Parses the faces; `None` if one can't be, which a test rules out.
    pub(super) fn parse() -> Option<Self> {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut context = FontContext { collection: Collection::new(options), ..FontContext::default() };
        let files = [notosans::REGULAR_TTF, notosans::BOLD_TTF, dejavu::sans::regular()];
        let faces = files.into_iter().map(|bytes| {
            let file = Blob::new(Arc::new(bytes));
            let registered = context.collection.register_fonts(file.clone(), None);
            let characters = registered.first()?.1.first()?.charmap_index();
            Some(Face { file, characters, font: Font::new(bytes.into(), 0)? })
        });
        let faces = faces.collect::<Option<_>>()?;
        Some(Self { faces, context })
    }

    /// The face that a run of text was set in.
    pub(super) fn font(&self, chosen: &FontData) -> Option<&Font> {
        self.faces.iter().find(|face| face.file.id() == chosen.data.id()).map(|face| &face.font)
    }

    /// Whether one face can draw all of a cluster, bold or not.
    ///
    /// Both weights of Noto Sans cover the same characters, and what only
    /// DejaVu Sans covers is drawn in its one weight; a test pins the former.
    pub(super) fn draw(&self, cluster: &str) -> bool {
        self.faces.iter().any(|face| face.draws(cluster))
    }
}

impl Face {
    fn draws(&self, cluster: &str) -> bool {
        let characters = self.characters.charmap(self.file.as_ref());
        characters.is_some_and(|known| cluster.chars().all(|c| known.map(c).is_some_and(|glyph| glyph != 0)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn both_weights_cover_the_same_characters() {
        let typefaces = Typefaces::parse().unwrap();
        let [regular, bold, _] = &typefaces.faces[..] else { panic!("three faces") };
        let mut character = [0; 4];
        for c in '\0'..=char::MAX {
            let cluster = c.encode_utf8(&mut character);
            assert_eq!(regular.draws(cluster), bold.draws(cluster), "{c:?}");
        }
    }
}
