//! Codes on their way: throttled, of an unknown fate, overtaken by what becomes of their link.

use super::{WRONG, asked_a_while_ago, clinic, code, code_notices};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use visage_tests::evaluation::Opened;
use visage_tests::messages::{bring_again, mails_to};
use visage_tests::report::{Reported, ask_for_code, mailed_codes, open_with_code, texted_codes, token_in};
use visage_tests::staff::Role;
use visage_tests::timeouts::ShortTimeouts;
use visage_tests::{Person, Visage, audit, records, until};

#[test]
fn a_code_that_was_throttled_comes_once_and_opens() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::throttled());
    let _shortened = ShortTimeouts::set(&visage, &["notices"])?;
    let reported = Reported::whole(&clinic, &person)?;
    let code = code(&clinic, &person, &reported.mailed, 1)?;
    open_with_code(&visage, &reported.mailed, &code)?.expect(201)?;
    ensure!(code_notices(&clinic, &reported.visit)?.len() == 1);
    let notice = code_notices(&clinic, &reported.visit)?[0]["outbox"].as_str().map(str::to_owned);
    let notice = format!("outbox={}", notice.context("its id")?);
    let entries = audit::of(&clinic)?;
    let given_back =
        |it: &&audit::Entry| it.resource.contains("state=pending") && it.resource.contains(&notice);
    ensure!(entries.iter().any(|it| given_back(&it)), "it was throttled first");
    Ok(())
}

#[test]
fn a_code_whose_sender_died_is_not_sent_again_but_may_be_asked_for_again() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let first = code(&clinic, &person, &reported.mailed, 1)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let is = |state: &'static str| {
        move |opened: &Opened| opened.notice("report_code", "sms").is_some_and(|it| it.state == state)
    };
    coordinator.open_until(&reported.visit, "the code is sent", is("sent"))?;
    // As if the sender had died after its claim: nobody knows whether the code left.
    let notices = code_notices(&clinic, &reported.visit)?;
    let notice = notices[0]["outbox"].as_str().context("its id")?;
    let stored = records::item(&clinic, &reported.visit.patient, notice)?;
    visage.aws.set(visage.records()?, &stored, "state", &json!({ "S": "claimed" }))?;
    bring_again(&clinic, &reported.visit, notice)?;
    coordinator.open_until(&reported.visit, "its fate is unknown", is("unknown"))?;
    ensure!(texted_codes(&clinic, &person)?.len() == 1, "it isn't sent again");
    asked_a_while_ago(&clinic)?;
    code(&clinic, &person, &reported.mailed, 2)?;
    let codes = texted_codes(&clinic, &person)?;
    let second = codes.iter().find(|code| **code != first).context("two codes in a million are the same")?;
    open_with_code(&visage, &reported.mailed, second)?.expect(201)?;
    Ok(())
}

#[test]
fn a_code_ends_with_its_link() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let code = code(&clinic, &person, &reported.mailed, 1)?;
    let opened = coordinator.open(&reported.visit)?;
    let link = |channel| {
        let notice = opened.notice("report_ready", channel);
        notice.and_then(|it| it.link.clone()).context("the notice has a link")
    };
    let path = format!("{}/report-links/{}/renewal", reported.visit.path(), link("email")?);
    coordinator.ask("POST", &path).once().json(&json!({})).send()?.expect(201)?;
    let fresh = until("the fresh link arrives", || {
        let mails = mails_to(&visage, &person.email)?;
        let mut tokens = mails.iter().filter_map(|mail| token_in(&mail.body_text));
        Ok(tokens.find(|token| *token != reported.mailed))
    })?;
    open_with_code(&visage, &reported.mailed, &code)?.refused(410, "link_gone")?;
    open_with_code(&visage, &fresh, &code)?.refused(WRONG.0, WRONG.1)?;
    // One that staff take back while its code is on the way.
    ask_for_code(&visage, &reported.texted)?.expect(204)?;
    let mailed = until("the code is mailed", || Ok(mailed_codes(&clinic, &person)?.into_iter().next()))?;
    coordinator.revoke(&reported.visit, &link("sms")?)?.expect(204)?;
    open_with_code(&visage, &reported.texted, &mailed)?.refused(410, "link_gone")?;
    Ok(())
}
