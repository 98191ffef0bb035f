//! The start of an intake: how many, whose, and for how long.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::aws::{Item, text};
use visage_tests::picture::Picture;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

#[test]
fn whoever_guesses_an_idempotency_key_gets_no_one_elses_intake() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let input = json!({ "formVersion": 1, "consent": true });
    let start = || Intake::ask_to_start(&clinic).idempotency_key("0000000000000001").json(&input).send();
    let first: Value = start()?.read(201)?;
    let second: Value = start()?.read(201)?;
    ensure!(first["intake"] != second["intake"], "an intake of one's own");
    for begun in [first, second] {
        let token = begun["resumeToken"].as_str().unwrap_or_default();
        let read: Value = clinic.visage.ask("GET", "/v1/intake").bearer(token).send()?.read(200)?;
        ensure!(read["intake"] == begun["intake"]);
    }
    Ok(())
}

#[test]
fn an_intake_of_before_thirty_days_is_dead() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    let all = records::of_clinic(&clinic)?;
    let token = all.iter().find(|item| text(item, "item_type").is_ok_and(|kind| kind == "resume_token"));
    let token = token.context("the token is stored")?;
    clinic.visage.aws.set(
        clinic.visage.records()?,
        token,
        "expires_at",
        &json!({ "S": "2026-01-01T00:00:00Z" }),
    )?;
    intake.ask("GET", "").send()?.refused(401, "unauthenticated")?;
    Ok(())
}

#[test]
fn an_address_starts_so_many_intakes_an_hour_and_no_more() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, other) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    Intake::start(&clinic)?;
    let counts = |clinic: &Clinic| -> Result<Vec<_>> {
        let is_count = |item: &Item| item["item_type"]["S"] == "start_count";
        Ok(records::of_clinic(clinic)?.into_iter().filter(is_count).collect())
    };
    let count = counts(&clinic)?.pop().context("the start was counted")?;
    ensure!(count["starts"]["N"] == "1" && count.contains_key("ttl"), "{count:?}");
    ensure!(!serde_json::to_string(&count)?.contains("127.0.0.1"), "the address isn't stored");
    // Three are left of the hour's sixty; of ten at once three get through. (Should the hour turn, the next counts.)
    clinic.visage.aws.set(visage.records()?, &count, "starts", &json!({ "N": "57" }))?;
    let input = json!({ "formVersion": clinic.form_version, "consent": true });
    let start = || Intake::ask_to_start(&clinic).json(&input).send();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..10).map(|_| scope.spawn(start)).collect();
        starts.into_iter().filter_map(|start| start.join().ok()).collect()
    });
    let mut through = 0;
    for answer in answers {
        let answer = answer?;
        if answer.status == 201 {
            through += 1;
            continue;
        }
        let wait: u32 = answer.header("retry-after").context("it says when to come again")?.parse()?;
        ensure!((1..=3_600).contains(&wait));
        answer.refused(429, "too_many_starts")?;
    }
    if counts(&clinic)?.len() == 1 {
        ensure!(through == 3, "{through} got through");
        start()?.refused(429, "too_many_starts")?;
    }
    // A refused start leaves nothing, and another clinic counts for itself, under another name for the same address.
    let intakes = records::of_clinic(&clinic)?.into_iter().filter(|item| item["item_type"]["S"] == "intake");
    ensure!(intakes.count() == through + 1);
    Intake::start(&other)?;
    ensure!(counts(&other)?.iter().all(|found| found["address"] != count["address"]));
    Ok(())
}

#[test]
fn a_draft_is_marked_for_expiry_until_it_is_handed_in() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let person = Person::invented();
    let intake = Intake::start(&clinic)?;
    let patient = audit::patient_of(&clinic, &intake.id)?;
    let marked = || -> Result<Option<(String, String)>> {
        let item = records::item(&clinic, &patient, "#INTAKE")?;
        let mark = |name: &str| text(&item, name).ok().map(str::to_owned);
        Ok(mark("due_pk").zip(mark("due_sk")))
    };
    let item = records::item(&clinic, &patient, "#INTAKE")?;
    let started: Timestamp = text(&item, "started_at")?.parse()?;
    let due = started + SignedDuration::from_hours(30 * 24);
    let expected = (format!("C#{}#DUE", clinic.id), format!("{due:.6}#{}", intake.id));
    ensure!(marked()?.as_ref() == Some(&expected), "{:?}", marked()?);
    // It is due when its token dies, whatever is written meanwhile.
    let all = records::of_clinic(&clinic)?;
    let token = all.iter().find(|item| item["item_type"]["S"] == "resume_token").context("a token")?;
    ensure!(text(token, "expires_at")?.parse::<Timestamp>()? == due);
    intake.fill(&person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
    intake.settled(&photo)?;
    ensure!(marked()? == Some(expected));
    intake.submit(false, false)?.expect(201)?;
    ensure!(marked()?.is_none(), "what was handed in isn't due");
    Ok(())
}
