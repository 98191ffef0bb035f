//! Handing in.

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::super::{PhoneRegion, Submission};
use super::{at, good, named, published, sample, sections, set, with};

const TODAY: Date = date(2026, 11, 21);

fn submit(form: Value, given: Value) -> Result<Submission, Vec<(String, &'static str)>> {
    published(form).check_submission(&sections(given), TODAY, PhoneRegion::US).map_err(named)
}

fn changed(pointer: &str, value: Value) -> Value {
    let mut given = good();
    set(&mut given, pointer, value);
    given
}

#[test]
fn good_answers_become_a_submission() {
    let submission = submit(sample(), good()).unwrap();
    let identity = &submission.identity;
    assert_eq!(identity.given_name.expose(), "Maren");
    assert_eq!(identity.family_name.expose(), "Holt");
    assert_eq!(*identity.birth_date.expose(), date(1988, 2, 29));
    assert_eq!(identity.email.as_ref().unwrap().expose(), "maren@example.com");
    assert_eq!(identity.phone.as_ref().unwrap().expose(), "+12065550100");
    let kept = serde_json::to_value(&submission.answers).unwrap();
    assert_eq!(kept["you"]["given"], json!({"valueString": "Maren"}));
    assert_eq!(
        kept["health"]["areas"],
        json!([{"valueCoding": {"code": "nose"}}, {"valueCoding": {"code": "lips"}}])
    );
    assert!(!format!("{submission:?}").contains("Maren"));
}

#[test]
fn a_submission_handed_in_again_is_the_same() {
    let once = submit(sample(), good()).unwrap();
    let again = published(sample()).check_submission(&once.answers, TODAY, PhoneRegion::US).unwrap();
    assert_eq!(once, again);
}

#[test]
fn everything_missing_is_named_at_once() {
    let missing = submit(sample(), json!({})).unwrap_err();
    let pointers: Vec<_> = missing.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/you/given", "/you/family", "/you/born", "/you/mail", "/health/smokes"]);
    assert!(missing.iter().all(|(_, code)| *code == "required"));
}

#[test]
fn each_fault_names_its_section_and_question() {
    for (pointer, value, code) in [
        ("/you/given", json!({"valueString": "  "}), "required"),
        ("/you/given", json!({"valueString": "123"}), "invalid_name"),
        ("/you/family", json!({"valueString": "Ho\u{7}lt"}), "forbidden_character"),
        ("/you/family", json!({"valueString": "x".repeat(101)}), "too_long"),
        ("/you/born", json!({"valueDate": "2026-11-22"}), "birth_date_in_future"),
        ("/you/born", json!({"valueDate": "1899-12-31"}), "date_out_of_range"),
        ("/you/born", json!({"valueDate": "1987-02-29"}), "invalid_date"),
        ("/you/mail", json!({"valueString": "maren@"}), "invalid_email"),
        ("/you/phone", json!({"valueString": "12345"}), "invalid_phone"),
        ("/health/since", json!(null), "required"),
        ("/health/weight", json!(1), "answer_unreadable"),
        ("/health/stranger", json!({"valueBoolean": true}), "unknown_link_id"),
    ] {
        assert_eq!(submit(sample(), changed(pointer, value)).unwrap_err(), at(pointer, code), "{pointer}");
    }
    assert_eq!(submit(sample(), changed("/attic", json!({}))).unwrap_err(), at("/attic", "unknown_section"));
    assert!(submit(sample(), changed("/you/born", json!({"valueDate": "2026-11-21"}))).is_ok());
}

#[test]
fn answers_to_questions_not_asked_are_dropped_unseen() {
    let mut given = changed("/health/smokes", json!({"valueBoolean": false}));
    set(&mut given, "/health/since", json!({"valueDate": "never"}));
    let submission = submit(sample(), given).unwrap();
    assert!(submission.answers["health"].get("since").is_none());
    assert!(submission.answers["health"].get("smokes").is_some());
}

#[test]
fn a_dropped_answer_enables_nothing() {
    let mut form = sample();
    let condition = json!([{"question": "since", "operator": "exists", "answerBoolean": true}]);
    set(&mut form, "/item/1/item/4/enableWhen", condition);
    set(&mut form, "/item/1/item/4/required", json!(true));
    assert_eq!(submit(form.clone(), good()).unwrap_err(), at("/health/tone", "required"));
    let given = changed("/health/smokes", json!({"valueBoolean": false}));
    assert!(submit(form, given).is_ok());
}

#[test]
fn what_is_optional_may_be_left_out() {
    let mut given = changed("/you/phone", json!(null));
    for link_id in ["weight", "areas"] {
        set(&mut given, &format!("/health/{link_id}"), json!(null));
    }
    let submission = submit(sample(), given).unwrap();
    assert_eq!(submission.identity.phone, None);
    let with_phone_only = {
        let mut form = with("/item/0/item/3/required", json!(null));
        set(&mut form, "/item/0/item/4/required", json!(true));
        form
    };
    let submission = submit(with_phone_only, changed("/you/mail", json!(null))).unwrap();
    assert_eq!(submission.identity.email, None);
}

#[test]
fn an_empty_list_is_no_answer() {
    let form = with("/item/1/item/3/required", json!(true));
    assert_eq!(
        submit(form, changed("/health/areas", json!([]))).unwrap_err(),
        at("/health/areas", "required")
    );
}

#[test]
fn the_provider_reads_the_answers_as_they_were_asked() {
    let form = published(sample());
    let submission = form.check_submission(&sections(good()), TODAY, PhoneRegion::US).unwrap();
    let rendered = submission.render(&form);
    let shown: Vec<_> =
        rendered.iter().map(|asked| (asked.question.as_str(), asked.answer.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("First name", Some("Maren")),
            ("Last name", Some("Holt")),
            ("Birth date", Some("1988-02-29")),
            ("E-mail", Some("maren@Example.COM")),
            ("Phone", Some("(206) 555-0100")),
            ("Do you smoke?", Some("Yes")),
            ("Since when?", Some("2010-05-01")),
            ("Note", None),
            ("Weight", Some("61.5 kg")),
            ("Areas", Some("Nose; Lips")),
            ("Tone", None),
        ]
    );
    assert_eq!(
        (rendered[6].section.as_str(), &rendered[6].groups[..]),
        ("Health", &["Smoking".to_owned()][..])
    );
    assert_eq!(format!("{:?}", rendered[0]), "AskedAnswer(given)");
}

#[test]
fn questions_not_asked_are_not_shown() {
    let form = published(sample());
    let given = sections(changed("/health/smokes", json!({"valueBoolean": false})));
    let rendered = form.render(&given);
    assert!(rendered.iter().all(|asked| !["since", "note"].contains(&asked.link_id.as_str())));
}

#[test]
fn line_ends_become_one_kind() {
    let given = changed("/health/note", json!({"valueString": " a\r\nb\rc\n"}));
    let submission = submit(sample(), given).unwrap();
    let note = serde_json::to_value(submission.answers["health"].get("note")).unwrap();
    assert_eq!(note, json!({"valueString": "a\nb\nc"}));
}
