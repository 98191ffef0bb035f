//! Intakes that were taken elsewhere, imported: by whom an owner lets, for a time, once each, and not without being told of.

use anyhow::{Context, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::bulk::{alerts, end_grant};
use visage_tests::clinic::DEFAULT_FORM;
use visage_tests::evaluation::Visit;
use visage_tests::http::Answer;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Person, Visage, audit, messages, records, until};

const IMPORTS: &str = "/v1/intake-imports";

/// What an intake became.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Imported {
    reference: String,
    intake: String,
    patient: String,
    evaluation: String,
    submitted_at: Timestamp,
}

impl Imported {
    fn visit(&self) -> Visit {
        Visit { patient: self.patient.clone(), evaluation: self.evaluation.clone() }
    }
}

fn in_hours(hours: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(hours)
}

/// An intake on paper.
fn paper(reference: &str, person: &Person) -> Value {
    let sections: serde_json::Map<_, _> =
        person.answers().into_iter().map(|(section, answers)| (section.to_owned(), answers)).collect();
    json!({
        "reference": reference, "source": "desk", "sections": sections,
        "consents": { "collect": true, "photographs": false, "sharing": false, "sms": false },
    })
}

/// So many intakes on paper, with references that begin so.
fn papers(prefix: &str, count: usize) -> Vec<Value> {
    (0..count).map(|number| paper(&format!("{prefix}.{number}"), &Person::invented())).collect()
}

fn import(staff: &Staff, intakes: &[Value]) -> Result<Answer> {
    let input = json!({ "formVersion": 1, "intakes": intakes });
    staff.ask("POST", IMPORTS).json(&input).send()
}

fn of(answer: Answer) -> Result<Vec<Imported>> {
    let mut answered: Value = answer.read(201)?;
    Ok(serde_json::from_value(answered["intakes"].take())?)
}

fn imported(staff: &Staff, intakes: &[Value]) -> Result<Vec<Imported>> {
    of(import(staff, intakes)?)
}

/// A coordinator of the clinic, with leave to import.
fn with_leave(clinic: &Clinic) -> Result<Staff> {
    let coordinator = clinic.staff(Role::Coordinator)?;
    clinic.staff(Role::Owner)?.grant_import(&coordinator.id, in_hours(1))?.expect(200)?;
    Ok(coordinator)
}

/// The mails about imports that somebody of the clinic got.
fn told(clinic: &Clinic, staff: &Staff) -> Result<usize> {
    let member = clinic.staff(Role::Owner)?.member(&staff.id)?;
    let mails = messages::mails_to(&clinic.visage, member["email"].as_str().unwrap_or_default())?;
    Ok(mails.iter().filter(|mail| mail.subject.contains("being imported")).count())
}

#[test]
fn leave_is_given_by_another_for_a_time_and_gives_nothing_that_the_role_does_not() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    let provider = clinic.staff(Role::Provider)?;
    let intakes = papers("leave", 1);
    let refused = |code| import(&coordinator, &intakes)?.refused(403, code).map(drop);
    refused("bulk_permission_required")?;
    owner.grant_import(&owner.id, in_hours(1))?.refused(403, "needs_another")?;
    // Leave to take out isn't leave to bring in.
    owner.grant_export(&coordinator.id, in_hours(1))?.expect(200)?;
    refused("bulk_permission_required")?;
    end_grant(&clinic, &coordinator, "import", Timestamp::now())?;
    refused("bulk_permission_required")?;
    owner.grant_import(&provider.id, in_hours(1))?.expect(200)?;
    import(&provider, &intakes)?.refused(403, "forbidden")?;
    ensure!(alerts(&clinic, "bulk_import")? == 0 && provider.queue("new")?.is_empty());

    let granted: Value = owner.grant_import(&coordinator.id, in_hours(1))?.read(200)?;
    ensure!(owner.member(&coordinator.id)?["bulkPermissions"] == json!([granted]));
    let first = imported(&coordinator, &intakes)?;
    // Taken back, it doesn't even answer what was imported before.
    owner.revoke_import(&coordinator.id)?.expect(204)?;
    refused("bulk_permission_required")?;
    ensure!(provider.queue("new")?.len() == 1 && first.len() == 1);
    Ok(())
}

#[test]
fn imported_intakes_stand_in_the_queue_with_their_answers_and_it_is_told_of() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (coordinator, provider) = (with_leave(&clinic)?, clinic.staff(Role::Provider)?);
    let people = [
        Person { given_name: "Máire 🌻".into(), ..Person::invented() },
        Person::invented(),
        Person::invented(),
    ];
    let references = ["paper.1", "OLD_SOFTWARE-77", "3"];
    let intakes: Vec<_> = references.iter().zip(&people).map(|(it, person)| paper(it, person)).collect();
    // Who never came in isn't mailed.
    let answering = [clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?];
    let answer = import(&coordinator, &intakes)?;
    let request = answer.request()?.to_owned();
    let all = of(answer)?;
    ensure!(all.iter().map(|it| it.reference.as_str()).eq(references), "{all:?}");

    let queue = provider.queue("new")?;
    ensure!(queue.len() == 3);
    for (one, person) in all.iter().zip(&people) {
        let line = queue.iter().find(|line| line.evaluation == one.evaluation).context("in the queue")?;
        ensure!(line.patient_name == person.full_name() && line.patient == one.patient);
        let opened = provider.open(&one.visit())?;
        ensure!(opened.intake == one.intake && opened.answer("email") == Some(person.email.as_str()));
        ensure!(opened.source == "desk" && opened.entered_by.as_deref() == Some(coordinator.id.as_str()));
        ensure!(opened.consents.iter().all(|it| it.told_to.as_deref() == Some(coordinator.id.as_str())));
        ensure!(opened.notice("intake_received", "email").is_some());
        ensure!(opened.notice("intake_received", "sms").is_none());
    }

    // That it began, each of them, and what it came to.
    let entries = audit::of_request(&clinic, &request)?;
    ensure!(entries.len() == 5 && entries.iter().all(|it| it.action == "import_intakes"), "{entries:?}");
    ensure!(entries.iter().any(|it| it.outcome == "granted" && it.resource == "intakes=3"));
    for one in &all {
        let is_its = |it: &&audit::Entry| it.patient.as_ref() == Some(&one.patient) && it.outcome == "done";
        let entry = entries.iter().find(is_its).context("an entry of its own")?;
        ensure!(entry.resource == format!("intake={}", one.intake), "{entry:?}");
    }
    let last = entries.iter().find(|it| it.resource == "intakes=3;new=3").context("what it came to")?;
    let shown: Vec<_> = all.iter().map(|it| format!("{}/{}", it.patient, it.evaluation)).collect();
    ensure!(last.shown == shown && last.outcome == "done", "{last:?}");

    // Neither answers nor references stand anywhere in the clear.
    let stored = serde_json::to_string(&records::of_clinic(&clinic)?)?;
    let mut hidden: Vec<_> = people.iter().flat_map(Person::secrets).collect();
    hidden.extend(references[..2].iter().map(|&reference| reference.to_owned()));
    ensure!(hidden.iter().all(|secret| !stored.contains(secret)), "it stands in the clear");

    ensure!(alerts(&clinic, "bulk_import")? == 1);
    for staff in &answering {
        until("they are told", || Ok((told(&clinic, staff)? == 1).then_some(())))?;
    }
    ensure!(told(&clinic, &coordinator)? == 0, "it is for those who answer for it");
    Ok(())
}

#[test]
fn what_is_sent_again_is_answered_again_whatever_changed_since() -> Result<()> {
    let mut clinic = Clinic::open(&Visage::connect()?)?;
    let coordinator = with_leave(&clinic)?;
    let intakes = papers("again", 3);
    // As if it had broken off after the first: what is missing is added.
    let first = imported(&coordinator, &intakes[..1])?;
    let all = imported(&coordinator, &intakes)?;
    ensure!(all.len() == 3 && all[0] == first[0], "{first:?} {all:?}");
    ensure!(alerts(&clinic, "bulk_import")? == 2, "each that brought something in is told of");
    // In another order, by another request, on another form: they are those that they were.
    clinic.publish(&serde_json::from_str(DEFAULT_FORM)?)?;
    let turned: Vec<_> = intakes.iter().rev().cloned().collect();
    let mut again = imported(&coordinator, &turned)?;
    again.reverse();
    ensure!(again == all, "{again:?}");
    ensure!(coordinator.queue("new")?.len() == 3 && alerts(&clinic, "bulk_import")? == 2);
    // What is new is judged by the form that is in force.
    let more = [intakes, papers("more", 1)].concat();
    let problem = import(&coordinator, &more)?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/formVersion", "not_current")]), "{:?}", problem.errors);
    // Another intake under a reference that was used is no repetition: it isn't lost in silence.
    let other = paper("again.1", &Person::invented());
    let problem = import(&coordinator, &[other])?.refused(422, "invalid_fields")?;
    ensure!(problem.named().contains(&("/intakes/0/reference", "reference_reused")), "{:?}", problem.errors);
    ensure!(coordinator.queue("new")?.len() == 3 && alerts(&clinic, "bulk_import")? == 2);
    Ok(())
}

#[test]
fn of_many_clicks_at_once_each_is_answered_with_the_same_intakes() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (coordinator, intakes) = (with_leave(&clinic)?, papers("at-once", 3));
    let click = || imported(&coordinator, &intakes);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..3).map(|_| scope.spawn(click)).collect();
        clicks.into_iter().map(|click| click.join().unwrap_or_else(|_| bail!("a click panicked"))).collect()
    });
    let first = click()?;
    for answer in answers {
        ensure!(answer? == first);
    }
    ensure!(coordinator.queue("new")?.len() == 3, "nobody is a patient twice");
    ensure!(alerts(&clinic, "bulk_import")? == 1, "it is told of once");
    Ok(())
}

#[test]
fn one_wrong_intake_keeps_all_out_and_every_wrong_field_is_named() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let coordinator = with_leave(&clinic)?;
    let mut intakes = papers("wrong", 4);
    intakes[1]["sections"]["about-you"]["email"] = json!({ "valueString": "nobody" });
    intakes[1]["consents"]["collect"] = json!(false);
    intakes[3]["sections"]["about-you"]["birth-date"] = json!({ "valueDate": "2199-01-01" });
    intakes[3]["guardian"] = json!({ "name": "\u{200b}", "relation": "parent" });
    intakes[3]["reference"] = json!("wrong.0");
    let input = json!({ "formVersion": 9, "language": "xx", "intakes": intakes });
    let answer = coordinator.ask("POST", IMPORTS).json(&input).send()?;
    let problem = answer.refused(422, "invalid_fields")?;
    let expected = [
        ("/formVersion", "not_current"),
        ("/language", "not_offered"),
        ("/intakes/1/sections/about-you/email", "invalid_email"),
        ("/intakes/1/consents/collect", "consent_required"),
        ("/intakes/3/sections/about-you/birth-date", "birth_date_in_future"),
        ("/intakes/3/guardian/name", "invalid_name"),
        ("/intakes/3/guardian", "minors_refused"),
        ("/intakes/3/reference", "given_twice"),
    ];
    ensure!(problem.named() == BTreeSet::from(expected), "{:?}", problem.errors);
    ensure!(coordinator.queue("new")?.is_empty() && alerts(&clinic, "bulk_import")? == 0);
    // Mended, all of them come in: none of the references was used up.
    let mended = papers("wrong", 4);
    ensure!(imported(&coordinator, &mended)?.len() == 4 && coordinator.queue("new")?.len() == 4);
    Ok(())
}

#[test]
fn a_reference_is_the_clinics_own() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let (coordinator, stranger) = (with_leave(&ours)?, with_leave(&theirs)?);
    let intakes = papers("both", 2);
    let first = imported(&coordinator, &intakes)?;
    let other = imported(&stranger, &intakes)?;
    let of = |all: &[Imported]| all.iter().map(|it| it.patient.clone()).collect::<BTreeSet<_>>();
    ensure!(of(&first).is_disjoint(&of(&other)), "what another clinic imported is nothing here");
    stranger.ask("GET", &first[0].visit().path()).send()?.refused(404, "not_found")?;
    ensure!(stranger.queue("new")?.len() == 2 && coordinator.queue("new")?.len() == 2);
    Ok(())
}

#[test]
fn twenty_come_in_at_once_and_what_is_no_import_does_not() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let coordinator = with_leave(&clinic)?;
    let wrong = |intakes: &[Value], pointer: &str, code: &str| -> Result<()> {
        let problem = import(&coordinator, intakes)?.refused(422, "invalid_fields")?;
        ensure!(problem.named().contains(&(pointer, code)), "{:?}", problem.errors);
        Ok(())
    };
    wrong(&[], "/intakes", "required")?;
    wrong(&papers("many", 21), "/intakes", "too_many")?;
    for reference in ["", "a b", "a/b", "🧬", "Zoë", "x\n", "../1", &"x".repeat(65)] {
        wrong(&[paper(reference, &Person::invented())], "/intakes/0/reference", "invalid_reference")?;
    }
    let mut large = paper("large", &Person::invented());
    large["sections"]["goals"]["anything-else"] = json!({ "valueString": "é".repeat(140 * 1024) });
    wrong(&[large], "/intakes/0", "too_large")?;
    let mut unknown = paper("unknown", &Person::invented());
    unknown["submittedAt"] = json!("2026-01-01T00:00:00Z");
    let problem = import(&coordinator, &[unknown])?.refused(400, "invalid_body")?;
    ensure!(problem.errors.iter().any(|it| it.code == "unknown_field"), "{:?}", problem.errors);
    ensure!(coordinator.queue("new")?.is_empty() && alerts(&clinic, "bulk_import")? == 0);

    let all = imported(&coordinator, &papers("many", 20))?;
    let patients: BTreeSet<_> = all.iter().map(|it| it.patient.as_str()).collect();
    ensure!(patients.len() == 20 && coordinator.queue("new")?.len() == 20);
    Ok(())
}
