//! Making things due, ordering their destruction, and what is recorded of it.

use crate::aws::{Item, plain, text};
use crate::clinic::Clinic;
use crate::mortal::{End, Mortal};
use crate::records;
use anyhow::{Context, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A message of the queue, as the function gets it.
const EVENT: &str = include_str!("../../events/purge_due.json");

/// How often a function may die before it has to be done.
const MOST_DEATHS: usize = 60;

/// Keys of an item, and where it stands in the index of what is due.
pub type Place = (String, String, String);

/// What a step of a run destroyed.
#[derive(Clone, Debug, Deserialize)]
pub struct Destruction {
    /// Why.
    pub reason: String,
    /// Whether it only says what it would have destroyed.
    pub dry_run: bool,
    /// Of which intake.
    pub intake: Option<String>,
    /// Records by type.
    pub records: BTreeMap<String, u32>,
    /// Objects.
    pub objects: u32,
    /// Whether a patient's key went.
    pub key_destroyed: bool,
}

/// The steps of a run.
///
/// # Errors
/// If the table can't be read.
pub fn steps(clinic: &Clinic, run: Timestamp) -> Result<Vec<Destruction>> {
    let aws = &clinic.visage.aws;
    let items =
        aws.query(clinic.visage.records()?, &format!("C#{}", clinic.id), &format!("PURGE#{run:.6}#"))?;
    items.iter().map(|item| Ok(serde_json::from_value(plain(item))?)).collect()
}

/// All that the steps of a run destroyed: records by type, objects and keys.
///
/// # Errors
/// If the table can't be read.
pub fn total(clinic: &Clinic, run: Timestamp) -> Result<BTreeMap<String, u32>> {
    let mut total = BTreeMap::new();
    for step in steps(clinic, run)?.into_iter().filter(|step| !step.dry_run) {
        let keys = u32::from(step.key_destroyed);
        let counts =
            step.records.into_iter().chain([("objects".into(), step.objects), ("keys".into(), keys)]);
        for (name, count) in counts {
            *total.entry(name).or_default() += count;
        }
    }
    total.retain(|_, count| *count > 0);
    Ok(total)
}

/// Orders one clinic's purge.
///
/// # Errors
/// If the queue doesn't take it.
pub fn order(clinic: &Clinic, run: Timestamp, dry_run: bool) -> Result<()> {
    let body = json!({ "clinic": clinic.id, "run": run, "dryRun": dry_run }).to_string();
    let input = json!({ "QueueUrl": clinic.visage.queue("purge")?, "MessageBody": body });
    clinic.visage.aws.sqs("SendMessage", &input).map(drop)
}

/// Has the function carry out an order at once, as if the queue brought it.
///
/// # Errors
/// If it fails.
pub fn carry_out(clinic: &Clinic, run: Timestamp, dry_run: bool) -> Result<()> {
    let visage = &clinic.visage;
    let event = event(clinic, run, dry_run)?;
    let answer = visage.aws.invoke(visage.stack.named(&visage.stack.functions, "purge_due")?, &event)?;
    ensure!(answer["batchItemFailures"] == json!([]), "{answer}");
    Ok(())
}

/// Has the function carry out an order and kills it each time right after it changed something, until it finds nothing
/// to change. Answers the calls that it died of.
///
/// # Errors
/// If it fails otherwise, or comes to no end.
pub fn carry_out_dying(clinic: &Clinic, run: Timestamp) -> Result<Vec<String>> {
    let (mortal, event) = (Mortal::of(&clinic.visage, "purge_due")?, event(clinic, run, false)?);
    let mut deaths = Vec::new();
    while deaths.len() < MOST_DEATHS {
        match mortal.live(&event)? {
            End::Killed(call) => deaths.push(call),
            End::Answered(answer) => {
                ensure!(answer["batchItemFailures"] == json!([]), "{answer} after {deaths:?}");
                return Ok(deaths);
            }
        }
    }
    bail!("it changes something each time: {deaths:?}")
}

/// The order as the function gets it.
fn event(clinic: &Clinic, run: Timestamp, dry_run: bool) -> Result<Value> {
    let mut event: Value = serde_json::from_str(EVENT)?;
    let order = json!({ "clinic": clinic.id, "run": run, "dryRun": dry_run });
    event["Records"][0]["body"] = order.to_string().into();
    Ok(event)
}

/// What stands in the index of what is due in a clinic: the keys that it leads to, and when.
///
/// # Errors
/// If it can't be read, or is longer than a page.
pub fn index(clinic: &Clinic) -> Result<BTreeSet<Place>> {
    let input = json!({
        "TableName": clinic.visage.records()?, "IndexName": "due", "KeyConditionExpression": "due_pk = :pk",
        "ExpressionAttributeValues": { ":pk": { "S": format!("C#{}#DUE", clinic.id) } },
    });
    let page = clinic.visage.aws.dynamodb("Query", &input)?;
    ensure!(page.get("LastEvaluatedKey").is_none_or(Value::is_null), "more than a page is due");
    page["Items"].as_array().into_iter().flatten().filter_map(Value::as_object).map(place).collect()
}

/// Where an item stands, and when it is due.
///
/// # Errors
/// If it isn't due at any time.
pub fn place(item: &Item) -> Result<Place> {
    let name = |name| Ok::<_, anyhow::Error>(text(item, name)?.to_owned());
    Ok((name("pk")?, name("sk")?, name("due_sk")?))
}

/// Orders every clinic's purge, as the schedule does; answers the run.
///
/// # Errors
/// If the function fails.
pub fn plan(clinic: &Clinic, event: &Value) -> Result<Timestamp> {
    let visage = &clinic.visage;
    let answer = visage.aws.invoke(visage.stack.named(&visage.stack.functions, "plan_purge")?, event)?;
    Ok(answer["run"].as_str().context("the run")?.parse()?)
}

/// Makes an item older: its times, and with them the instant at which it is due.
///
/// # Errors
/// If it isn't due at any time.
pub fn age(clinic: &Clinic, item: &Item, by: SignedDuration) -> Result<()> {
    let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
    let earlier = |text: &str| -> Result<Timestamp> { Ok(text.parse::<Timestamp>()? - by) };
    let times =
        ["started_at", "requested_at", "issued_at", "created_at", "asked_at", "expires_at", "seen_at"];
    for name in times {
        if let Ok(at) = text(item, name) {
            aws.set(table, item, name, &json!({ "S": earlier(at)?.to_string() }))?;
        }
    }
    let (at, id) = text(item, "due_sk")?.split_once('#').context("an instant and an id")?;
    aws.set(table, item, "due_sk", &json!({ "S": format!("{:.6}#{id}", earlier(at)?) }))
}

/// Makes a patient's items of one type older.
///
/// # Errors
/// If there are none.
pub fn age_all(clinic: &Clinic, patient: &str, kind: &str, by: SignedDuration) -> Result<()> {
    let items = records::of_patient(clinic, patient)?;
    let found: Vec<_> =
        items.iter().filter(|item| text(item, "item_type").is_ok_and(|it| it == kind)).collect();
    found.first().with_context(|| format!("the patient has no {kind}"))?;
    found.into_iter().try_for_each(|item| age(clinic, item, by))
}
