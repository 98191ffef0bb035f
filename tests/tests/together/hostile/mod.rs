//! Hostile bodies, to every operation that takes one: a plain answer in bounded time, and nothing half-written.

mod bodies;
mod ground;

use anyhow::{Context, Result, anyhow, ensure};
use bodies::{MARK, Refused};
use ground::{Ground, IMPORT};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_openapi::operations;
use visage_platform::operation::Listed;
use visage_tests::http::{Answer, Problem};
use visage_tests::operator::hush;
use visage_tests::processes;

/// What no function may need more of, whatever it is sent: the memory that most of them are given.
const MEMORY: u64 = 256 * 1024 * 1024;

fn with_body() -> Vec<Listed> {
    operations().into_iter().filter(|operation| operation.info.body_limit > 0).collect()
}

/// That an answer is one a client can act on, and tells nothing of what was sent.
fn is_plain(answer: &Answer) -> Result<()> {
    ensure!(answer.status < 500, "{} answered {}: {}", answer.what, answer.status, answer.text());
    if answer.status >= 400 {
        ensure!(answer.header("content-type") == Some("application/problem+json"), "{}", answer.text());
        let _: Problem = serde_json::from_slice(&answer.body).with_context(|| answer.text())?;
        ensure!(!answer.text().contains(MARK), "{} tells what was sent: {}", answer.what, answer.text());
    }
    Ok(())
}

#[test]
fn a_body_that_is_not_what_is_asked_for_is_refused_everywhere_and_writes_nothing() -> Result<()> {
    let ground = Ground::prepare()?;
    let before = ground.settled_records()?;
    let mut walked = 0;
    for operation in with_body() {
        let name = operation.info.name;
        let template = ground.spoilable(name);
        for Refused { what, body, status, code } in bodies::refused(&template) {
            let answer = ground.ask(&operation)?.header("content-type", "application/json").bytes(body);
            let answer = ground::timed(answer).with_context(|| format!("{name}: {what}"))?;
            // Refused as no JSON, or by its own reader, which takes any.
            let by_its_reader = name == IMPORT && answer.status != status;
            let (status, code) = if by_its_reader { (422, "invalid_fields") } else { (status, code) };
            answer.refused(status, code).with_context(|| format!("{name}: {what}"))?;
        }
        let text = template.to_string().into_bytes();
        let text = ground.ask(&operation)?.header("content-type", "text/plain").bytes(text);
        ground::timed(text)?.refused(415, "unsupported_media_type").context(name)?;
        if name != IMPORT {
            all_wrong_fields_are_named(&ground, &operation, &template)?;
        }
        walked += 1;
    }
    ensure!(walked >= 20, "only {walked} operations take a body");
    let after = ground.settled_records()?;
    let changed: Vec<_> = before.symmetric_difference(&after).collect();
    ensure!(changed.is_empty(), "a body that was refused left or took {changed:?}");
    Ok(())
}

/// That of a body in which every field is of the wrong kind each is named.
fn all_wrong_fields_are_named(ground: &Ground, operation: &Listed, template: &Value) -> Result<()> {
    let names: BTreeSet<_> = template.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    if names.is_empty() {
        return Ok(());
    }
    // No field is a number with a fraction.
    let body: serde_json::Map<_, _> = names.iter().map(|name| ((*name).clone(), json!(1.5))).collect();
    let answer = ground::timed(ground.ask(operation)?.json(&Value::Object(body)))?;
    let problem = answer.refused(400, "invalid_body").context(operation.info.name)?;
    let expected: Vec<_> = names.iter().map(|name| format!("/{name}")).collect();
    let expected = expected.iter().map(|pointer| (pointer.as_str(), "invalid")).collect();
    ensure!(problem.named() == expected, "{}: {:?}", operation.info.name, problem.errors);
    Ok(())
}

#[test]
fn hostile_values_get_a_plain_answer_everywhere() -> Result<()> {
    let ground = Ground::prepare()?;
    // Those that name the state they change take turns, or each would be refused for what another one did.
    let lanes: (Vec<_>, Vec<_>) = with_body().into_iter().partition(|it| it.info.asks_for_tag());
    std::thread::scope(|scope| {
        let all_plain = |lane: Vec<Listed>| {
            let ground = &ground;
            scope.spawn(move || {
                lane.iter().try_for_each(|operation| hostile_values_are_borne(ground, operation))
            })
        };
        let lanes = [all_plain(lanes.0), all_plain(lanes.1)];
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| anyhow!("a lane panicked"))?)
    })
}

/// That an operation answers plainly whatever stands in its body, in bounded memory.
fn hostile_values_are_borne(ground: &Ground, operation: &Listed) -> Result<()> {
    let name = operation.info.name;
    let mutations = bodies::mutations(&ground.template(name));
    if mutations.is_empty() {
        // It takes an empty object: there is nothing in it to be changed.
        return Ok(());
    }
    for (place, body) in mutations {
        let body = ground::unheard_of(body, &place);
        let mut answer = ground::timed(ground.ask(operation)?.if_match("\"1\"").json(&body))?;
        if answer.status == 412 {
            // Now with the tag that is current, so that the body is looked at.
            let etag = answer.etag()?;
            answer = ground::timed(ground.ask(operation)?.if_match(&etag).json(&body))?;
        }
        is_plain(&answer).with_context(|| format!("{name}: {place} of {body}"))?;
        if bodies::has_impossible_date(&ground.template(name), &place, &body) {
            ensure!(answer.status >= 400, "{name} took a day that never comes at {place}");
        }
    }
    if name == "record_vendor" {
        // What was taken of it is no news for the clinics of all other tests.
        hush(&ground.visage)?;
    }
    let peak = processes::peak_memory(&ground.visage, name)?;
    let peak = peak.with_context(|| format!("{name} answered, and no process of it runs"))?;
    ensure!(peak <= MEMORY, "{name} took {} MB", peak / 1024 / 1024);
    Ok(())
}

#[test]
fn what_belongs_to_another_clinic_is_nothing_in_a_body_either() -> Result<()> {
    let ground = Ground::prepare()?;
    for (operation, body, pointer) in ground.foreign()? {
        let listed = with_body().into_iter().find(|it| it.info.name == operation).context(operation)?;
        let mut answer = ground.ask(&listed)?.if_match("\"1\"").json(&body).send()?;
        if answer.status == 412 {
            let etag = answer.etag()?;
            answer = ground.ask(&listed)?.if_match(&etag).json(&body).send()?;
        }
        let problem = answer.refused(422, "invalid_fields")?;
        ensure!(problem.errors.iter().any(|it| it.pointer == pointer), "{operation}: {:?}", problem.errors);
    }
    Ok(())
}

#[test]
fn an_address_that_no_clinic_can_have_leads_nowhere() -> Result<()> {
    let visage = visage_tests::Visage::connect()?;
    // The first is longer than a key of the table may be.
    for slug in ["x".repeat(3_000), "%00".to_owned(), "%F0%9F%92%80".to_owned(), "%E2%80%AEabc".to_owned()] {
        visage.ask("GET", &format!("/v1/clinics/{slug}/form")).send()?.refused(404, "not_found")?;
    }
    Ok(())
}
