//! Sessions seen and ended: one's own, and as an owner others'.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::operator::{Operator, cleared};
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Visage, audit};

/// A browser that nobody else here has.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn sessions(asker: &Staff, whose: &Staff) -> Result<Vec<Value>> {
    let listed: Value = asker.ask("GET", &path(whose)).send()?.read(200)?;
    Ok(listed["sessions"].as_array().cloned().unwrap_or_default())
}

fn path(whose: &Staff) -> String {
    format!("/v1/staff/{}/sessions", whose.id)
}

fn is_out(staff: &Staff) -> Result<()> {
    staff.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated").map(drop)
}

#[test]
fn one_sees_and_ends_ones_own_sessions() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (one, other) = (clinic.staff(Role::Provider)?, clinic.fresh_session(Role::Provider)?);
    let listed = sessions(&one, &one)?;
    ensure!(listed.len() == 2, "{listed:?}");
    ensure!(listed[0]["current"] == false && listed[1]["current"] == true, "the latest comes first");
    ensure!(listed[0]["ip"].as_str().is_some_and(|ip| !ip.is_empty()), "{listed:?}");
    let id = listed[0]["session"].as_str().context("a session has an id")?;
    one.ask("DELETE", &format!("{}/{id}", path(&one))).send()?.expect(204)?;
    is_out(&other)?;
    one.ask("DELETE", &format!("{}/{id}", path(&one))).send()?.refused(404, "not_found")?;
    ensure!(sessions(&one, &one)?.len() == 1);
    let third = clinic.fresh_session(Role::Provider)?;
    one.ask("DELETE", &path(&one)).send()?.expect(204)?;
    is_out(&one)?;
    is_out(&third)?;
    let fourth = clinic.fresh_session(Role::Provider)?;
    ensure!(sessions(&fourth, &fourth)?.len() == 1, "what was ended isn't listed");
    // The browser that it was started from tells one's own from another's.
    let input = json!({ "accessToken": clinic.access_token(Role::Provider)?, "clinic": clinic.slug });
    let ask = clinic.visage.ask("POST", "/v1/sessions").header("user-agent", BROWSER);
    ask.json(&input).send()?.expect(201)?;
    let listed = sessions(&fourth, &fourth)?;
    let browsers: Vec<_> = listed.iter().map(|session| session["userAgent"] == BROWSER).collect();
    ensure!(browsers == [true, false], "{listed:?}");
    Ok(())
}

#[test]
fn an_owner_ends_others_sessions_and_nobody_else_does() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    for role in [Role::Coordinator, Role::Billing, Role::Compliance] {
        let staff = clinic.staff(role)?;
        for (method, path) in [
            ("GET", path(&provider)),
            ("DELETE", path(&provider)),
            ("DELETE", format!("{}/ses_00000000000000000000000000", path(&provider))),
        ] {
            staff.ask(method, &path).send()?.refused(403, "forbidden")?;
        }
    }
    ensure!(sessions(&owner, &provider)?.len() == 1);
    owner.ask("DELETE", &path(&provider)).send()?.expect(204)?;
    is_out(&provider)?;
    ensure!(sessions(&owner, &provider)?.is_empty());
    clinic.fresh_session(Role::Provider)?.queue("new")?;
    Ok(())
}

#[test]
fn an_operator_signs_out_and_ends_every_session_of_another() -> Result<()> {
    let visage = Visage::connect()?;
    let (one, other) = (Operator::another(&visage)?, Operator::another(&visage)?);
    // Who is let in is told that there is no such vendor.
    let use_it = |who: &Operator| who.ask("PUT", "/v1/vendors/none").json(&cleared()).send();
    use_it(&one)?.refused(404, "not_found")?;

    one.ask("DELETE", "/v1/operator-session").send()?.expect(204)?;
    use_it(&one)?.refused(401, "unauthenticated")?;
    one.ask("DELETE", "/v1/operator-session").send()?.refused(401, "unauthenticated")?;

    use_it(&other)?.refused(404, "not_found")?;
    let ended = Operator::another(&visage)?;
    let path = format!("/v1/operators/{}/sessions", other.id);
    let answer = ended.ask("DELETE", &path).send()?.expect(204)?;
    use_it(&other)?.refused(401, "unauthenticated")?;
    use_it(&ended)?.refused(404, "not_found")?;
    let entries = audit::of_platform(&visage)?;
    let request = answer.request()?;
    let entry = entries.iter().find(|it| it.request == request).context("it is in the log")?;
    ensure!(entry.action == "revoke_operator_sessions" && entry.resource.contains(&other.id), "{entry:?}");
    // The second click, and one's own.
    ended.ask("DELETE", &path).send()?.expect(204)?;
    ended.ask("DELETE", &format!("/v1/operators/{}/sessions", ended.id)).send()?.expect(204)?;
    use_it(&ended)?.refused(401, "unauthenticated")?;
    Ok(())
}
