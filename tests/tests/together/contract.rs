//! The client refuses what the API's description doesn't have.

use serde_json::{Value, json};
use visage_tests::contract::check;
use visage_tests::http::Answer;

fn answer(status: u16, media: &str, body: &Value) -> Answer {
    let headers = [
        ("content-type", media),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("referrer-policy", "no-referrer"),
        ("x-request-id", "r"),
    ];
    Answer {
        what: "GET /v1/session".to_owned(),
        status,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.to_string().into_bytes(),
    }
}

fn problem(status: u16, code: &str) -> Answer {
    let body = json!({
        "type": format!("urn:visage:problem:{code}"), "title": "T.", "status": status, "code": code, "request": "r",
    });
    let mut answer = answer(status, "application/problem+json", &body);
    if status == 401 {
        answer.headers.push(("www-authenticate".to_owned(), "Bearer".to_owned()));
    }
    answer
}

fn session() -> Value {
    json!({
        "clinic": "cli_00000000000000000000000000", "clinicName": "Lumen", "timeZone": "America/Phoenix",
        "staff": "stf_00000000000000000000000000", "roles": ["owner"], "endsAt": "2026-11-02T15:04:05Z",
    })
}

fn told(answer: &Answer) -> String {
    check("GET", "/v1/session?x=1", answer).map_or_else(|error| format!("{error:#}"), |()| String::new())
}

#[test]
fn what_is_described_passes() {
    assert_eq!(told(&answer(200, "application/json", &session())), "");
    assert_eq!(told(&problem(401, "session_idle")), "");
    let gateway = Answer {
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        ..answer(500, "", &json!({ "message": "Internal Server Error" }))
    };
    assert_eq!(told(&gateway), "");
}

#[test]
fn what_is_not_described_fails_and_says_where_but_not_what() {
    let mut wrong = session();
    wrong["endsAt"] = json!("Maren Holt");
    let text = told(&answer(200, "application/json", &wrong));
    assert!(
        text.contains("get_session/200") && text.contains("/endsAt") && !text.contains("Maren"),
        "{text}"
    );
    wrong["endsAt"] = json!("2026-11-02T15:04:05Z");
    wrong["clinic"] = json!("pat_00000000000000000000000000");
    assert!(told(&answer(200, "application/json", &wrong)).contains("/clinic"));
    assert!(told(&answer(202, "application/json", &session())).contains("isn't described"));
    assert!(told(&answer(200, "text/html", &session())).contains("text/html"));
    assert!(told(&problem(401, "link_gone")).contains("/code"));
    assert!(told(&problem(404, "not_found")).contains("isn't described"));
}

#[test]
fn headers_are_held_too() {
    let good = answer(200, "application/json", &session());
    let mut bare = good.clone();
    bare.headers.retain(|(name, _)| name != "x-request-id");
    assert!(told(&bare).contains("x-request-id"));
    let mut more = good;
    more.headers.push(("etag".to_owned(), "\"1\"".to_owned()));
    assert!(told(&more).contains("etag"));
    let mut silent = problem(401, "unauthenticated");
    silent.headers.retain(|(name, _)| name != "www-authenticate");
    assert!(told(&silent).contains("WWW-Authenticate"));
}

#[test]
fn a_path_leads_to_its_own_operation() {
    let at = |path: &str| {
        let refused = check("GET", path, &answer(299, "text/plain", &json!(""))).err();
        refused.map(|error| format!("{error:#}")).unwrap_or_default()
    };
    let visit = "/v1/patients/pat_x/evaluations/eva_x";
    assert!(at(&format!("{visit}/timeline")).contains("get_timeline/299"));
    assert!(at(visit).contains("open_evaluation/299"));
    assert!(at("/v1/evaluations?status=new&limit=1").contains("list_evaluations/299"));
    assert!(at("/v1/nothing").contains("no operation"));
}
