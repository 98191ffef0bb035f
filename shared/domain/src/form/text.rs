//! Which characters a text may hold, and how identifiers are cleaned.
//!
//! Texts are kept as typed apart from white space around them; they are not brought to a Unicode normal form, so
//! whoever compares or indexes names does that.

use super::limits;

/// Whether a text may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    One,
    Several,
}

/// Whether it names an item, an option or a section: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
pub(super) fn is_code(text: &str) -> bool {
    text.len() <= limits::CODE
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Whether a text holds a character that cannot be shown safely: a control character, or one that makes what follows
/// read in another order than it is stored.
pub(super) fn has_forbidden(text: &str, lines: Lines) -> bool {
    text.chars().any(|c| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => lines == Lines::One,
        '\u{202d}' | '\u{202e}' => true,
        _ => c.is_control(),
    })
}

/// An answer as it is kept: without white space around it, its lines ended by `\n`.
pub(super) fn tidy(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

/// A name, address or number without invisible characters, its white space single.
///
/// Contact cards and messengers wrap numbers and names in invisible marks; two records that look the same must not
/// differ by them. Persian and Indic spelling needs the zero-width (non-)joiner: between two letters outside ASCII it
/// stays. Control characters stay too, to be refused.
pub(super) fn clean_identifier(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let kept: String = (0..chars.len()).filter(|&at| !is_hidden_at(&chars, at)).map(|at| chars[at]).collect();
    let mut clean = String::with_capacity(kept.len());
    for word in kept.split([' ', '\u{a0}', '\u{202f}', '\u{3000}']).filter(|word| !word.is_empty()) {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(word);
    }
    clean
}

fn is_hidden_at(chars: &[char], at: usize) -> bool {
    match chars[at] {
        '\u{200c}' | '\u{200d}' => {
            let spells =
                |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace() && !is_hidden(*c));
            !(spells(at.checked_sub(1).and_then(|before| chars.get(before))) && spells(chars.get(at + 1)))
        }
        c => is_hidden(c),
    }
}

/// Zero-width and direction marks, the soft hyphen, the byte order mark and language tags.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
