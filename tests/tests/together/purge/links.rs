//! Links and codes: destroyed when they open nothing any more, and only they.

use super::{MONTH, counts, turn};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::json;
use visage_tests::aws::{Item, text};
use visage_tests::evaluation::Visit;
use visage_tests::messages::{mails_to, texts_to};
use visage_tests::purge::{age, plan, total};
use visage_tests::report::{Reported, ask_for_code, confirm, confirmation_in, mailed_codes, texted_codes};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, records, until};

/// Staff ask for another photo and hand the link over.
pub(super) fn ask_for_another_photo(clinic: &Clinic, visit: &Visit) -> Result<()> {
    let input = json!({ "view": "frontal", "reason": "blurred", "channel": "hand" });
    let path = format!("{}/retakes", visit.path());
    clinic.staff(Role::Coordinator)?.ask("POST", &path).once().json(&input).send()?.expect(201).map(drop)
}

fn of_type(clinic: &Clinic, kind: &str) -> Result<Vec<Item>> {
    let all = records::of_clinic(clinic)?;
    Ok(all.into_iter().filter(|item| text(item, "item_type").is_ok_and(|it| it == kind)).collect())
}

#[test]
fn links_and_codes_go_when_their_time_is_over_and_what_they_proved_stays() -> Result<()> {
    let _turn = turn();
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    clinic.decide_on_second_factor("one_time_code")?;
    let visit = Intake::whole(&clinic, &person, true)?;
    for _ in 0..2 {
        ask_for_another_photo(&clinic, &visit)?;
    }
    let reported = Reported::of(&clinic, &person, visit, &[])?;
    for link in [&reported.mailed, &reported.texted] {
        ask_for_code(&visage, link)?.expect(204)?;
    }
    until("both codes were sent", || {
        let sent = texted_codes(&clinic, &person)?.len() + mailed_codes(&clinic, &person)?.len();
        Ok((sent == 2).then_some(()))
    })?;

    let kinds = ["confirmation_link", "retake_link", "report_code"];
    let mut young = Vec::new();
    let mut dead_channel = String::new();
    for kind in kinds {
        let items = of_type(&clinic, kind)?;
        ensure!(items.len() == 2, "{} of type {kind}", items.len());
        age(&clinic, &items[0], MONTH)?;
        // The index leads to the other one too; but when it is due its own instants say.
        let stale = format!("{:.6}#stale", Timestamp::now() - MONTH);
        visage.aws.set(visage.records()?, &items[1], "due_sk", &json!({ "S": stale }))?;
        young.extend(of_type(&clinic, kind)?.into_iter().filter(|item| item["pk"] == items[1]["pk"]));
        if kind == "confirmation_link" {
            text(&items[0], "channel")?.clone_into(&mut dead_channel);
        }
    }
    let proofs = ["confirmed_channel", "retake", "report_link", "issued_link"];
    let proved = proofs.map(|kind| of_type(&clinic, kind));
    let run = plan(&clinic, &json!({}))?;
    let expected = counts(kinds.map(|kind| (kind, 1)));
    until("one of each is gone", || Ok((total(&clinic, run)? == expected).then_some(())))?;
    let mut left = Vec::new();
    for kind in kinds {
        left.extend(of_type(&clinic, kind)?);
    }
    ensure!(left == young, "only the others are left");
    for (kind, before) in proofs.into_iter().zip(proved) {
        let (before, after) = (before?, of_type(&clinic, kind)?);
        ensure!(before.len() == 2 && sorted(before) == sorted(after), "{kind}");
    }

    // A link that was destroyed is none; the other one is answered as before.
    let ours = |token: &String| token.starts_with(&format!("v1.{}.", clinic.id));
    let mails = mails_to(&visage, &person.email)?;
    let mailed = mails.iter().filter_map(|mail| confirmation_in(&mail.body_text)).find(ours);
    let texts = texts_to(&visage, &person.phone)?;
    let texted = texts.iter().filter_map(|sms| confirmation_in(&sms.message)).find(ours);
    let (mailed, texted) = (mailed.context("in the mail")?, texted.context("in the text message")?);
    let (dead, alive) = if dead_channel == "email" { (mailed, texted) } else { (texted, mailed) };
    confirm(&visage, &dead)?.refused(404, "not_found")?;
    confirm(&visage, &alive)?.expect(201)?;
    Ok(())
}

/// Items in the order of their keys.
fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by_cached_key(|item| format!("{}{}", item["pk"], item["sk"]));
    items
}
