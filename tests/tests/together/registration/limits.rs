//! How often a registration may be asked for: from a network, from a site, for a mailbox.

use super::email;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use visage_domain::registration::{Counted, mailbox_of};
use visage_domain::start_limit::{network_of, site_of};
use visage_store::vault::address_id_of;
use visage_tests::Visage;
use visage_tests::aws::Item;
use visage_tests::http::Answer;
use visage_tests::messages::mails_to;
use visage_tests::registration::{ask_from, own_registration, somewhere, tokens_mailed};

/// The counts of an address.
fn counts(visage: &Visage, counted: Counted, address: &str) -> Result<Vec<Item>> {
    let partition = format!("REGISTRATION_COUNT#{}", address_id_of(counted, address));
    visage.aws.query(visage.directory()?, &partition, "")
}

/// That an answer says when to come again, within so many seconds.
fn is_too_many(answer: Answer, within: u32) -> Result<()> {
    let wait: u32 = answer.header("retry-after").context("it says when to come again")?.parse()?;
    ensure!((1..=within).contains(&wait), "{wait}");
    answer.refused(429, "too_many_registrations").map(drop)
}

#[test]
fn a_network_asks_five_times_an_hour_and_no_more() -> Result<()> {
    let (visage, here) = (Visage::connect()?, somewhere());
    let ask = || ask_from(&visage, &here, &own_registration());
    let answers: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..9).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().filter_map(|asked| asked.join().ok()).collect()
    });
    let (through, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().collect::<Result<Vec<_>>>()?.into_iter().partition(|it| it.status == 202);
    for answer in refused {
        is_too_many(answer, 3_600)?;
    }
    // Another address of the same 64 bits is the same customer's, and another network counts for itself.
    let counted = counts(&visage, Counted::Network, &network_of(&here))?;
    if counted.len() == 1 {
        // Fewer, if a count was repeated that had been heard: it counts again.
        ensure!((1..=5).contains(&through.len()), "{} got through", through.len());
        ensure!(counted.iter().all(|count| count["requests"]["N"] == "5"), "{counted:?}");
        is_too_many(ask_from(&visage, &here.replace("::1", "::2"), &own_registration())?, 3_600)?;
    }
    ensure!(!serde_json::to_string(&counted)?.contains(&here), "the address isn't stored");
    ensure!(counted.iter().all(|count| count.contains_key("ttl")));
    ask_from(&visage, &somewhere(), &own_registration())?.expect(202)?;
    Ok(())
}

#[test]
fn a_site_with_many_networks_has_a_limit_of_its_own() -> Result<()> {
    let (visage, here) = (Visage::connect()?, somewhere());
    ask_from(&visage, &here, &own_registration())?.expect(202)?;
    let counted = counts(&visage, Counted::Site, &site_of(&here))?;
    let count = counted.first().context("a count")?;
    // As if nineteen more had come from other networks of it.
    visage.aws.set(visage.directory()?, count, "requests", &json!({ "N": "20" }))?;
    let site: Vec<_> = here.split(':').take(3).collect();
    let there = format!("{}:9:8:7:6:5", site.join(":"));
    let (answer, next) = (ask_from(&visage, &there, &own_registration())?, site_of(&there));
    // Unless the hour turned meanwhile.
    if counts(&visage, Counted::Site, &next)?.len() == 1 {
        is_too_many(answer, 3_600)?;
    }
    Ok(())
}

#[test]
fn a_mailbox_is_mailed_three_times_a_day_however_it_is_written_and_from_wherever() -> Result<()> {
    let (visage, input) = (Visage::connect()?, own_registration());
    let (local, domain) = email(&input).split_once('@').context("an address")?;
    let written = |local: &str| {
        let mut other = own_registration();
        other["owner"]["email"] = format!("{local}@{domain}").into();
        other
    };
    let ways = [written(local), written(&format!("{local}+a")), written(&local.replace('.', ""))];
    for way in &ways {
        ask_from(&visage, &somewhere(), way)?.expect(202)?;
        ensure!(tokens_mailed(&visage, &way["owner"]["email"])?.len() == 1);
    }
    let counted = counts(&visage, Counted::Mailbox, &mailbox_of(email(&input)))?;
    ensure!(!serde_json::to_string(&counted)?.contains(domain), "the mailbox isn't stored");
    // Unless the day turned meanwhile.
    if let [count] = counted.as_slice() {
        ensure!(count["requests"]["N"] == "3");
        let fourth = written(&format!("{local}+b"));
        is_too_many(ask_from(&visage, &somewhere(), &fourth)?, 86_400)?;
        ensure!(mails_to(&visage, email(&fourth))?.is_empty());
    }
    Ok(())
}
