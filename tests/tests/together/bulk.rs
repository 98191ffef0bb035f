//! Answers taken out in bulk: by whom an owner lets, for a time, and not without being told of.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::bulk::{self, set};
use visage_tests::evaluation::Visit;
use visage_tests::http::Answer;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, audit};

const EXPORTS: &str = "/v1/answer-exports";

fn in_hours(hours: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(hours)
}

/// An export of everything there is until now.
fn of_all() -> Value {
    json!({ "since": "2020-01-01T00:00:00Z", "until": Timestamp::now().to_string(), "reason": "complaint" })
}

fn start(staff: &Staff, input: &Value) -> Result<Answer> {
    staff.ask("POST", EXPORTS).once().json(input).send()
}

fn started(staff: &Staff, input: &Value) -> Result<String> {
    let started: Value = start(staff, input)?.read(201)?;
    Ok(started["export"].as_str().context("an export")?.to_owned())
}

fn read(staff: &Staff, export: &str) -> Result<Answer> {
    staff.ask("GET", &format!("{EXPORTS}/{export}")).send()
}

/// The answers of all pages, each page with at most one, and how many pages there were. The log names what each showed.
fn read_one_by_one(clinic: &Clinic, staff: &Staff, export: &str) -> Result<(Vec<Value>, usize)> {
    let (mut found, mut pages) = (Vec::new(), 0);
    let mut next = Some(format!("{EXPORTS}/{export}?limit=1"));
    while let Some(path) = next.take() {
        let answer = staff.ask("GET", &path).send()?;
        ensure!(answer.header("content-type") == Some("application/fhir+json"));
        let request = answer.request()?.to_owned();
        let page: Value = answer.read(200)?;
        ensure!(page["resourceType"] == "Bundle" && page["type"] == "collection", "{page}");
        let entries = page["entry"].as_array().cloned().unwrap_or_default();
        ensure!(entries.len() <= 1 && page.get("entry") != Some(&json!([])), "FHIR has no empty lists");
        let shown: Vec<_> = entries.iter().map(shown).collect::<Result<_>>()?;
        let logged = audit::of_request(clinic, &request)?;
        let entry = logged.iter().find(|it| it.action == "read_answer_export").context("an entry")?;
        ensure!(entry.shown == shown && entry.outcome == "done", "{entry:?}");
        ensure!(entry.resource.contains(export) && entry.resource.contains("reason="), "{entry:?}");
        found.extend(entries);
        pages += 1;
        ensure!(pages < 20, "an export ends");
        let links = page["link"].as_array().into_iter().flatten();
        let mut further = links.filter(|link| link["relation"] == "next");
        next = further.next().and_then(|link| link["url"].as_str()).map(str::to_owned);
    }
    Ok((found, pages))
}

/// What the log calls an entry of a page.
fn shown(entry: &Value) -> Result<String> {
    let response = &entry["resource"];
    let patient = response["subject"]["identifier"]["value"].as_str().context("a patient")?;
    let intake = response["identifier"]["value"].as_str().context("an intake")?;
    Ok(format!("{patient}/{}", intake.replacen("int_", "eva_", 1)))
}

/// The clinic's alerts about exports.
fn alerts(clinic: &Clinic) -> Result<usize> {
    bulk::alerts(clinic, "bulk_export")
}

/// Has the grant of a user end then.
fn end_grant(clinic: &Clinic, staff: &Staff, until: Timestamp) -> Result<()> {
    bulk::end_grant(clinic, staff, "export", until)
}

#[test]
fn an_owner_grants_for_a_time_and_nobody_to_themselves() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    owner.grant_export(&owner.id, in_hours(1))?.refused(403, "needs_another")?;
    for role in [Role::Provider, Role::Coordinator, Role::Billing, Role::Compliance] {
        clinic.staff(role)?.grant_export(&coordinator.id, in_hours(1))?.refused(403, "forbidden")?;
    }
    for (until, code) in [(Timestamp::now(), "too_early"), (in_hours(90 * 24 + 1), "too_late")] {
        let problem = owner.grant_export(&coordinator.id, until)?.refused(422, "invalid_fields")?;
        ensure!(problem.named() == [("/until", code)].into_iter().collect(), "{:?}", problem.errors);
    }
    ensure!(owner.member(&coordinator.id)?["bulkPermissions"] == json!([]));
    let until = in_hours(90 * 24 - 1);
    let granted = owner.grant_export(&coordinator.id, until)?;
    let request = granted.request()?.to_owned();
    let granted: Value = granted.read(200)?;
    ensure!(granted["until"] == until.to_string() && granted["grantedBy"] == owner.id.as_str(), "{granted}");
    let logged = audit::of_request(&clinic, &request)?;
    let resource = format!("staff={};permission=export;until={until}", coordinator.id);
    ensure!(logged.iter().any(|it| it.resource == resource && it.outcome == "done"), "{logged:?}");
    // The second click finds it granted; another end takes its place.
    let again: Value = owner.grant_export(&coordinator.id, until)?.read(200)?;
    ensure!(again == granted, "{again}");
    let shorter: Value = owner.grant_export(&coordinator.id, in_hours(1))?.read(200)?;
    ensure!(owner.member(&coordinator.id)?["bulkPermissions"] == json!([shorter]));
    // What isn't granted in bulk isn't there to be granted.
    let path = format!("/v1/staff/{}/bulk-permissions/everything", coordinator.id);
    let input = json!({ "until": in_hours(1).to_string() });
    owner.ask("PUT", &path).json(&input).send()?.refused(404, "not_found")?;
    // An owner is given it by another one.
    let second = clinic.made(Role::Billing, Role::Owner)?;
    second.grant_export(&owner.id, in_hours(1))?.expect(200)?;
    // What is over isn't shown, and is taken back like any other, once or twice.
    end_grant(&clinic, &coordinator, Timestamp::now())?;
    ensure!(owner.member(&coordinator.id)?["bulkPermissions"] == json!([]));
    for _ in 0..2 {
        owner.revoke_export(&coordinator.id)?.expect(204)?;
    }
    Ok(())
}

#[test]
fn who_may_not_work_is_granted_nothing_and_who_leaves_loses_it() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    let export = {
        owner.grant_export(&coordinator.id, in_hours(1))?.expect(200)?;
        started(&coordinator, &of_all())?
    };
    owner.decide_on(&coordinator.id, "active", "suspended", "security")?.expect(200)?;
    read(&coordinator, &export)?.refused(401, "unauthenticated")?;
    owner.grant_export(&coordinator.id, in_hours(2))?.refused(409, "suspended")?;
    owner.decide_on(&coordinator.id, "suspended", "terminated", "security")?.expect(200)?;
    owner.grant_export(&coordinator.id, in_hours(2))?.refused(409, "left")?;
    let listed: Value = owner.ask("GET", "/v1/staff?status=terminated").send()?.read(200)?;
    ensure!(listed["staff"][0]["bulkPermissions"] == json!([]), "{listed}");
    owner.revoke_export(&coordinator.id)?.expect(204)?;
    Ok(())
}

#[test]
fn an_export_has_the_answers_of_its_span_and_the_log_names_each() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visits: Vec<Visit> =
        (0..4).map(|_| Intake::whole(&clinic, &Person::invented(), false)).collect::<Result<_>>()?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    let coordinator = clinic.staff(Role::Coordinator)?;
    let came: Vec<Timestamp> = provider.queue("new")?.iter().map(|line| line.created_at).collect();
    // Of four, the second and the third: at both ends to the instant. The third goes through two queues.
    let span =
        json!({ "since": came[1].to_string(), "until": came[2].to_string(), "reason": "legal_request" });
    let etag = provider.conclude(&visits[2], &json!({ "findings": [], "recommendations": "None." }))?.etag;
    provider.withdraw(&visits[2], &etag, "The wrong patient.")?.expect(200)?;

    start(&coordinator, &span)?.refused(403, "bulk_permission_required")?;
    ensure!(alerts(&clinic)? == 0, "what is refused is no use");
    owner.grant_export(&coordinator.id, in_hours(1))?.expect(200)?;
    let key = "one-key-for-one-export";
    let click = |input: &Value| coordinator.ask("POST", EXPORTS).idempotency_key(key).json(input).send();
    let first = click(&span)?;
    let request = first.request()?.to_owned();
    let (first, second): (Value, Value) = (first.read(201)?, click(&span)?.read(201)?);
    ensure!(first == second, "{first} {second}");
    click(&of_all())?.refused(422, "idempotency_key_reused")?;
    ensure!(alerts(&clinic)? == 1, "it is told of once");
    let export = first["export"].as_str().context("an export")?;
    let logged = audit::of_request(&clinic, &request)?;
    let is_told =
        |it: &audit::Entry| it.resource.contains(export) && it.resource.ends_with("reason=legal_request");
    ensure!(logged.iter().any(|it| it.outcome == "done" && is_told(it)), "{logged:?}");

    let (entries, pages) = read_one_by_one(&clinic, &coordinator, export)?;
    ensure!(pages >= 2, "{pages} pages");
    let expected: Vec<_> =
        visits[1..3].iter().map(|visit| format!("{}/{}", visit.patient, visit.evaluation)).collect();
    ensure!(entries.iter().map(shown).collect::<Result<Vec<_>>>()? == expected, "each once");
    for (entry, visit) in entries.iter().zip(&visits[1..3]) {
        let path = format!("{}/questionnaire-response", visit.path());
        let single: Value = coordinator.ask("GET", &path).send()?.read(200)?;
        ensure!(entry["resource"] == single, "it is what is taken out by itself");
    }
    let addresses: BTreeSet<_> = entries.iter().filter_map(|entry| entry["fullUrl"].as_str()).collect();
    ensure!(addresses.len() == 2 && addresses.iter().all(|it| it.starts_with("urn:uuid:")), "{addresses:?}");

    for (status, which) in [("new", 1), ("signed", 2), ("withdrawn", 2)] {
        let mut input = span.clone();
        input["status"] = json!(status);
        let export = started(&coordinator, &input)?;
        let (entries, _) = read_one_by_one(&clinic, &coordinator, &export)?;
        let found = entries.iter().map(shown).collect::<Result<Vec<_>>>()?;
        ensure!(found == expected[which - 1..which], "{status}: {found:?}");
        // A place of another queue isn't one of this export's.
        let elsewhere = format!("{EXPORTS}/{export}?next=in_progress.");
        coordinator.ask("GET", &elsewhere).send()?.refused(400, "invalid_query")?;
    }
    ensure!(alerts(&clinic)? == 4, "each use is told of");
    Ok(())
}

#[test]
fn an_export_is_its_starters_for_an_hour_and_while_they_may() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, other) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    let (provider, stranger) = (clinic.staff(Role::Provider)?, other.staff(Role::Coordinator)?);
    for staff in [&coordinator, &provider] {
        owner.grant_export(&staff.id, in_hours(1))?.expect(200)?;
    }
    other.staff(Role::Owner)?.grant_export(&stranger.id, in_hours(1))?.expect(200)?;
    let export = started(&coordinator, &of_all())?;
    read(&coordinator, &export)?.expect(200)?;
    for query in ["limit=0", "limit=11", "next=", "next=AAAA", "next=new.AAAA", "until=2030-01-01T00:00:00Z"]
    {
        let path = format!("{EXPORTS}/{export}?{query}");
        coordinator.ask("GET", &path).send()?.refused(400, "invalid_query")?;
    }
    // Somebody else's, another clinic's and none at all are one.
    for staff in [&provider, &stranger] {
        read(staff, &export)?.refused(404, "not_found")?;
        read(staff, "exp_00000000000000000000000000")?.refused(404, "not_found")?;
    }
    // Taken back, it ends with the next page; given again, it goes on.
    owner.revoke_export(&coordinator.id)?.expect(204)?;
    read(&coordinator, &export)?.refused(403, "bulk_permission_required")?;
    start(&coordinator, &of_all())?.refused(403, "bulk_permission_required")?;
    owner.grant_export(&coordinator.id, in_hours(1))?.expect(200)?;
    read(&coordinator, &export)?.expect(200)?;
    // At its end it is over.
    end_grant(&clinic, &coordinator, Timestamp::now())?;
    read(&coordinator, &export)?.refused(403, "bulk_permission_required")?;
    end_grant(&clinic, &coordinator, in_hours(1))?;
    read(&coordinator, &export)?.expect(200)?;
    // The grant gives nothing that the role doesn't.
    owner.change(&coordinator.id, &json!({ "roles": ["billing"] }))?.expect(200)?;
    read(&coordinator, &export)?.refused(403, "forbidden")?;
    owner.change(&coordinator.id, &json!({ "roles": ["coordinator"] }))?.expect(200)?;
    read(&coordinator, &export)?.expect(200)?;
    let hour_ago = json!({ "S": (Timestamp::now() - SignedDuration::from_hours(1)).to_string() });
    set(&clinic, &coordinator, "EXPORT#", "started_at", &hour_ago)?;
    read(&coordinator, &export)?.refused(410, "export_over")?;
    Ok(())
}

#[test]
fn what_is_no_span_is_refused_and_told_to_nobody() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    owner.grant_export(&provider.id, in_hours(1))?.expect(200)?;
    for (since, until) in [
        ("2026-02-01T00:00:00.000001Z", "2026-02-01T00:00:00Z"),
        // What begins in the future has nothing in it, whenever it ends.
        ("2199-01-01T00:00:00Z", "2199-02-01T00:00:00Z"),
    ] {
        let input = json!({ "since": since, "until": until, "reason": "treatment" });
        let problem = start(&provider, &input)?.refused(422, "invalid_fields")?;
        ensure!(problem.named() == [("/since", "too_late")].into_iter().collect(), "{:?}", problem.errors);
    }
    let unreasoned = json!({ "since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z" });
    start(&provider, &unreasoned)?.refused(400, "invalid_body")?;
    let ask = provider.ask("POST", EXPORTS).json(&of_all());
    ask.send()?.refused(400, "idempotency_key_required")?;
    ensure!(alerts(&clinic)? == 0);
    // An end in the future is now: what comes in later isn't in it.
    let mut open = of_all();
    open["until"] = json!("2199-01-01T00:00:00Z");
    let started: Value = start(&provider, &open)?.read(201)?;
    let until: Timestamp = started["until"].as_str().context("an end")?.parse()?;
    ensure!(until <= Timestamp::now() + SignedDuration::from_mins(1), "{until}");
    ensure!(alerts(&clinic)? == 1);
    Ok(())
}

#[test]
fn a_clinic_that_ended_its_contract_takes_out_what_is_its_own() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    clinic.change_status("active", "terminated", "clinics_request")?.expect(200)?;
    owner.grant_export(&coordinator.id, in_hours(1))?.expect(200)?;
    let export = started(&coordinator, &of_all())?;
    let page: Value = read(&coordinator, &export)?.read(200)?;
    ensure!(shown(&page["entry"][0])? == format!("{}/{}", visit.patient, visit.evaluation), "{page}");
    Ok(())
}
