//! Canaries: what a patient enters is looked for everywhere it must not be, and a ciphertext is put where it doesn't
//! belong.

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use serde_json::{Value, json};
use visage_tests::aws::Item;
use visage_tests::intake::Submitted;
use visage_tests::picture::Picture;
use visage_tests::report::{self, Reported};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, logs, messages, records, until};

/// What only this test writes into an assessment.
const FINDING: &str = "CANARY-FINDING-7f3a";

/// A whole story with wrong turns; answers everything that must not be seen.
fn story(clinic: &Clinic, person: &Person) -> Result<Vec<String>> {
    let visage = &clinic.visage;
    let intake = Intake::start(clinic)?;
    // Wrong input is where values slip into logs and answers.
    let wrong = json!({ "email": { "valueString": format!("no-mail-{}", person.mark) }, "birth-date": { "valueDate": person.mark } });
    intake.save("about-you", &wrong)?.refused(422, "invalid_fields")?;
    let unknown = format!("{{\"answers\":{{\"{0}\":[{{\"{0}\":1}}]}},\"{0}\":2}}", person.mark);
    let raw = intake.ask("PUT", "/sections/about-you").header("content-type", "application/json");
    raw.bytes(unknown.into_bytes()).send()?.expect(400)?;
    let browser = format!("Canary-Browser/{}", person.mark);
    intake.ask("GET", "").header("user-agent", &browser).send()?.expect(200)?;
    intake.fill(person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(visage)?)?;
    intake.settled(&photo)?;
    let submitted: Submitted = intake.submit(true, true)?.read(201)?;
    let visit = intake.visit(clinic, &submitted.evaluation)?;
    let provider = clinic.staff(Role::Provider)?;
    let assessment =
        json!({ "findings": [{ "area": FINDING, "text": FINDING }], "recommendations": FINDING });
    report::confirm_both(clinic, person)?;
    provider.conclude(&visit, &assessment)?;
    provider.open_until(&visit, "four notices are sent", |opened| {
        opened.notices.len() == 4 && opened.notices.iter().all(|notice| notice.state == "sent")
    })?;
    let mails = messages::mails_to(visage, &person.email)?;
    let link =
        mails.iter().find_map(|mail| report::token_in(&mail.body_text)).context("a mail has a link")?;
    report::open(visage, &link, person.wrong_birth_date())?.expect(401)?;
    report::open(visage, &link, &person.birth_date)?.expect(201)?;
    let secret = |token: &str| token.rsplit('.').next().unwrap_or_default().to_owned();
    let tokens = [secret(&intake.resume_token), secret(&link), secret(&provider.token), provider.csrf_token];
    Ok(person.secrets().into_iter().chain(tokens).chain([FINDING.to_owned(), browser]).collect())
}

fn contains_none(what: &str, text: &str, secrets: &[String]) -> Result<()> {
    for secret in secrets {
        ensure!(!text.contains(secret), "{what} contains {secret:?}");
    }
    Ok(())
}

/// Every value of an item, binary ones decoded as far as they are text.
fn readable(value: &Value) -> String {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, inner)| match (name.as_str(), inner.as_str()) {
                ("B", Some(text)) => {
                    String::from_utf8_lossy(&BASE64.decode(text.as_bytes()).unwrap_or_default()).into_owned()
                }
                _ => format!("{name} {}", readable(inner)),
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Value::Array(list) => list.iter().map(readable).collect::<Vec<_>>().join("\n"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn what_a_patient_enters_is_seen_nowhere_it_must_not_be() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let secrets = story(&clinic, &person)?;
    // The emulator brings a function's last lines with its next call.
    let _ = story(&clinic, &Person::invented())?;

    for operation in visage.stack.functions.keys() {
        contains_none(
            &format!("the log of {operation}"),
            &logs::of(&visage, operation)?.join("\n"),
            &secrets,
        )?;
    }
    contains_none("a queue", &visage.queued()?, &secrets)?;
    for table in [visage.records()?, visage.directory()?, visage.audit()?] {
        for item in visage.aws.dump(table)? {
            let text = readable(&Value::Object(item.clone()));
            let kind = item.get("item_type").cloned().unwrap_or_default();
            contains_none(&format!("an item of {table}, {kind}"), &text, &secrets)?;
        }
    }
    for bucket in visage.stack.buckets.values() {
        contains_none(bucket, &visage.aws.versions(bucket, "")?.join("\n"), &secrets)?;
    }
    let link_free: Vec<_> = secrets.iter().filter(|it| it.len() != 43).cloned().collect();
    for sms in messages::all_texts(&visage)? {
        contains_none("a text message", &sms.message, &link_free)?;
    }
    for mail in messages::all_mails(&visage)? {
        contains_none("a mail", &format!("{}\n{}", mail.subject, mail.body_text), &link_free)?;
    }
    Ok(())
}

/// The item of a draft that ends so.
fn item(clinic: &Clinic, intake: &Intake, sort_ends: &str) -> Result<Item> {
    records::item(clinic, &audit::patient_of(clinic, &intake.id)?, sort_ends)
}

/// A draft with one section answered.
fn draft(clinic: &Clinic) -> Result<(Intake, Person)> {
    let (intake, person) = (Intake::start(clinic)?, Person::invented());
    intake.fill(&person)?;
    Ok((intake, person))
}

/// That a draft can't be read, that the answer tells nothing, and that the failure is in the log.
fn does_not_open(clinic: &Clinic, intake: &Intake, secrets: &[String]) -> Result<()> {
    let answer = intake.ask("GET", "").send()?;
    contains_none("the answer", &answer.text(), secrets)?;
    let request = answer.request()?.to_owned();
    answer.refused(500, "internal")?;
    let entries = audit::of_request(clinic, &request)?;
    ensure!(
        entries.iter().any(|it| it.outcome == "failed" && it.code.as_deref() == Some("internal")),
        "{entries:?}"
    );
    Ok(())
}

#[test]
fn a_ciphertext_opens_only_where_it_was_sealed() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, elsewhere) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let ((mine, me), (theirs, them), (foreign, stranger)) =
        (draft(&clinic)?, draft(&clinic)?, draft(&elsewhere)?);
    let secrets = [me.secrets(), them.secrets(), stranger.secrets()].concat();
    let target = item(&clinic, &mine, "#SECTION#about-you")?;
    let moved = [
        ("another patient's", item(&clinic, &theirs, "#SECTION#about-you")?),
        ("another clinic's", item(&elsewhere, &foreign, "#SECTION#about-you")?),
        ("another section's", item(&clinic, &mine, "#SECTION#goals")?),
    ];
    for (whose, source) in &moved {
        let mut forged = target.clone();
        for name in ["sealed", "sealed_version"] {
            forged.insert(name.to_owned(), source[name].clone());
        }
        visage.aws.put(visage.records()?, &forged)?;
        does_not_open(&clinic, &mine, &secrets).with_context(|| format!("{whose} ciphertext"))?;
    }
    visage.aws.put(visage.records()?, &target)?;
    ensure!(
        mine.get()?.sections["about-you"]["email"]["valueString"] == me.email.as_str(),
        "its own opens again"
    );

    // An older version in place of a newer one, and a single bit.
    mine.save("about-you", &me.answers()[0].1)?.expect(200)?;
    let newer = item(&clinic, &mine, "#SECTION#about-you")?;
    let mut stale = newer.clone();
    stale.insert("sealed".to_owned(), target["sealed"].clone());
    let mut flipped = newer.clone();
    let mut bytes = BASE64.decode(newer["sealed"]["B"].as_str().context("sealed bytes")?.as_bytes())?;
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    flipped.insert("sealed".to_owned(), json!({ "B": BASE64.encode(&bytes) }));
    for forged in [stale, flipped] {
        visage.aws.put(visage.records()?, &forged)?;
        does_not_open(&clinic, &mine, &secrets)?;
    }
    visage.aws.put(visage.records()?, &newer)?;
    mine.get()?;
    Ok(())
}

#[test]
fn a_patients_key_opens_for_no_one_else() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, elsewhere) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let ((mine, me), (theirs, them), (foreign, stranger)) =
        (draft(&clinic)?, draft(&clinic)?, draft(&elsewhere)?);
    let secrets = [me.secrets(), them.secrets(), stranger.secrets()].concat();
    let target = item(&clinic, &mine, "KEY")?;
    for source in [item(&clinic, &theirs, "KEY")?, item(&elsewhere, &foreign, "KEY")?] {
        let mut forged = target.clone();
        forged.insert("key".to_owned(), source["key"].clone());
        visage.aws.put(visage.records()?, &forged)?;
        // Without a key nobody can be known: the patient's log can't be sealed either, so the request is a stranger's.
        let answer = mine.ask("GET", "").send()?;
        contains_none("the answer", &answer.text(), &secrets)?;
        answer.refused(500, "internal")?;
    }
    visage.aws.put(visage.records()?, &target)?;
    mine.get()?;
    Ok(())
}

#[test]
fn a_provider_is_shown_nothing_of_a_chart_that_was_tampered_with() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let other = draft(&clinic)?;
    let mut forged = records::item(&clinic, &reported.visit.patient, "#SECTION#goals")?;
    forged.insert("sealed".to_owned(), item(&clinic, &other.0, "#SECTION#goals")?["sealed"].clone());
    visage.aws.put(visage.records()?, &forged)?;
    let answer = clinic.staff(Role::Provider)?.ask("GET", &reported.visit.path()).send()?;
    contains_none("the answer", &answer.text(), &[person.secrets(), other.1.secrets()].concat())?;
    let request = answer.request()?.to_owned();
    answer.refused(500, "internal")?;
    until("the failure is in the log", || {
        let entries = audit::of_request(&clinic, &request)?;
        Ok(entries.iter().any(|it| it.outcome == "failed").then_some(()))
    })
}
