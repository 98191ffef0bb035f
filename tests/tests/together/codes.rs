//! One-time codes: sent another way than the link, ten minutes, five tries, one use.

mod delivery;
mod limits;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::aws::{Item, text};
use visage_tests::evaluation::Visit;
use visage_tests::http::Answer;
use visage_tests::messages::{mails_to, texts_to};
use visage_tests::report::{
    Reported, View, ask_for_code, confirm_mailbox, mailed_codes, open, open_with_code, texted_codes,
};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records, until};

const WRONG: (u16, &str) = (401, "wrong_code");

/// A clinic that asks for codes.
fn clinic(visage: &Visage) -> Result<Clinic> {
    let clinic = Clinic::open(visage)?;
    clinic.decide_on_second_factor("one_time_code")?;
    Ok(clinic)
}

/// Asks for the code of the link that was mailed, and waits for its `number`th text message.
fn code(clinic: &Clinic, person: &Person, link: &str, number: usize) -> Result<String> {
    ask_for_code(&clinic.visage, link)?.expect(204)?;
    until("the code arrives", || {
        let codes = texted_codes(clinic, person)?;
        Ok((codes.len() == number).then(|| codes.last().cloned()).flatten())
    })
}

/// Another code.
fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}

/// How often each link of a clinic was tried, as stored.
fn tries(clinic: &Clinic) -> Result<Vec<Value>> {
    let links = records::of_clinic(clinic)?;
    let is_link = |item: &&Item| text(item, "item_type").is_ok_and(|kind| kind == "report_link");
    Ok(links.iter().filter(is_link).map(|link| link["tries"]["N"].clone()).collect())
}

/// What is stored of the codes of a clinic's links.
fn stored(clinic: &Clinic) -> Result<Item> {
    let all = records::of_clinic(clinic)?;
    let found = all.into_iter().find(|item| text(item, "item_type").is_ok_and(|kind| kind == "report_code"));
    found.context("a code was asked for")
}

/// Makes it as if the last code had been asked for a while ago.
fn asked_a_while_ago(clinic: &Clinic) -> Result<()> {
    let at = (Timestamp::now() - SignedDuration::from_secs(61)).to_string();
    let table = clinic.visage.records()?;
    clinic.visage.aws.set(table, &stored(clinic)?, "asked_at", &json!({ "S": at }))
}

fn code_notices(clinic: &Clinic, visit: &Visit) -> Result<Vec<Value>> {
    let items = records::of_type(clinic, &visit.patient, "outbox")?;
    Ok(items.into_iter().filter(|item| item["event"] == "report_code").collect())
}

#[test]
fn a_code_goes_another_way_than_its_link_and_opens_once() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    open_with_code(&visage, &reported.mailed, "000000")?.refused(WRONG.0, WRONG.1)?;
    let right = code(&clinic, &person, &reported.mailed, 1)?;
    ensure!(mailed_codes(&clinic, &person)?.is_empty(), "the mailbox has the link already");
    open_with_code(&visage, &reported.mailed, &wrong(&right))?.refused(WRONG.0, WRONG.1)?;
    // It is this link's code and no other's.
    open_with_code(&visage, &reported.texted, &right)?.refused(WRONG.0, WRONG.1)?;
    let view: View = open_with_code(&visage, &reported.mailed, &right)?.read(201)?;
    visage.http.ask("GET", &view.url).send()?.expect(200)?;
    open_with_code(&visage, &reported.mailed, &right)?.refused(WRONG.0, WRONG.1)?;

    // The code of the link that was texted is mailed.
    ask_for_code(&visage, &reported.texted)?.expect(204)?;
    let mailed = until("the code is mailed", || Ok(mailed_codes(&clinic, &person)?.into_iter().next()))?;
    open_with_code(&visage, &reported.texted, &mailed)?.expect(201)?;
    ensure!(texted_codes(&clinic, &person)?.len() == 1);

    let count = records::item(&clinic, &reported.visit.patient, "#SMS")?;
    ensure!(count["sent"]["N"] == "2", "a code that was asked for is none of the five texts");
    let texts = texts_to(&visage, &person.phone)?.into_iter().map(|sms| sms.message);
    let mails = mails_to(&visage, &person.email)?.into_iter().map(|mail| mail.subject + &mail.body_text);
    for message in texts.filter(|text| text.contains(&clinic.name)).chain(mails) {
        let hidden = person.secrets().into_iter().chain([person.given_name.clone()]);
        for secret in hidden {
            ensure!(!message.contains(&secret), "{secret:?} is in {message:?}");
        }
    }
    let everything = serde_json::to_string(&stored(&clinic)?)?;
    ensure!(!everything.contains(&right) && !everything.contains(&mailed), "a code is stored in the clear");
    Ok(())
}

#[test]
fn every_code_that_is_asked_for_and_every_try_is_in_the_log() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let asked = ask_for_code(&visage, &reported.mailed)?.expect(204)?;
    let entries = audit::of_request(&clinic, asked.request()?)?;
    let is_asked = |it: &&audit::Entry| it.action == "request_report_code" && it.outcome == "done";
    let entry = entries.iter().find(is_asked).context("that it was asked for is in the log")?;
    ensure!(entry.patient.as_ref() == Some(&reported.visit.patient));
    let tried = open_with_code(&visage, &reported.mailed, "000000")?;
    let outcomes: Vec<_> =
        audit::of_request(&clinic, tried.request()?)?.into_iter().map(|it| (it.outcome, it.code)).collect();
    ensure!(outcomes.contains(&("granted".into(), None)), "before it was compared: {outcomes:?}");
    ensure!(outcomes.contains(&("refused".into(), Some(WRONG.1.into()))), "after it: {outcomes:?}");
    Ok(())
}

#[test]
fn a_code_opens_for_ten_minutes() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let code = code(&clinic, &person, &reported.mailed, 1)?;
    let mut item = stored(&clinic)?;
    let expires_at: Timestamp = item["sent"]["M"]["expires_at"]["S"].as_str().context("an end")?.parse()?;
    let left = expires_at.duration_since(Timestamp::now()).as_secs();
    ensure!((9 * 60..=10 * 60).contains(&left), "{left} seconds");
    let mut expire = |at: Timestamp| {
        item["sent"]["M"]["expires_at"] = json!({ "S": at.to_string() });
        visage.aws.set(visage.records()?, &item, "sent", &item["sent"])
    };
    expire(Timestamp::now() - SignedDuration::from_secs(1))?;
    open_with_code(&visage, &reported.mailed, &code)?.refused(WRONG.0, WRONG.1)?;
    expire(Timestamp::now() + SignedDuration::from_secs(60))?;
    open_with_code(&visage, &reported.mailed, &code)?.expect(201)?;
    Ok(())
}

#[test]
fn a_later_code_takes_the_place_of_the_one_before() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let first = code(&clinic, &person, &reported.mailed, 1)?;
    asked_a_while_ago(&clinic)?;
    code(&clinic, &person, &reported.mailed, 2)?;
    let codes = texted_codes(&clinic, &person)?;
    let second = codes.iter().find(|code| **code != first).context("two codes in a million are the same")?;
    open_with_code(&visage, &reported.mailed, &first)?.refused(WRONG.0, WRONG.1)?;
    open_with_code(&visage, &reported.mailed, second)?.expect(201)?;
    Ok(())
}

#[test]
fn a_second_click_sends_no_second_code() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    // A click that met too many others is told to come again.
    let click = || {
        until("the click is answered", || {
            let answer = ask_for_code(&visage, &reported.mailed)?;
            Ok((answer.status != 503).then_some(answer))
        })
    };
    let answers: Vec<Result<Answer>> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..5).map(|_| scope.spawn(click)).collect();
        clicks.into_iter().filter_map(|click| click.join().ok()).collect()
    });
    for answer in answers {
        answer?.expect(204)?;
    }
    until("the code arrives", || Ok((!texted_codes(&clinic, &person)?.is_empty()).then_some(())))?;
    ask_for_code(&visage, &reported.mailed)?.expect(204)?;
    ensure!(code_notices(&clinic, &reported.visit)?.len() == 1, "one notice, which is sent once or never");
    ensure!(texted_codes(&clinic, &person)?.len() == 1, "one text");
    Ok(())
}

#[test]
fn who_asks_for_a_code_learns_nothing_of_the_channels() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let coordinator = clinic.staff(Role::Coordinator)?;
    // One who confirmed her mailbox and wants no texts, and one who confirmed nothing.
    let reachable = Intake::whole(&clinic, &person, false)?;
    let other = Person::invented();
    let unreachable = Intake::whole(&clinic, &other, false)?;
    confirm_mailbox(&clinic, &person)?;
    for visit in [&reachable, &unreachable] {
        let assessment = json!({ "findings": [], "recommendations": "None." });
        clinic.staff(Role::Provider)?.conclude(visit, &assessment)?;
        coordinator.open_until(visit, "the link is held back", |opened| {
            opened.notice("report_ready", "email").is_some_and(|notice| notice.state == "suppressed")
        })?;
    }
    // Both got their links from staff.
    let links = [coordinator.hand_over(&reachable)?, coordinator.hand_over(&unreachable)?];
    // Where no code has a way, what is handed over opens by the date of birth.
    ask_for_code(&visage, &links[1])?.refused(409, "code_not_asked")?;
    open(&visage, &links[1], &other.birth_date)?.expect(201)?;
    // As if a code had had a way when the link was made, and has none any more.
    let all = records::of_clinic(&clinic)?;
    let is_its = |item: &&Item| {
        let is = |name, value: &str| text(item, name).is_ok_and(|it| it == value);
        is("item_type", "report_link") && is("patient", &unreachable.patient)
    };
    let link = all.iter().find(is_its).context("the link")?;
    visage.aws.set(visage.records()?, link, "second_factor", &json!({ "S": "one_time_code" }))?;
    let told = |link: &String| -> Result<(u16, String, Vec<String>)> {
        let answer = ask_for_code(&visage, link)?;
        let mut names: Vec<_> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        Ok((answer.status, answer.text(), names))
    };
    let (first, second) = (told(&links[0])?, told(&links[1])?);
    ensure!(first == second && first.0 == 204, "{first:?} and {second:?}");
    let code = until("the code is mailed", || Ok(mailed_codes(&clinic, &person)?.into_iter().next()))?;
    open_with_code(&visage, &links[0], &code)?.expect(201)?;
    // Staff see whom no code can reach, and why the first link wasn't mailed.
    coordinator.open_until(&unreachable, "the code is held back", |opened| {
        opened.notice("report_code", "email").is_some_and(|notice| notice.state == "suppressed")
    })?;
    let page: Value = coordinator.ask("GET", "/v1/notices?state=suppressed").send()?.read(200)?;
    let held = page["notices"].as_array().context("notices")?;
    let reason = |visit: &Visit, event: &str| {
        let found = held.iter().find(|it| it["patient"] == *visit.patient && it["event"] == event);
        found.and_then(|it| it["reason"].as_str()).unwrap_or_default().to_owned()
    };
    ensure!(reason(&unreachable, "report_code") == "channel_not_confirmed", "{held:?}");
    ensure!(reason(&unreachable, "report_ready") == "channel_not_confirmed", "{held:?}");
    ensure!(reason(&reachable, "report_ready") == "no_other_channel", "{held:?}");
    Ok(())
}

#[test]
fn a_clinic_gets_the_second_factor_that_it_asks_for() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let named = |answer: Answer| -> Result<(String, String)> {
        let problem = answer.refused(422, "invalid_fields")?;
        let wrong = problem.errors.first().context("what is wrong")?;
        Ok((wrong.pointer.clone(), wrong.code.clone()))
    };
    let wrong = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    ask_for_code(&visage, &reported.mailed)?.refused(409, "code_not_asked")?;
    let answer = open_with_code(&visage, &reported.mailed, "123456")?;
    ensure!(named(answer)? == wrong("/code", "not_asked"));
    clinic.decide_on_second_factor("one_time_code")?;
    let handed = clinic.staff(Role::Coordinator)?.hand_over(&reported.visit)?;
    let answer = open(&visage, &handed, &person.birth_date)?;
    ensure!(named(answer)? == wrong("/birthDate", "not_asked"));
    let answer = open_with_code(&visage, &handed, "12 345")?;
    ensure!(named(answer)? == wrong("/code", "invalid_code"));
    let nothing = visage.ask("POST", "/v1/report-views").bearer(&handed).json(&json!({})).send()?;
    ensure!(named(nothing)? == wrong("/code", "required"));
    // None of these was a try.
    ensure!(tries(&clinic)?.iter().all(|tries| tries == "0"), "{:?}", tries(&clinic)?);
    // A link asks for what was decided when it was made, whatever is decided later.
    open(&visage, &reported.mailed, &person.birth_date)?.expect(201)?;
    clinic.decide_on_second_factor("birth_date")?;
    let code = code(&clinic, &person, &handed, 1)?;
    open_with_code(&visage, &handed, &code)?.expect(201)?;
    Ok(())
}
