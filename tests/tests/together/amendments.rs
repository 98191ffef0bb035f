//! What comes after a signature: addenda, a withdrawal; and the timeline of it all.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_domain::evaluation::AddendumContent;
use visage_domain::phi::Phi;
use visage_store::vault::sha256_hex;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, messages, records, report};

fn assessment() -> Value {
    json!({ "findings": [], "recommendations": "Come back in a year." })
}

#[test]
fn addenda_are_chained_to_the_signature_and_never_change_it() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let etag = provider.open(&visit)?.etag;
    provider.add(&visit, &etag, "Too early.")?.refused(409, "not_signed")?;
    let signed = provider.conclude(&visit, &assessment())?;
    let stored = records::item(&clinic, &visit.patient, "#EVALUATION")?;
    let long = "é🌻".repeat(2_001);
    for (text, code) in [(" \n", "required"), (long.as_str(), "too_long"), ("a\u{0}b", "control_character")] {
        let problem = provider.add(&visit, &signed.etag, text)?.refused(422, "invalid_fields")?;
        ensure!(problem.errors[0].pointer == "/text" && problem.errors[0].code == code);
    }
    let first = provider.add(&visit, &signed.etag, "Seen by phone: no change. 🌻")?.expect(201)?;
    let stale = provider.add(&visit, &signed.etag, "Based on what was.")?;
    ensure!(stale.etag()? == first.etag()?, "the tag that is current comes along");
    stale.refused(412, "changed_meanwhile")?;
    let second = provider.add(&visit, &first.etag()?, "Zweiter Nachtrag.")?.expect(201)?;
    let opened = provider.open(&visit)?;
    ensure!(opened.etag == second.etag()? && opened.addenda.len() == 2);
    ensure!(opened.signature == signed.signature && opened.assessment == Some(assessment()));
    ensure!(records::item(&clinic, &visit.patient, "#EVALUATION")? == stored, "not one attribute changed");
    check_chain(&opened.signature.context("it is signed")?, &visit.evaluation, &opened.addenda)?;
    // Only a provider adds.
    let coordinator = clinic.staff(Role::Coordinator)?;
    coordinator.add(&visit, &opened.etag, "Mine.")?.refused(403, "forbidden")?;
    let entries = audit::of(&clinic)?;
    let added = entries.iter().filter(|it| it.action == "add_addendum" && it.outcome == "done").count();
    ensure!(added == 2, "{added} addenda in the log");
    Ok(())
}

/// That each hash covers what was signed before it, computed anew from what is shown.
fn check_chain(signature: &Value, evaluation: &str, addenda: &[Value]) -> Result<()> {
    let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
    let signed_content = text(&signature["contentHash"])?;
    let mut before: Option<String> = None;
    for addendum in addenda {
        let content = AddendumContent {
            evaluation: evaluation.parse()?,
            signed_content: &signed_content,
            before: before.as_deref(),
            number: serde_json::from_value(addendum["number"].clone())?,
            text: &Phi::new(text(&addendum["text"])?),
            signed_by: text(&addendum["signedBy"])?.parse()?,
            signed_at: text(&addendum["signedAt"])?.parse()?,
        };
        let hash = sha256_hex(&serde_json::to_vec(&content)?);
        ensure!(addendum["contentHash"] == hash.as_str(), "addendum {}", addendum["number"]);
        before = Some(hash);
    }
    Ok(())
}

#[test]
fn the_second_click_adds_no_second_addendum() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let etag = provider.conclude(&visit, &assessment())?.etag;
    let path = format!("{}/addenda", visit.path());
    let click = |key: &str, text: &str| {
        let ask = provider.ask("POST", &path).idempotency_key(key).if_match(&etag);
        ask.json(&json!({ "text": text })).send()
    };
    let without_key = provider.ask("POST", &path).if_match(&etag).json(&json!({ "text": "x" })).send()?;
    without_key.refused(400, "idempotency_key_required")?;
    // Two clicks at the same moment, then a late third: one addendum, one answer.
    let answers: Vec<_> = std::thread::scope(|scope| {
        let clicks: Vec<_> =
            (0..2).map(|_| scope.spawn(|| click("the same key for both", "Once."))).collect();
        clicks.into_iter().filter_map(|click| click.join().ok()).collect()
    });
    let mut answers = answers.into_iter().collect::<Result<Vec<_>>>()?;
    answers.push(click("the same key for both", "Once.")?);
    let bodies: Vec<Value> = answers.into_iter().map(|answer| answer.read(201)).collect::<Result<_>>()?;
    ensure!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    click("the same key for both", "Something else.")?.refused(422, "idempotency_key_reused")?;
    click("another key than before", "Late.")?.refused(412, "changed_meanwhile")?;
    ensure!(provider.open(&visit)?.addenda.len() == 1);
    Ok(())
}

#[test]
fn of_two_who_add_at_once_one_is_told() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let providers = [clinic.staff(Role::Provider)?, clinic.made_provider(Role::Owner)?];
    let etag = providers[0].conclude(&visit, &assessment())?.etag;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let adding: Vec<_> = providers
            .iter()
            .map(|provider| scope.spawn(|| provider.add(&visit, &etag, &format!("By {}.", provider.id))))
            .collect();
        adding.into_iter().filter_map(|adding| adding.join().ok()).collect()
    });
    let mut statuses = Vec::new();
    for answer in answers {
        let answer = answer?;
        statuses.push(answer.status);
        if answer.status != 201 {
            let current = providers[0].open(&visit)?.etag;
            ensure!(answer.etag()? == current, "the tag that is current comes along");
            answer.refused(412, "changed_meanwhile")?;
        }
    }
    statuses.sort_unstable();
    ensure!(statuses == [201, 412], "{statuses:?}");
    ensure!(providers[0].open(&visit)?.addenda.len() == 1);
    Ok(())
}

#[test]
fn a_withdrawal_ends_what_is_not_signed() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visits = [
        Intake::whole(&clinic, &Person::invented(), false)?,
        Intake::whole(&clinic, &Person::invented(), false)?,
    ];
    let provider = clinic.staff(Role::Provider)?;
    let etag = provider.open(&visits[1])?.etag;
    provider.assess(&visits[1], &etag, &assessment())?.expect(200)?;
    for visit in &visits {
        let opened = provider.open(visit)?;
        provider.withdraw(visit, "\"99\"", "x")?.refused(412, "changed_meanwhile")?;
        let unexplained = provider.withdraw(visit, &opened.etag, "")?.refused(422, "invalid_fields")?;
        ensure!(unexplained.errors[0].pointer == "/reason" && unexplained.errors[0].code == "required");
        let answer = provider.withdraw(visit, &opened.etag, "Handed in twice.")?.expect(200)?;
        let now = provider.open(visit)?;
        ensure!(now.status == "withdrawn" && now.etag == answer.etag()?);
        ensure!(now.assessment == opened.assessment, "what was written stays");
        let withdrawal = now.withdrawal.context("it says so")?;
        ensure!(
            withdrawal["reason"] == "Handed in twice." && withdrawal["withdrawnBy"] == provider.id.as_str()
        );
        provider.assess(visit, &now.etag, &assessment())?.refused(409, "withdrawn")?;
        provider.sign(visit, &now.etag)?.refused(409, "withdrawn")?;
        provider.assign(visit, &now.etag, Some(&provider.id), "")?.refused(409, "withdrawn")?;
        provider.add(visit, &now.etag, "More.")?.refused(409, "withdrawn")?;
        provider.withdraw(visit, &now.etag, "Again.")?.refused(409, "withdrawn")?;
    }
    ensure!(provider.queue("new")?.is_empty() && provider.queue("in_progress")?.is_empty());
    let withdrawn = provider.queue("withdrawn")?;
    let found: Vec<_> = withdrawn.iter().map(|line| line.visit()).collect();
    ensure!(found == visits && withdrawn.iter().all(|line| line.withdrawn));
    let coordinator = clinic.staff(Role::Coordinator)?;
    coordinator.withdraw(&visits[0], "\"1\"", "Mine.")?.refused(403, "forbidden")?;
    Ok(())
}

#[test]
fn a_withdrawal_leaves_what_is_signed_and_takes_its_links_back() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let person = Person::invented();
    let reported = report::Reported::whole(&clinic, &person)?;
    let visit = &reported.visit;
    let provider = clinic.staff(Role::Provider)?;
    report::open(&visage, &reported.mailed, &person.birth_date)?.expect(201)?;
    let stored = records::item(&clinic, &visit.patient, "#EVALUATION")?;
    let etag = provider.open(visit)?.etag;
    let withdrawn = provider.withdraw(visit, &etag, "Signed for somebody else.")?.expect(200)?;
    for link in [&reported.mailed, &reported.texted] {
        report::open(&visage, link, &person.birth_date)?.refused(410, "link_gone")?;
    }
    ensure!(records::item(&clinic, &visit.patient, "#EVALUATION")? == stored, "not one attribute changed");
    let opened = provider.open(visit)?;
    ensure!(opened.status == "signed" && opened.etag == withdrawn.etag()? && opened.withdrawal.is_some());
    provider.add(visit, &opened.etag, "After all.")?.refused(409, "withdrawn")?;
    provider.withdraw(visit, &opened.etag, "Again.")?.refused(409, "withdrawn")?;
    for status in ["signed", "withdrawn"] {
        let queue = provider.queue(status)?;
        ensure!(queue.len() == 1 && queue[0].withdrawn && queue[0].visit() == *visit, "{status}: {queue:?}");
    }
    let entries = audit::of_request(&clinic, withdrawn.request()?)?;
    ensure!(entries.iter().any(|it| it.action == "withdraw_evaluation" && it.outcome == "done"));
    Ok(())
}

#[test]
fn what_was_withdrawn_before_its_report_was_sent_is_not_sent() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let person = Person::invented();
    let visit = Intake::whole(&clinic, &person, false)?;
    let provider = clinic.staff(Role::Provider)?;
    // Withdrawn right behind the signature, wherever rendering and sending are then.
    let etag = provider.conclude(&visit, &assessment())?.etag;
    provider.withdraw(&visit, &etag, "A mistake.")?.expect(200)?;
    let opened = provider.open_until(&visit, "nothing waits any more", |opened| {
        opened.notices.iter().all(|notice| notice.state != "pending" && notice.state != "unknown")
    })?;
    // A mail that was quicker has a link that is gone; one that wasn't never leaves.
    let mails = messages::mails_to(&visage, &person.email)?;
    for token in mails.iter().filter_map(|mail| report::token_in(&mail.body_text)) {
        report::open(&visage, &token, &person.birth_date)?.refused(410, "link_gone")?;
    }
    let told = opened.notice("report_ready", "email").map(|notice| notice.state.clone());
    ensure!(matches!(told.as_deref(), None | Some("suppressed" | "sent")), "{told:?}");
    Ok(())
}

#[test]
fn the_timeline_tells_who_did_what_in_order() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    let etag = coordinator.open(&visit)?.etag;
    let etag = coordinator.assign(&visit, &etag, Some(&coordinator.id), "")?.expect(200)?.etag()?;
    let etag =
        coordinator.assign(&visit, &etag, Some(&provider.id), "Needs a physician.")?.expect(200)?.etag()?;
    provider.assess(&visit, &etag, &json!({ "findings": [], "recommendations": "" }))?.expect(200)?;
    let etag = provider.conclude(&visit, &assessment())?.etag;
    let etag = provider.add(&visit, &etag, "A secret of the text.")?.expect(201)?.etag()?;
    provider.withdraw(&visit, &etag, "Wrong visit.")?.expect(200)?;
    let answer = coordinator.ask("GET", &format!("{}/timeline", visit.path())).send()?.expect(200)?;
    let logged = audit::of_request(&clinic, answer.request()?)?;
    ensure!(logged.len() == 1 && logged[0].action == "get_timeline" && logged[0].outcome == "granted");
    ensure!(!answer.text().contains("A secret of the text."), "what was written isn't repeated");
    let timeline: Value = answer.read(200)?;
    let events = timeline["events"].as_array().context("events")?;
    let by_people = events.iter().filter(|event| event["by"]["kind"] != "system");
    let told: Vec<_> = by_people
        .map(|event| {
            let who = event["by"]["staff"].as_str();
            let who =
                who.map_or("patient", |who| if who == provider.id { "provider" } else { "coordinator" });
            format!("{who} {}", event["event"].as_str().unwrap_or_default())
        })
        .collect();
    let expected = [
        "patient intake_started",
        "patient intake_submitted",
        "coordinator assigned",
        "coordinator assigned",
        "provider assessment_begun",
        "provider assessment_written",
        "provider signed",
        "provider addendum_signed",
        "provider withdrawn",
    ];
    ensure!(told == expected, "{told:#?}");
    let handed = events.iter().rfind(|event| event["event"] == "assigned").context("it was handed over")?;
    ensure!(handed["from"] == coordinator.id.as_str() && handed["to"] == provider.id.as_str());
    ensure!(handed["reason"] == "Needs a physician.");
    ensure!(timeline["staff"][&provider.id] == Role::Provider.invented_name());
    let times: Vec<_> =
        events.iter().filter_map(|event| event["at"].as_str()?.parse::<jiff::Timestamp>().ok()).collect();
    ensure!(times.len() == events.len() && times.is_sorted());
    Ok(())
}
