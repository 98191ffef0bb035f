//! What people write comes out as they wrote it.

use proptest::prelude::*;

use super::reading::*;
use super::*;

#[test]
fn shows_every_field() {
    let report = sample();
    let text = unwrapped(&text_of(&render(&report).unwrap()));
    let mut data = serde_json::to_value(&report).unwrap();
    for unseen in ["language", "signed_at", "words"] {
        data.as_object_mut().unwrap().remove(unseen);
    }
    each_string(&data, &mut |field| {
        assert!(text.contains(&unwrapped(field)), "{field:?} is missing");
    });
}

fn each_string(value: &serde_json::Value, see: &mut impl FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => see(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| each_string(item, see)),
        serde_json::Value::Object(fields) => fields.values().for_each(|f| each_string(f, see)),
        _ => {}
    }
}

#[test]
fn text_is_never_markup() {
    let hostile = "#panic(\"x\") ] [ } { $ x^2 $ \\ \\u{41} <label> @label *b* _i_ `c` ~ -- ... \
                   // c /* c */ = H #read(\"/etc/passwd\") #include \"a.typ\" https://a.example";
    let mut report = sample();
    report.patient_name = words(hostile);
    report.clinic.contact = words(hostile);
    report.findings[0].area = words(hostile);
    report.findings[0].text = words(hostile);
    report.recommendations = words(hostile);
    report.photos[0].caption = words(hostile);
    report.measures[0].definition = words(hostile);
    report.not_measured[0].reason = words(hostile);
    report.addenda[0].text = words(hostile);
    report.measures[0].source = words(hostile);
    let text = unwrapped(&text_of(&render(&report).unwrap()));
    assert!(text.matches(&unwrapped(hostile)).count() >= 10);
}

#[test]
fn any_script_renders() {
    for name in [
        "\u{1F600} \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} \u{1F1FA}\u{1F1F8} 1\u{FE0F}\u{20E3}",
        "王小明 김민준 สมชาย दीपक",
        "שרה \u{202E}evil\u{202C} (מדריד)",
        "a\u{200B}b\u{200D}c\u{200C}d\u{2060}e\u{FEFF}f",
        "\u{0}\u{7}\u{FFFE}\u{E000}\u{F0000}\u{FFFD}\u{10FFFF}",
        "Z\u{351}\u{36B}\u{343}a\u{489}l\u{334}g\u{335}o\u{336}",
        "\u{300}\u{5B0}\u{64E}",
    ] {
        let mut report = sample();
        report.patient_name = words(name);
        report.findings[0].area = words(name);
        report.findings[0].text = words(name);
        report.photos[0].caption = words(name);
        let file = render(&report).unwrap();
        assert!(claims_pdf_ua(&file), "{name:?}");
    }
}

#[test]
fn says_when_a_character_is_missing() {
    let note = unwrapped("□ stands for a character");
    let mut report = sample();
    assert!(!unwrapped(&text_of(&render(&report).unwrap())).contains(&note));
    report.patient_name = words("王小明");
    let text = unwrapped(&text_of(&render(&report).unwrap()));
    assert!(text.contains("□□□") && text.contains(&note));
}

#[test]
fn arabic_renders_and_stays_tagged() {
    let mut report = sample();
    report.patient_name = words("فاطمة الزهراء لا");
    let file = render(&report).unwrap();
    assert!(read(&file).catalog().unwrap().has(b"StructTreeRoot") && claims_pdf_ua(&file));
}

/// Any character, but more often one of the scripts that the faces know.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![any::<char>(), prop::char::range(' ', '\u{6FF}'), prop::char::range('\u{1E00}', '\u{27FF}')]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_written_renders(written in prop::collection::vec(character(), 0..120)) {
        let written = String::from_iter(written);
        let mut report = sample();
        report.findings[0].area = written.clone();
        report.recommendations = written.clone();
        report.photos[0].caption = written.clone();
        report.measures[0].definition = written;
        prop_assert!(render(&report).is_ok());
    }
}
