use super::*;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use visage_domain::ids::PhotoId;
use visage_domain::phi::Phi;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Shape {
    consent: bool,
    born_on: Date,
    name: Phi<String>,
    contact: Contact,
    colour: Colour,
    shade: Option<Shade>,
    version: u32,
    note: Option<String>,
    #[serde(default)]
    photos: Vec<PhotoId>,
    #[serde(default)]
    inner: Vec<Inner>,
    #[serde(default)]
    by_name: BTreeMap<String, Inner>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Contact {
    email: String,
    phone: String,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only read")]
struct Inner {
    count: u8,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Colour {
    DarkRed,
    Green,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "only read")]
enum Shade {
    Mixed(Inner),
    Plain { count: u8 },
}

fn good() -> serde_json::Value {
    json!({
        "consent": true, "bornOn": "1980-02-29", "name": "Maren", "version": 1, "colour": "dark_red",
        "contact": { "email": "a@b.example", "phone": "+12065550100" },
    })
}

fn refused(body: &[u8]) -> Vec<(String, String)> {
    let problem = read::<Shape>(body).unwrap_err();
    assert_eq!(problem.code, "invalid_body");
    problem.errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect()
}

fn named(body: &serde_json::Value) -> Vec<(String, String)> {
    refused(body.to_string().as_bytes())
}

fn expected<const N: usize>(errors: [(&str, &str); N]) -> Vec<(String, String)> {
    errors.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())).into()
}

#[test]
fn what_is_good_is_read() {
    assert!(read::<Shape>(good().to_string().as_bytes()).is_ok());
}

#[test]
fn every_field_that_is_missing_is_named_at_once() {
    let all = ["/bornOn", "/colour", "/consent", "/contact", "/name", "/version"];
    assert_eq!(named(&json!({})), expected(all.map(|pointer| (pointer, "required"))));
    let mut body = good();
    body["contact"] = json!({});
    let both = [("/contact/email", "required"), ("/contact/phone", "required")];
    assert_eq!(named(&body), expected(both));
}

#[test]
fn every_field_of_the_wrong_kind_is_named_at_once() {
    let body = json!({
        "consent": "yes", "bornOn": "2026-02-30", "name": ["Maren"], "contact": [], "colour": "blue", "version": 1e300,
        "note": 1, "photos": {}, "inner": [{ "count": 1 }, { "count": "Maren" }, { "count": 256 }, 7],
        "byName": { "one": { "count": -1 } },
    });
    let all = [
        "/bornOn",
        "/byName",
        "/colour",
        "/consent",
        "/contact",
        "/inner/1/count",
        "/inner/2/count",
        "/inner/3",
        "/name",
        "/note",
        "/photos",
        "/version",
    ];
    assert_eq!(named(&body), expected(all.map(|pointer| (pointer, "invalid"))));
}

#[test]
fn wrong_missing_and_unknown_fields_are_named_together() {
    let mut body = good();
    body["version"] = json!("1");
    body["contact"] = json!({ "email": "a@b.example", "fax": "none" });
    body["extra"] = json!({ "more": 1 });
    body.as_object_mut().unwrap().remove("consent");
    let all = [
        ("", "unknown_field"),
        ("/consent", "required"),
        ("/contact", "unknown_field"),
        ("/contact/phone", "required"),
        ("/version", "invalid"),
    ];
    assert_eq!(named(&body), expected(all));
}

#[test]
fn where_nothing_else_can_stand_the_rest_is_named_all_the_same() {
    let mut body = good();
    body["photos"] = json!(["pat_00000000000000000000000000"]);
    body["version"] = json!(-1);
    assert_eq!(named(&body), expected([("/photos/0", "invalid"), ("/version", "invalid")]));
}

#[test]
fn neither_values_nor_strange_names_are_told() {
    let mut body = good();
    body["Holt"] = json!(1);
    body["1980-02-29"] = json!(1);
    body["byName"] = json!({ "Maren": { "count": "Holt" } });
    assert_eq!(named(&body), expected([("", "unknown_field"), ("/byName", "invalid")]));
    assert_eq!(refused(br#"{"Holt":1,"Holt":2}"#), expected([("", "duplicate_field")]));
}

#[test]
fn what_a_variant_holds_is_read_strictly_too() {
    let mut body = good();
    body["shade"] = json!({ "mixed": { "count": 1 } });
    assert!(read::<Shape>(body.to_string().as_bytes()).is_ok());
    body["shade"] = json!({ "plain": { "count": 1 } });
    assert!(read::<Shape>(body.to_string().as_bytes()).is_ok());
    for list in
        [json!({ "mixed": [1] }), json!({ "plain": [1] }), json!({ "mixed": { "count": 1 }, "plain": 1 })]
    {
        body["shade"] = list;
        assert_eq!(named(&body), expected([("/shade", "invalid")]));
    }
}

#[test]
fn a_name_stands_once() {
    assert_eq!(refused(br#"{"consent":true,"consent":true}"#), expected([("/consent", "duplicate_field")]));
    let inner = br#"{"byName":{"a":{"count":1},"a":{"count":2}}}"#;
    assert_eq!(refused(inner), expected([("/byName", "duplicate_field")]));
}

#[test]
fn a_list_is_no_object() {
    assert_eq!(named(&json!([true])), expected([("", "invalid")]));
    let mut body = good();
    body["contact"] = json!(["a@b.example", "+12065550100"]);
    assert_eq!(named(&body), expected([("/contact", "invalid")]));
}

#[test]
fn what_is_no_json_is_refused_without_fields() {
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let bodies: [&[u8]; 10] = [
        b"",
        b"\xef\xbb\xbf{}",
        b"{\"name\":\"\xff\"}",
        b"{}\0",
        b"{} {}",
        b"{\"version\":1e999}",
        b"{\"name\":\"\\ud800\"}",
        b"{\"name\":\"a\nb\"}",
        b"{'name':1}",
        &deep,
    ];
    for body in bodies {
        assert!(refused(body).is_empty(), "{body:?}");
    }
}

#[test]
fn a_large_body_is_read_again_a_few_times_only() {
    let mut body = good();
    body["inner"] = json!(vec![json!({ "count": "no" }); 30_000]);
    // Two readings for each that is found: nothing doesn't fit, one does.
    let first = ["/inner/0/count", "/inner/1/count", "/inner/2/count", "/inner/3/count"];
    assert_eq!(named(&body), expected(first.map(|pointer| (pointer, "invalid"))));
}

#[test]
fn the_deepest_body_that_is_json_is_read() {
    let deep = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
    assert!(read::<serde_json::Value>(&deep(127)).is_ok());
    assert!(read::<serde_json::Value>(&deep(128)).is_err());
    assert!(read::<serde::de::IgnoredAny>(&deep(127)).is_ok());
}
