//! Makes any text one that can be set: drawable and harmless.
//!
//! People write names and findings in every script, paste text from anywhere
//! and decorate it with emoji. A report must come out all the same, and PDF/UA
//! forbids glyphs that stand for nothing (ISO 14289-1, 7.21.8), so what the
//! typefaces lack is replaced here, visibly, before any text is set.

use unicode_segmentation::UnicodeSegmentation;

use super::typefaces::Typefaces;

/// Stands for one character (as a reader counts them) that no face can draw.
const PLACEHOLDER: char = '\u{25A1}';

/// The most code points of one character: beyond any script's need, and before
/// piled marks cover what stands above and below.
const MOST_IN_A_CHARACTER: usize = 8;

/// A text of which everything can be drawn, and whether a character had to be
/// replaced by the [`PLACEHOLDER`].
pub(super) fn legible(text: &str, faces: &Typefaces) -> (String, bool) {
    let cleaned: String = text.replace("\r\n", "\n").chars().filter_map(clean).collect();
    let mut legible = String::with_capacity(cleaned.len());
    let mut replaced = false;
    for cluster in cleaned.graphemes(true) {
        let visible: String = cluster.chars().filter(|c| !is_joiner(*c)).collect();
        let is_piled = visible.chars().count() > MOST_IN_A_CHARACTER;
        if !is_piled && (cluster == "\n" || faces.draw(cluster)) {
            legible.push_str(cluster);
        } else if !is_piled && faces.draw(&visible) {
            legible.push_str(&visible);
        } else {
            legible.push(PLACEHOLDER);
            replaced = true;
        }
    }
    (legible, replaced)
}

/// One kind of line break, spaces for tabs, and nothing that is invisible yet
/// changes how its neighbours are shown or read.
fn clean(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' => Some(' '),
        // Embeddings, overrides and isolates can make a text read as another
        // one (Unicode TR 36, bidirectional spoofing); the natural order needs none of them.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => None,
        // Byte order mark, interlinear annotations, soft hyphen, tags.
        '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{AD}' | '\u{E0000}'..='\u{E007F}' => None,
        c if c.is_control() || is_noncharacter(c) => None,
        c => Some(c),
    }
}

/// Code points that Unicode keeps for no character (core specification, 23.7).
fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE
}

/// Joiners and variation selectors: they refine how a cluster looks and can be
/// spared where a face does not know them.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Typefaces;

    fn legible(text: &str) -> (String, bool) {
        super::legible(text, &Typefaces::parse().unwrap())
    }

    #[test]
    fn keeps_what_the_faces_can_draw() {
        for text in ["Zoë Đặng-Šťastný", "Ελένη, Іван", "فاطمة", "שרה", "Անի", "1.2 ± 0.3 mm", "a\n\nb"]
        {
            assert_eq!(legible(text), (text.to_owned(), false));
        }
    }

    #[test]
    fn replaces_each_cluster_it_cannot_draw_by_one_placeholder() {
        assert_eq!(legible("王小明"), ("□□□".to_owned(), true));
        let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}!";
        assert_eq!(legible(family), ("□!".to_owned(), true));
        assert!(!legible("\u{2764}\u{FE0F}").1);
    }

    #[test]
    fn marks_that_pile_up_over_the_neighbours_are_one_placeholder() {
        let piled = |marks: usize| format!("A{}B", "\u{301}".repeat(marks));
        assert_eq!(legible(&piled(7)), (piled(7), false));
        for marks in [8, 99, 255, 2_000] {
            assert_eq!(legible(&piled(marks)), ("□B".to_owned(), true));
        }
    }

    #[test]
    fn drops_what_deceives_or_has_no_meaning_on_paper() {
        let text = "\u{FEFF}ab\u{0}\u{202E}cd\u{2069}\u{FFFE}\r\ne\rf\tg";
        assert_eq!(legible(text).0, "abcd\ne\nf g");
    }
}
