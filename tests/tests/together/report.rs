//! The report link: five tries, one date, and it can be taken back.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::aws::text;
use visage_tests::guesses::compared_of_fifty;
use visage_tests::report::{Reported, View, ask_for_code, open, token_in};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Person, Visage, audit, messages, records, until};

const WRONG: (u16, &str) = (401, "wrong_second_factor");
const LOCKED: (u16, &str) = (423, "link_locked");
const GONE: (u16, &str) = (410, "link_gone");

/// The links of an evaluation, as they are stored.
fn stored_links(clinic: &Clinic) -> Result<Vec<visage_tests::aws::Item>> {
    let all = records::of_clinic(clinic)?;
    Ok(all
        .into_iter()
        .filter(|item| text(item, "item_type").is_ok_and(|kind| kind == "report_link"))
        .collect())
}

#[test]
fn five_wrong_dates_lock_a_link_and_no_other() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let wrong = person.wrong_birth_date();
    for _ in 0..4 {
        open(&visage, &reported.mailed, wrong)?.refused(WRONG.0, WRONG.1)?;
    }
    // The right date at the fifth try opens, and doesn't use the try up.
    for _ in 0..3 {
        let view: View = open(&visage, &reported.mailed, &person.birth_date)?.read(201)?;
        visage.http.ask("GET", &view.url).send()?.expect(200)?;
    }
    open(&visage, &reported.mailed, wrong)?.refused(WRONG.0, WRONG.1)?;
    for date in [wrong, &person.birth_date] {
        let answer = open(&visage, &reported.mailed, date)?;
        ensure!(!answer.text().contains(date));
        answer.clone().refused(LOCKED.0, LOCKED.1)?;
        let entries = audit::of_request(&clinic, answer.request()?)?;
        ensure!(entries.iter().any(|it| it.code.as_deref() == Some("link_locked")), "{entries:?}");
    }
    open(&visage, &reported.texted, &person.birth_date)?.expect(201)?;
    Ok(())
}

#[test]
fn of_fifty_tries_at_once_five_are_compared() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let guess = || open(&visage, &reported.mailed, person.wrong_birth_date());
    let compared = compared_of_fifty(guess)?;
    ensure!(compared == 5, "{compared} guesses were compared");
    open(&visage, &reported.mailed, &person.birth_date)?.refused(LOCKED.0, LOCKED.1)?;
    let entries = audit::of(&clinic)?;
    let noted = entries.iter().filter(|it| it.code.as_deref() == Some("wrong_second_factor")).count();
    ensure!(noted == compared, "{noted} of {compared} comparisons are in the log");
    Ok(())
}

#[test]
fn a_link_that_was_taken_back_is_gone() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let opened = coordinator.open(&reported.visit)?;
    let link =
        opened.notice("report_ready", "email").and_then(|it| it.link.clone()).context("the mail's link")?;
    open(&visage, &reported.mailed, &person.birth_date)?.expect(201)?;
    clinic.staff(Role::Billing)?.revoke(&reported.visit, &link)?.refused(403, "forbidden")?;
    coordinator.revoke(&reported.visit, &link)?.expect(204)?;
    open(&visage, &reported.mailed, &person.birth_date)?.refused(GONE.0, GONE.1)?;
    open(&visage, &reported.mailed, person.wrong_birth_date())?.refused(GONE.0, GONE.1)?;
    // Twice is as good as once; the other link still works.
    coordinator.revoke(&reported.visit, &link)?.expect(204)?;
    open(&visage, &reported.texted, &person.birth_date)?.expect(201)?;
    Ok(())
}

#[test]
fn a_link_that_was_handed_over_ends_with_who_made_it_unless_a_code_opens_it() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    let theirs = coordinator.hand_over(&reported.visit)?;
    let anothers = clinic.staff(Role::Provider)?.hand_over(&reported.visit)?;
    clinic.decide_on_second_factor("one_time_code")?;
    let by_code = coordinator.hand_over(&reported.visit)?;
    open(&visage, &theirs, &person.birth_date)?.expect(201)?;
    // Who is on leave has not left.
    owner.decide_on(&coordinator.id, "active", "suspended", "on_leave")?.expect(200)?;
    open(&visage, &theirs, &person.birth_date)?.expect(201)?;
    owner.decide_on(&coordinator.id, "suspended", "terminated", "left")?.expect(200)?;

    let answer = open(&visage, &theirs, &person.birth_date)?;
    answer.clone().refused(GONE.0, GONE.1)?;
    let entries = audit::of_request(&clinic, answer.request()?)?;
    ensure!(entries.iter().any(|it| it.code.as_deref() == Some("link_gone")), "{entries:?}");
    for link in [&anothers, &reported.mailed] {
        open(&visage, link, &person.birth_date)?.expect(201)?;
    }
    ask_for_code(&visage, &by_code)?.expect(204).map(drop)
}

#[test]
fn a_link_dies_after_thirty_days() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    for link in stored_links(&clinic)? {
        visage.aws.set(visage.records()?, &link, "expires_at", &json!({ "S": "2026-01-01T00:00:00Z" }))?;
    }
    open(&visage, &reported.mailed, &person.birth_date)?.refused(GONE.0, GONE.1)?;
    Ok(())
}

#[test]
fn what_is_no_link_leads_nowhere() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let (_, secret) = reported.mailed.rsplit_once('.').context("a token has a secret")?;
    let elsewhere = format!("v1.{}.{secret}", Clinic::open(&visage)?.id);
    let cut = &reported.mailed[..reported.mailed.len() - 2];
    let other_secret = format!("v1.{}.{}", clinic.id, "A".repeat(43));
    for token in [elsewhere.as_str(), cut, &other_secret, "v1", "nonsense"] {
        open(&visage, token, &person.birth_date)?.refused(404, "not_found")?;
    }
    visage
        .ask("POST", "/v1/report-views")
        .json(&json!({ "birthDate": "1980-01-01" }))
        .send()?
        .refused(401, "unauthenticated")?;
    // What isn't a date is refused before it counts as a try.
    for date in ["1980-02-30", "yesterday", ""] {
        open(&visage, &reported.mailed, date)?.refused(400, "invalid_body")?;
    }
    let tries: Vec<_> = stored_links(&clinic)?.iter().map(|link| link["tries"]["N"].clone()).collect();
    ensure!(tries.iter().all(|tries| tries == "0"), "{tries:?}");
    // Of the secret only the hash is stored.
    let everything = serde_json::to_string(&records::of_clinic(&clinic)?)?;
    ensure!(!everything.contains(secret), "the secret is in the table");
    Ok(())
}

#[test]
fn the_report_is_read_only_by_its_signed_link() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let view: View = open(&visage, &reported.mailed, &person.birth_date)?.read(201)?;
    let lifetime = view.expires_at.duration_since(jiff::Timestamp::now());
    ensure!(lifetime.as_secs() <= 15 * 60 && lifetime.as_secs() > 14 * 60, "{lifetime}");
    visage.http.ask("GET", &view.url).send()?.expect(200)?;
    let (bare, query) = view.url.split_once('?').context("it is signed")?;
    ensure!(visage.http.ask("GET", bare).send()?.status == 403, "nothing without a signature");
    let signature = query.split("X-Amz-Signature=").nth(1).context("it has a signature")?;
    let forged = view.url.replace(&signature[..8], "00000000");
    ensure!(visage.http.ask("GET", forged).send()?.status == 403, "nothing with a forged one");
    ensure!(query.contains("X-Amz-Expires=900"), "for fifteen minutes");
    Ok(())
}

#[test]
fn a_patients_day_has_ten_tries_over_all_links() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    for token in [&reported.mailed, &reported.texted] {
        for _ in 0..5 {
            open(&visage, token, person.wrong_birth_date())?.refused(WRONG.0, WRONG.1)?;
        }
    }
    // A fresh link has five tries of its own, but the day has none left.
    let coordinator = clinic.staff(Role::Coordinator)?;
    let handed = coordinator.hand_over(&reported.visit)?;
    let answer = open(&visage, &handed, &person.birth_date)?;
    answer.clone().refused(429, "too_many_tries")?;
    let wait: i64 = answer.header("retry-after").context("it says when to come again")?.parse()?;
    ensure!((1..=86_400).contains(&wait), "{wait} seconds");
    // Another day, and the date opens.
    for count in records::of_patient(&clinic, &reported.visit.patient)? {
        if text(&count, "item_type")? == "try_count" {
            ensure!(count["tries"]["N"] == "10", "{count:?}");
            visage.aws.set(visage.records()?, &count, "tries", &json!({ "N": "0" }))?;
        }
    }
    open(&visage, &handed, &person.birth_date)?.expect(201)?;
    Ok(())
}

#[test]
fn staff_see_every_version_and_when_its_links_were_opened() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    open(&visage, &reported.mailed, &person.birth_date)?.expect(201)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let path = format!("{}/reports", reported.visit.path());
    let listed: Value = coordinator.ask("GET", &path).send()?.read(200)?;
    let reports = listed["reports"].as_array().context("reports")?;
    ensure!(reports.len() == 1 && reports[0]["number"] == 1, "{reports:?}");
    // Reading it is for those who assess.
    let read: Value = clinic.staff(Role::Provider)?.ask("GET", &path).send()?.read(200)?;
    visage.http.ask("GET", read["reports"][0]["url"].as_str().unwrap_or_default()).send()?.expect(200)?;
    let links = listed["links"].as_array().context("links")?;
    let opened = |channel: &str| {
        let of_channel = links.iter().find(|link| link["channel"] == channel);
        of_channel.and_then(|link| link["opened"].as_array()).map_or(0, Vec::len)
    };
    ensure!((links.len(), opened("email"), opened("sms")) == (2, 1, 0), "{links:?}");
    Ok(())
}

#[test]
fn a_link_is_handed_over_once_and_renewed_by_its_channel() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let path = format!("{}/report-links", reported.visit.path());
    let ask = || {
        let key = "a-key-of-its-own-0001";
        coordinator.ask("POST", &path).header("idempotency-key", key).json(&json!({})).send()
    };
    let first: Value = ask()?.read(201)?;
    let again: Value = ask()?.read(201)?;
    ensure!(first["link"] == again["link"] && again.get("url").is_none(), "{first} {again}");
    let token = token_in(first["url"].as_str().unwrap_or_default()).context("the first answer has it")?;
    open(&visage, &token, &person.birth_date)?.expect(201)?;
    // What was handed over can't be sent: nobody knows where to.
    let renew = |link: &str| {
        coordinator.ask("POST", &format!("{path}/{link}/renewal")).once().json(&json!({})).send()
    };
    renew(first["link"].as_str().unwrap_or_default())?.refused(409, "channel_not_confirmed")?;
    let opened = coordinator.open(&reported.visit)?;
    let link = opened.notice("report_ready", "email").and_then(|it| it.link.clone());
    let link = link.context("the mail's link")?;
    // Two clicks, under a key each: a link has one successor.
    let clicks = std::thread::scope(|scope| {
        let clicks = [(); 2].map(|()| scope.spawn(|| renew(&link)?.read::<Value>(201)));
        clicks.map(|click| click.join().unwrap_or_else(|_| anyhow::bail!("a click panicked")))
    });
    let [first, second] = clicks;
    ensure!(first? == second?, "both are told of the same notice");
    let fresh = || -> Result<Vec<String>> {
        let mails = messages::mails_to(&visage, &person.email)?;
        let tokens = mails.iter().filter_map(|mail| token_in(&mail.body_text));
        Ok(tokens.filter(|token| *token != reported.mailed).collect())
    };
    let arrived = until("the fresh link arrives", || Ok(fresh()?.into_iter().next()))?;
    open(&visage, &reported.mailed, &person.birth_date)?.refused(GONE.0, GONE.1)?;
    open(&visage, &arrived, &person.birth_date)?.expect(201)?;
    let opened = coordinator.open(&reported.visit)?;
    let mailed = opened.notices.iter().filter(|it| it.event == "report_ready" && it.channel == "email");
    ensure!(mailed.count() == 2, "the first, and one that took its place");
    Ok(())
}

#[test]
fn a_link_whose_successor_cannot_be_sent_still_works() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let count = records::item(&clinic, &reported.visit.patient, "#SMS")?;
    visage.aws.set(visage.records()?, &count, "sent", &json!({ "N": "5" }))?;
    let opened = coordinator.open(&reported.visit)?;
    let link = opened.notice("report_ready", "sms").and_then(|it| it.link.clone()).context("its link")?;
    let path = format!("{}/report-links/{link}/renewal", reported.visit.path());
    let renew =
        || -> Result<Value> { coordinator.ask("POST", &path).once().json(&json!({})).send()?.read(201) };
    let first = renew()?;
    coordinator.open_until(&reported.visit, "the fresh link is held back", |opened| {
        opened.notices.iter().any(|it| it.event == "report_ready" && it.state == "suppressed")
    })?;
    open(&visage, &reported.texted, &person.birth_date)?.expect(201)?;
    // Once it can be sent, it is renewed after all.
    let count = records::item(&clinic, &reported.visit.patient, "#SMS")?;
    visage.aws.set(visage.records()?, &count, "sent", &json!({ "N": "2" }))?;
    ensure!(renew()?["notice"] != first["notice"], "what won't be sent is nobody's successor");
    // Who opens it meanwhile only puts that off: each try is written to the link that is to end.
    coordinator.open_until(&reported.visit, "the fresh link is sent", |opened| {
        opened.notices.iter().any(|it| {
            it.event == "report_ready"
                && it.state == "sent"
                && it.link != Some(link.clone())
                && it.channel == "sms"
        })
    })?;
    open(&visage, &reported.texted, &person.birth_date)?.refused(GONE.0, GONE.1).map(drop)
}
