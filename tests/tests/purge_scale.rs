//! What a purge reads depends on what is due, not on what else there is.
//!
//! In tables of their own, with the keys and indexes of the records table: a hundred thousand items and their stream
//! would be in every other test's way. They are filled by an import from S3, in seconds where as many writes would take a
//! minute. The function is the deployed one, set to those tables for as long as this takes. Alone in its file: while a
//! table is filled, the local AWS answers nobody else.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use visage_domain::ids::{SessionId, StaffId};
use visage_tests::aws::{Item, plain, text};
use visage_tests::diversion::{Diversion, Table};
use visage_tests::logs::{self, Line};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Visage, purge, records, until};

/// How many sessions are due: two pages of the index.
const DUE: u8 = 40;

/// What a purge cost.
#[derive(Debug, PartialEq)]
struct Cost {
    calls: BTreeMap<String, u32>,
    capacity: f64,
}

/// The emulator counts half a unit for any page of an index, however full; so calls are compared as well. A page ends at
/// 25 entries, and at a megabyte: whoever read what isn't due would need twenty pages for a hundred thousand entries of
/// 200 bytes, and thousands at 25 a page.
#[test]
fn a_purge_reads_only_what_is_due_however_much_there_is() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let due = due(&clinic)?;
    let few = purged(&clinic, &due, 1_000)?;
    let many = purged(&clinic, &due, 100_000)?;
    ensure!(few == many, "in a table of a thousand {few:?}, in one of a hundred thousand {many:?}");
    ensure!(few.calls.get("DynamoDB.Query") == Some(&2), "two pages: {few:?}");
    ensure!(few.calls.get("DynamoDB.BatchGetItem") == Some(&2), "a read for each page: {few:?}");
    Ok(())
}

/// Sessions that ended an hour ago, made of a real one.
fn due(clinic: &Clinic) -> Result<Vec<Item>> {
    clinic.staff(Role::Provider)?;
    let all = records::of_clinic(clinic)?;
    let session = all.iter().find(|item| text(item, "item_type").is_ok_and(|it| it == "session"));
    let session = session.context("the clinic has a session")?;
    let began = Timestamp::now() - SignedDuration::from_hours(13);
    let ended = began + SignedDuration::from_hours(12);
    let one = |number: u8| {
        let id = SessionId::from_bits([number; 16]).to_string();
        let mut item = session.clone();
        let texts = [
            ("sk", format!("SESSION#{id}")),
            ("due_sk", format!("{ended:.6}#{id}")),
            ("started_at", began.to_string()),
            ("seen_at", began.to_string()),
            ("session", id),
        ];
        item.extend(texts.map(|(name, text)| (name.to_owned(), json!({ "S": text }))));
        item
    };
    ensure!(
        text(session, "due_sk")?.len() == text(&one(0), "due_sk")?.len(),
        "keys are made as the product does"
    );
    Ok((1..=DUE).map(one).collect())
}

/// Entries of the same clinic's index that come due later: the index holds no more than keys.
fn not_due(clinic: &Clinic, count: u32) -> Vec<Item> {
    let first = Timestamp::now() + SignedDuration::from_hours(1);
    let one = |number: u32| {
        let mut bits = [0; 16];
        bits[..4].copy_from_slice(&number.to_be_bytes());
        let (staff, session) = (StaffId::from_bits(bits), SessionId::from_bits(bits));
        let at = first + SignedDuration::from_secs(number.into());
        let texts = [
            ("pk", format!("C#{}#S#{staff}", clinic.id)),
            ("sk", format!("SESSION#{session}")),
            ("due_pk", format!("C#{}#DUE", clinic.id)),
            ("due_sk", format!("{at:.6}#{session}")),
        ];
        texts.into_iter().map(|(name, text)| (name.to_owned(), json!({ "S": text }))).collect()
    };
    (0..count).map(one).collect()
}

/// Purges a table with what is due and so many others, and answers what that cost.
fn purged(clinic: &Clinic, due: &[Item], others: u32) -> Result<Cost> {
    let visage = &clinic.visage;
    let mut items = not_due(clinic, others);
    items.extend_from_slice(due);
    let table = Table::with(visage, &items)?;
    let diversion = Diversion::of(visage, "purge_due", &table)?;
    let before = lines(visage)?.len();
    let run = Timestamp::now();
    purge::carry_out(clinic, run, false)?;
    let destroyed = destroyed(clinic, &table, run)?;
    ensure!(destroyed == BTreeMap::from([("session".to_owned(), u64::from(DUE))]), "{destroyed:?}");
    let cost = cost(visage, before)?;
    drop(diversion);
    Ok(cost)
}

/// What the records of a run say it destroyed, by type.
fn destroyed(clinic: &Clinic, table: &Table, run: Timestamp) -> Result<BTreeMap<String, u64>> {
    let steps =
        clinic.visage.aws.query(&table.name, &format!("C#{}", clinic.id), &format!("PURGE#{run:.6}#"))?;
    let mut found = BTreeMap::new();
    for step in steps.iter().map(plain) {
        for (kind, count) in step["records"].as_object().into_iter().flatten() {
            *found.entry(kind.clone()).or_default() += count.as_u64().unwrap_or_default();
        }
    }
    Ok(found)
}

/// The lines that orders left which destroyed something.
fn lines(visage: &Visage) -> Result<Vec<Line>> {
    let destroying =
        |line: &Line| line.calls().is_ok_and(|calls| calls.contains_key("DynamoDB.TransactWriteItems"));
    Ok(logs::lines(visage, "purge_due")?.into_iter().filter(destroying).collect())
}

/// What an order cost that was worked on since there were so many lines.
fn cost(visage: &Visage, before: usize) -> Result<Cost> {
    let line = until("the order's line is in the log", || {
        let mut since = lines(visage)?.split_off(before);
        if since.is_empty() {
            // The emulator sometimes brings a line only with the function's next call: one about nothing.
            let function = visage.stack.named(&visage.stack.functions, "purge_due")?;
            visage.aws.invoke(function, &json!({ "Records": [] }))?;
        }
        Ok(since.pop())
    })?;
    ensure!(line.outcome == "done", "{}", line.outcome);
    Ok(Cost { calls: line.calls()?, capacity: line.capacity })
}
