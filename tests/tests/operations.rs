//! What the platform's engineers rely on: lines of the log that say what the documents say and are metrics, and dead
//! letters that go back to work.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use visage_platform::metrics::METRICS;
use visage_tests::aws::text;
use visage_tests::messages::mails_to;
use visage_tests::purge::{age_all, steps};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, logs, records, until};

const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The fields of each kind of line in `docs/LOGGING.md`, by its message.
fn documented() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the tests lie in the workspace")?;
    let document = std::fs::read_to_string(root.join("docs/LOGGING.md"))?;
    let sections = document.split("\n### `").skip(1);
    Ok(sections
        .filter_map(|section| {
            let (message, rest) = section.split_once("`\n")?;
            let table = rest.split("\n#").next().unwrap_or_default();
            let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
            Some((message.to_owned(), rows.map(|(name, _)| name.to_owned()).collect()))
        })
        .collect())
}

#[test]
fn functions_log_what_the_documents_say_and_nothing_else() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let provider = clinic.staff(Role::Provider)?;
    // Twice, as the emulator brings a function's last lines with its next call.
    for _ in 0..2 {
        let visit = Intake::whole(&clinic, &Person::invented(), true)?;
        provider.open_until(&visit, "the mail is sent", |opened| {
            opened.notice("intake_received", "email").is_some_and(|notice| notice.state == "sent")
        })?;
        redrive(&visage, &json!({ "queue": "reports", "dryRun": true }))?;
        visage.sweep()?;
    }
    let documented = documented()?;
    let mut seen = BTreeSet::new();
    for operation in visage.stack.functions.keys() {
        for line in logs::of(&visage, operation)? {
            let Ok(Value::Object(line)) = serde_json::from_str::<Value>(&line) else { continue };
            let ours = line.get("target").and_then(Value::as_str).is_some_and(|it| it.starts_with("visage"));
            if !ours {
                continue;
            }
            let fields = line["fields"].as_object().context("fields")?;
            let message = fields["message"].as_str().context("a message")?;
            let known = documented.get(message).with_context(|| format!("{operation} logs {message:?}"))?;
            for name in fields.keys().filter(|name| *name != "message") {
                ensure!(known.contains(name), "{operation} logs {name} in {message:?}");
            }
            for name in line.keys().filter(|name| !["level", "target", "fields", "_aws"].contains(&&***name))
            {
                let is_metric = METRICS.iter().any(|it| it.name == name || it.by.contains(&&**name));
                ensure!(is_metric, "{operation} logs {name} beside {message:?}");
            }
            ensure!(line.contains_key("_aws") || !["request", "work"].contains(&message), "{line:?}");
            seen.insert(message.to_owned());
        }
    }
    for message in ["start", "request", "work", "photo", "notice", "unknown notices"] {
        ensure!(seen.contains(message), "nobody logged {message:?}: {seen:?}");
    }
    Ok(())
}

#[test]
fn requests_are_counted_by_area_operation_and_outcome() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let ask = || clinic.visage.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated");
    let request = ask()?.request;
    let line = until("the request's line is in the log", || {
        let all = logs::of(&visage, "get_session")?;
        let found = all.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found = found.into_iter().find(|line| line["fields"]["request"] == request.as_str());
        if found.is_none() {
            ask()?;
        }
        Ok(found)
    })?;
    for (name, value) in [("Area", "access"), ("Operation", "get_session"), ("Outcome", "refused")] {
        ensure!(line[name] == value, "{line}");
    }
    ensure!(line["Requests"] == 1.0 && line["Latency"].as_f64().is_some_and(|it| it > 0.0), "{line}");
    let namespace = &line["_aws"]["CloudWatchMetrics"][0]["Namespace"];
    ensure!(namespace.as_str().is_some_and(|it| it.starts_with("Visage/")), "{line}");
    Ok(())
}

/// Sends dead letters back, as an engineer does.
fn redrive(visage: &Visage, order: &Value) -> Result<Value> {
    visage.aws.invoke(visage.stack.named(&visage.stack.functions, "redrive_dead_letters")?, order)
}

/// Puts a message where a queue puts what it gives up.
fn give_up(visage: &Visage, queue: &str, message: &Value) -> Result<()> {
    let queue = visage.stack.named(&visage.stack.queues, queue)?;
    let url = queue.dlq_url.as_deref().context("a dead-letter queue")?;
    let input = json!({ "QueueUrl": url, "MessageBody": message.to_string() });
    visage.aws.sqs("SendMessage", &input).map(drop)
}

#[test]
fn dead_letters_go_back_to_their_queue_as_many_as_were_asked_for() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let patient = audit::patient_of(&clinic, &Intake::start(&clinic)?.id)?;
    age_all(&clinic, &patient, "intake", MONTH)?;
    let run = Timestamp::now();
    let order = json!({ "clinic": clinic.id, "run": run, "dryRun": false });
    for _ in 0..3 {
        give_up(&visage, "purge", &order)?;
    }
    let counted = redrive(&visage, &json!({ "queue": "purge", "dryRun": true }))?;
    ensure!(counted["moved"] == 0 && counted["waiting"].as_u64() >= Some(3), "{counted}");
    ensure!(!is_purged(&clinic, &patient)? && steps(&clinic, run)?.is_empty(), "nothing was moved");
    let one = redrive(&visage, &json!({ "queue": "purge", "limit": 1 }))?;
    ensure!(one["moved"] == 1 && one["emptied"] == false, "{one}");
    let rest = redrive(&visage, &json!({ "queue": "purge", "limit": 1000 }))?;
    ensure!(rest["moved"].as_u64() >= Some(2) && rest["emptied"] == true, "{rest}");
    until("the order was worked on", || Ok(is_purged(&clinic, &patient)?.then_some(())))?;
    let keys = steps(&clinic, run)?.iter().filter(|step| step.key_destroyed).count();
    ensure!(keys == 1, "three letters of one order destroy once");
    Ok(())
}

/// Whether nothing of a patient is left but what they consented to.
fn is_purged(clinic: &Clinic, patient: &str) -> Result<bool> {
    let left = records::of_patient(clinic, patient)?;
    Ok(left.iter().all(|item| text(item, "item_type").is_ok_and(|it| it == "consent")))
}

#[test]
fn what_is_no_order_to_redrive_moves_nothing() -> Result<()> {
    let visage = Visage::connect()?;
    for wrong in [
        json!({ "queue": "relay" }),
        json!({ "queue": "notices", "limit": 0 }),
        json!({ "queue": "notices", "limit": 1001 }),
        json!({ "queue": "notices", "dryrun": true }),
        json!({}),
    ] {
        ensure!(redrive(&visage, &wrong).is_err(), "{wrong}");
    }
    Ok(())
}

#[test]
fn a_redriven_notice_whose_fate_is_unknown_is_not_sent_again() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    let provider = clinic.staff(Role::Provider)?;
    provider.open_until(&visit, "the mail is sent", |opened| {
        opened.notice("intake_received", "email").is_some_and(|notice| notice.state == "sent")
    })?;
    // As if its worker had died after the claim, and the queue had given it up.
    let item = records::of_type(&clinic, &visit.patient, "outbox")?.into_iter().next().context("a notice")?;
    let id = item["outbox"].as_str().context("an id")?;
    let stored = records::item(&clinic, &visit.patient, id)?;
    let before = visage.sweep()?;
    let at = (Timestamp::now() - SignedDuration::from_mins(3)).to_string();
    let (sort, partition) = (format!("{at}#{id}"), format!("C#{}#OUTBOX#claimed", clinic.id));
    for (name, value) in [("state", "claimed"), ("at", &at), ("outbox_sk", &sort), ("outbox_pk", &partition)]
    {
        visage.aws.set(visage.records()?, &stored, name, &json!({ "S": value }))?;
    }
    let swept = visage.sweep()?;
    ensure!(swept["unknown_today"].as_u64() > before["unknown_today"].as_u64(), "it is counted: {swept}");
    let message = json!({
        "clinic": clinic.id, "patient": visit.patient, "evaluation": visit.evaluation, "outbox": id,
    });
    give_up(&visage, "notices", &message)?;
    let moved = redrive(&visage, &json!({ "queue": "notices", "limit": 1000 }))?;
    ensure!(moved["moved"].as_u64() >= Some(1) && moved["emptied"] == true, "{moved}");
    visage.until_worked_on(id)?;
    ensure!(mails_to(&visage, &person.email)?.len() == 1, "it was sent once");
    let opened = provider.open_until(&visit, "its fate stays unknown", |opened| {
        opened.notice("intake_received", "email").is_some_and(|notice| notice.state == "unknown")
    });
    opened.map(drop)
}
