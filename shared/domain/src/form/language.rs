//! Language tags (BCP 47), and which of several serves a reader best.

/// The most of an `Accept-Language` header that is looked at: no browser sends more languages.
const RANGES: usize = 20;

/// Whether it is a language, maybe a script, maybe a region: the part of BCP 47 (RFC 5646, section 2.1) in use.
pub(super) fn is_language_tag(tag: &str) -> bool {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_region = |part: &str| match part.len() {
        2 => letters(part),
        3 => part.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    let mut parts = tag.split('-').peekable();
    let language = parts.next().is_some_and(|part| matches!(part.len(), 2 | 3) && letters(part));
    parts.next_if(|part| part.len() == 4 && letters(part));
    parts.next_if(|part| is_region(part));
    language && parts.next().is_none()
}

/// The languages of an `Accept-Language` header (RFC 9110, section 12.5.4), the dearest first. What is malformed in it
/// is passed over: a reader is better served in some language than refused.
pub fn accepted_languages(header: &str) -> Vec<&str> {
    let mut ranges: Vec<(&str, u16)> = header.split(',').take(RANGES).filter_map(range).collect();
    ranges.retain(|(_, weight)| *weight > 0);
    // Stable: of two equally dear, the first named comes first.
    ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(range, _)| range).collect()
}

/// A range and its weight in thousandths.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let weight = match parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))) {
        None => 1_000,
        Some(weight) => thousandths(weight.trim())?,
    };
    Some((range, weight))
}

/// `0`, `0.123`, `1` or `1.000`, in thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1_000),
        _ => None,
    }
}

/// Which of the offered languages serves best somebody who asked for `wanted`: for each of these in turn the same tag,
/// then ever shorter ones (RFC 4647, section 3.4), then any tag of the same language.
pub(super) fn best<'o>(offered: &[&'o str], wanted: &[impl AsRef<str>]) -> Option<&'o str> {
    wanted.iter().find_map(|range| {
        let range = range.as_ref();
        let mut asked = range;
        loop {
            if let Some(found) = offered.iter().find(|tag| tag.eq_ignore_ascii_case(asked)) {
                return Some(*found);
            }
            asked = match asked.rsplit_once('-') {
                Some((shorter, _)) => shorter,
                None => break,
            };
        }
        offered.iter().find(|tag| primary(tag).eq_ignore_ascii_case(primary(range))).copied()
    })
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_language_comes_first_and_rubbish_not_at_all() {
        assert_eq!(accepted_languages("en;q=0.5, es-MX, fr;q=0.9"), ["es-MX", "fr", "en"]);
        assert_eq!(accepted_languages("de;q=0, es;q=0.001,,;q=1, it;q=x, pt;q=1.5, nl;q=0.1234"), ["es"]);
        assert_eq!(accepted_languages(&"en,".repeat(5_000)).len(), RANGES);
        assert_eq!(accepted_languages(""), [""; 0]);
    }

    #[test]
    fn the_nearest_language_serves() {
        let offered = ["en", "es-US", "zh-Hant", "pt"];
        for (wanted, best_of) in [
            (&["es-US"][..], Some("es-US")),
            (&["es-MX"], Some("es-US")),
            (&["ES"], Some("es-US")),
            (&["en-GB-oxendict"], Some("en")),
            (&["zh-Hant-TW"], Some("zh-Hant")),
            (&["fr", "pt-BR"], Some("pt")),
            (&["fr"], None),
            (&["*"], None),
            (&["e"], None),
            (&[], None),
        ] {
            assert_eq!(best(&offered, wanted), best_of, "{wanted:?}");
        }
    }
}
