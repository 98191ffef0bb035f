//! The words of the document: from the code's own comments.

use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// What holds for every operation.
pub(crate) const INTRODUCTION: &str = "\
Every body is JSON, of forms and answers also as FHIR R4 has it. Instants are UTC (RFC 3339), days `YYYY-MM-DD`, phone numbers E.164, languages BCP 47.

What goes wrong is answered as problem details (RFC 9457) with a stable `code`; `errors` names every wrong field at once. \
What belongs to another clinic looks exactly like what doesn't exist.

Of what is answered staff see what their roles need: a field with `x-visible-to` is answered to these roles, and left out \
for others.

A list is read page by page: `next` of an answer is the `next` of the following request.

A change of what others may change too says in `If-Match` which `ETag` it is based on. A request that creates something \
says in `Idempotency-Key` which click it belongs to: a second request with the same key and body within a day is answered \
like the first and creates nothing. An import has a `reference` for each intake instead, which is known for as long as the intake.

Bodies are limited (`x-body-limit`, in bytes). What is too large for the gateway, or comes too often for it, is answered by \
the gateway itself, as JSON with a `message`.";

/// The first paragraph of an operation's file.
///
/// # Errors
/// If there is none.
pub(crate) fn summary(root: &Path, area: &str, operation: &str) -> Result<String> {
    let file = root.join(format!("functions/{area}/src/{operation}.rs"));
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let first: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    anyhow::ensure!(!first.is_empty(), "{} doesn't begin with what it does", file.display());
    Ok(without_links(&first.join(" ")))
}

/// Leaves of each description its first paragraph, without links into the code.
pub(crate) fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
                *text = without_links(&first);
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// `[words](target)` and `[words]` without what they lead to.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let inner = &rest[start + 1..];
        let end = inner.find(']').filter(|_| inner.starts_with('`') || inner.contains("]("));
        let Some(end) = end.filter(|end| inner.starts_with('`') || inner[*end..].starts_with("](")) else {
            plain.push_str(&rest[..=start]);
            rest = inner;
            continue;
        };
        plain.push_str(&rest[..start]);
        plain.push_str(&inner[..end]);
        rest = &inner[end + 1..];
        if let Some(target) = rest.strip_prefix('(') {
            rest = target.split_once(')').map_or("", |(_, after)| after);
        }
    }
    plain + rest
}

/// `start_intake` as `StartIntake`.
pub(crate) fn in_camel_case(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split('_').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_into_the_code_are_left_out_and_patterns_stay() {
        assert_eq!(without_links("At most [`MAX`](super::MAX) of [`Item`]."), "At most `MAX` of `Item`.");
        assert_eq!(without_links("See [the notes](super)."), "See the notes.");
        assert_eq!(without_links("`[A-Za-z0-9]{0,63}`, `answer[x]`"), "`[A-Za-z0-9]{0,63}`, `answer[x]`");
    }

    #[test]
    fn names_are_put_together() {
        assert_eq!(in_camel_case("list_report_links"), "ListReportLinks");
    }
}
