//! The cookie of a session: whose it is, and what it takes beside it.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use visage_tests::audit::{self, Strangers};
use visage_tests::http::Answer;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Visage};

#[test]
fn a_cookie_that_was_planted_is_no_session() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (known, token) = (clinic.staff(Role::Owner)?, clinic.access_token(Role::Owner)?);
    let made_up = format!("v1.{}.{}.{}", clinic.id, known.id, "A".repeat(43));
    let input = json!({ "accessToken": token, "clinic": clinic.slug });
    let ask = clinic.visage.ask("POST", "/v1/sessions").header("cookie", format!("__Host-visage={made_up}"));
    let started = ask.json(&input).send()?.expect(201)?;
    let set = started.header("set-cookie").context("a session comes with a cookie")?;
    ensure!(!set.contains(&made_up) && !started.text().contains(&made_up), "a session's secret is ours");
    let before = Strangers::so_far(&clinic.visage)?;
    let planted = || {
        let ask = clinic.visage.ask("GET", "/v1/session");
        ask.header("cookie", format!("__Host-visage={made_up}"))
            .send()?
            .refused(401, "unauthenticated")
            .map(drop)
    };
    planted()?;
    before.grew(&[("get_session", "unauthenticated")], |_| planted())
}

#[test]
fn a_cookie_alone_changes_nothing() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.fresh_session(Role::Owner)?;
    let (cookie, attributes) = owner.set_cookie.split_once(';').context("the cookie has attributes")?;
    ensure!(cookie == format!("__Host-visage={}", owner.token));
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=43200"] {
        ensure!(attributes.contains(attribute), "{attributes}");
    }
    let ask = |method: &str| clinic.visage.ask(method, "/v1/session").header("cookie", cookie);
    ask("GET").send()?.expect(200)?;
    is_refused_and_recorded(&clinic, ask("DELETE").send()?)?;
    is_refused_and_recorded(&clinic, ask("DELETE").header("x-csrf-token", "A".repeat(43)).send()?)?;
    let stranger = clinic.fresh_session(Role::Owner)?;
    is_refused_and_recorded(&clinic, ask("DELETE").header("x-csrf-token", &stranger.csrf_token).send()?)?;
    let ended = ask("DELETE").header("x-csrf-token", &owner.csrf_token).send()?.expect(204)?;
    ensure!(
        ended.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")),
        "the browser forgets it"
    );
    ask("GET").send()?.refused(401, "unauthenticated")?;
    Ok(())
}

/// That a cookie without its secret was refused as a session that is none, and that the clinic's log says whose it was.
fn is_refused_and_recorded(clinic: &Clinic, answer: Answer) -> Result<()> {
    ensure!(answer.header("www-authenticate") == Some("Bearer"), "{:?}", answer.headers);
    let entries = audit::of_request(clinic, answer.request()?)?;
    let owner = clinic.staff(Role::Owner)?.id;
    let found = entries.iter().any(|it| {
        it.action == "end_session"
            && it.outcome == "refused"
            && it.code.as_deref() == Some("csrf")
            && it.actor["staff"] == owner.as_str()
    });
    ensure!(found, "{entries:?}");
    answer.refused(401, "csrf").map(drop)
}
