//! Bodies that nobody who means well sends.

use serde_json::{Value, json};

/// Stands in what is sent, and in no refusal.
pub(crate) const MARK: &str = "Wunderlich";

/// A body that every operation refuses, and how.
pub(crate) struct Refused {
    pub(crate) what: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

/// Bodies made of a good one that no operation may take.
pub(crate) fn refused(good: &Value) -> Vec<Refused> {
    let text = good.to_string();
    let inner = &text[1..text.len() - 1];
    let more = if inner.is_empty() { String::new() } else { format!(",{inner}") };
    let first = good.as_object().into_iter().flatten().next();
    let twice = first.map_or_else(
        || r#"{"a":1,"a":2}"#.to_owned(),
        |(name, value)| format!(r#"{{"{name}":{value},{inner}}}"#),
    );
    let nested =
        |open: &str, close: &str, depth: usize| (open.repeat(depth) + &close.repeat(depth)).into_bytes();
    let mut all = vec![
        too_large("two megabytes in one text", format!(r#"{{"a":"{}"}}"#, "x".repeat(2 << 20)).into_bytes()),
        too_large("two megabytes of depth", vec![b'['; 2 << 20]),
        too_large("two megabytes of nothing", vec![b' '; 2 << 20]),
    ];
    let shapes = [
        ("an unknown field", format!(r#"{{"unexpected":"{MARK}"{more}}}"#).into_bytes()),
        (
            "a field with a strange name",
            format!("{{\"{MARK}\\u0000\\u202e \u{1f441}\":1{more}}}").into_bytes(),
        ),
        ("a list of the object", format!("[{text}]").into_bytes()),
        ("a list", b"[]".to_vec()),
        ("a text", format!(r#""{MARK}""#).into_bytes()),
        ("a number", b"1".to_vec()),
        ("nothing", b"null".to_vec()),
        ("an object in a text", Value::String(text.clone()).to_string().into_bytes()),
        ("lists in lists", nested("[", "]", 100)),
        ("objects in objects", nested(r#"{"a":"#, "}", 40)),
    ];
    let broken = [
        ("a name that stands twice", twice.into_bytes()),
        ("a mark of the byte order", format!("\u{feff}{text}").into_bytes()),
        ("a null byte behind it", format!("{text}\0").into_bytes()),
        ("null bytes", vec![0; 64]),
        ("bytes that are no text", b"{\"\xff\xfe\":\"\xc3\x28\"}".to_vec()),
        ("half a pair", br#"{"a":"\ud83d"}"#.to_vec()),
        ("half an object", text.as_bytes()[..text.len() - 1].to_vec()),
        ("two objects", format!("{text}{text}").into_bytes()),
        ("a number beyond all", format!(r#"{{"a":1e999{more}}}"#).into_bytes()),
        ("a number that is none", format!(r#"{{"a":NaN{more}}}"#).into_bytes()),
        ("a comment", format!("/* {MARK} */{text}").into_bytes()),
        ("a comma too many", format!(r#"{{"a":1{more},}}"#).into_bytes()),
        ("a form", b"a=1&b=2".to_vec()),
        ("a page", b"<script>alert(1)</script>".to_vec()),
    ];
    let invalid = |(what, body)| Refused { what, body, status: 400, code: "invalid_body" };
    all.extend(shapes.into_iter().chain(broken).map(invalid));
    all
}

const fn too_large(what: &'static str, body: Vec<u8>) -> Refused {
    Refused { what, body, status: 413, code: "body_too_large" }
}

/// Most values of a body that are changed: of a form's hundreds the first and every so manieth.
const PLACES: usize = 6;

/// A good body with one value changed, for each of some values and everything hostile; and which.
pub(crate) fn mutations(good: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    leaves(good, String::new(), &mut places);
    let step = places.len().div_ceil(PLACES).max(1);
    let mut all = Vec::new();
    for place in places.into_iter().step_by(step) {
        for hostile in hostile() {
            let mut body = good.clone();
            if let Some(value) = body.pointer_mut(&place) {
                *value = hostile;
            }
            all.push((place.clone(), body));
        }
    }
    all
}

const IMPOSSIBLE: [&str; 3] = ["2026-02-30", "0000-00-00", "2026-13-01"];

/// Whether a day that never comes was put where the good body has a day.
pub(crate) fn has_impossible_date(good: &Value, place: &str, body: &Value) -> bool {
    let at = |body: &Value| body.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (was, is) = (at(good), at(body));
    let is_day = was.len() == 10 && was.as_bytes()[4] == b'-' && was.as_bytes()[7] == b'-';
    is_day && IMPOSSIBLE.contains(&is.as_str())
}

fn hostile() -> Vec<Value> {
    let texts = [
        String::new(),
        format!("👩🏽‍⚕️🧬 {MARK}"),
        format!("\u{202e}{MARK}\u{2066}"),
        format!("{MARK}\u{200b}\u{200d}\u{feff}"),
        format!("{MARK}\0\u{1b}[2J"),
        format!("{MARK}\r\nBcc: everybody@mail.example"),
        format!("../../../{MARK}"),
        format!("' OR 1=1 -- {MARK}"),
        // Longer than any key may be, and than most bodies.
        "x".repeat(3_000),
        "x".repeat(20_000),
    ];
    let others = [
        json!(null),
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!([]),
        json!([MARK]),
        json!({}),
        json!({ "$ne": null, MARK: {} }),
    ];
    let dates = IMPOSSIBLE.into_iter().map(Value::from);
    texts.into_iter().map(Value::from).chain(dates).chain(others).collect()
}

fn leaves(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                leaves(field, format!("{place}/{name}"), found);
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                leaves(entry, format!("{place}/{index}"), found);
            }
        }
        _ => found.push(place),
    }
}
