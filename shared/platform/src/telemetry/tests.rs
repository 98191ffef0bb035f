#![allow(clippy::unwrap_used)]

use super::*;
use crate::metrics::METRICS;
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

const REQUEST: &str = "c6f0a9d1-request";

fn telemetry() -> Telemetry {
    Telemetry::new("dev", "intake".to_owned())
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + milliseconds).unwrap()
}

fn spent(milliseconds: i64) -> Spent {
    let calls = BTreeMap::from([("DynamoDB.Query".to_owned(), 2), ("KMS.Decrypt".to_owned(), 1)]);
    let counts = Counts { calls, read_units: 1.5, write_units: 2.0 };
    Spent { began: at(0), ended: at(milliseconds), cpu: Duration::from_micros(1500), counts }
}

fn request(status: u16) -> Value {
    telemetry().request_line(&Request {
        request: REQUEST,
        operation: "start_intake",
        status,
        code: "ok",
        spent: spent(25),
    })
}

fn work(outcome: WorkOutcome, error: Option<String>) -> Value {
    let work = Work { request: REQUEST, operation: "receive_photo", spent: spent(40) };
    telemetry().work_line(&work, outcome, error)
}

fn events() -> Vec<Event> {
    let rejected =
        Rejection::ALL.into_iter().flat_map(|it| [Event::PhotoRejected(it), Event::DocumentRejected(it)]);
    let mut all = vec![
        Event::PhotoCleaned,
        Event::DocumentCleaned,
        Event::PhotoAnalysed,
        Event::RetakeSuggested,
        Event::PhotoNotAnalysed,
        Event::NoticeSent,
        Event::NoticeSuppressed,
        Event::NoticeFailed,
        Event::NoticeUnknown,
        Event::UnknownNotices(2),
        Event::Vendors { not_cleared: 1, due: 2 },
        Event::Purged { records: 3, objects: 2, keys: 1 },
    ];
    all.extend(rejected);
    all
}

/// One line of every kind.
fn lines() -> Vec<Value> {
    let outcomes = [WorkOutcome::Done, WorkOutcome::Again, WorkOutcome::GivenUp];
    let mut all: Vec<Value> = [200, 304, 404, 503].map(request).to_vec();
    all.extend(outcomes.map(|outcome| work(outcome, None)));
    all.extend(events().into_iter().map(|event| telemetry().event_line(REQUEST, at(0), event)));
    all
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn keys(map: &Map<String, Value>) -> BTreeSet<&str> {
    map.keys().map(String::as_str).collect()
}

#[test]
fn every_line_is_valid_embedded_metric_format_of_known_metrics() {
    for line in lines() {
        let members = line.as_object().unwrap();
        let aws = &members["_aws"];
        assert!(aws["Timestamp"].as_i64().unwrap() >= 1_700_000_000_000, "milliseconds since 1970");
        let directives = aws["CloudWatchMetrics"].as_array().unwrap();
        let mut named = BTreeSet::from(["_aws", "level", "fields", "target"]);
        assert!(!directives.is_empty());
        for directive in directives {
            assert_eq!(directive["Namespace"], "Visage/dev");
            let [dimensions] = &directive["Dimensions"].as_array().unwrap()[..] else { panic!("one set") };
            for name in dimensions.as_array().unwrap() {
                let value = members[name.as_str().unwrap()].as_str().unwrap();
                assert!(!value.is_empty() && value.len() <= 1024);
                named.insert(name.as_str().unwrap());
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                let name = metric["Name"].as_str().unwrap();
                let known = METRICS.iter().find(|known| known.name == name).unwrap();
                assert_eq!(metric["Unit"], known.unit);
                assert_eq!(texts(dimensions), known.by.iter().map(|it| (*it).to_owned()).collect());
                assert!(members[name].is_f64());
                assert!(named.insert(name), "{name} twice");
            }
        }
        assert_eq!(keys(members), named, "nothing beside");
        assert!(!line.to_string().contains('\n'));
    }
}

#[test]
fn every_metric_is_written_by_some_line() {
    let all = lines();
    for metric in METRICS {
        assert!(all.iter().any(|line| line.get(metric.name).is_some()), "{}", metric.name);
    }
}

/// What CloudWatch bills: combinations of dimension values. One operation more is three metrics more.
#[test]
fn dimensions_have_few_values() {
    let mut values: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for line in lines() {
        for name in ["Area", "Operation", "Outcome", "Code"] {
            if let Some(value) = line.get(name) {
                values.entry(name).or_default().insert(value.as_str().unwrap().to_owned());
            }
        }
    }
    let expected = "again analysed cleaned done failed given_up not_analysed ok refused rejected retake sent suppressed unknown";
    assert_eq!(values["Outcome"].iter().map(String::as_str).collect::<Vec<_>>().join(" "), expected);
    assert_eq!(values["Code"].len(), Rejection::ALL.len());
}

#[test]
fn a_request_tells_its_class_and_what_it_took() {
    for (status, outcome) in
        [(201, "ok"), (412, "refused"), (429, "refused"), (500, "failed"), (503, "failed")]
    {
        assert_eq!(request(status)["Outcome"], outcome, "{status}");
    }
    let line = request(200);
    assert_eq!((&line["Requests"], &line["Latency"]), (&json!(1.0), &json!(25.0)));
    assert_eq!((&line["Calls"], &line["Capacity"]), (&json!(3.0), &json!(3.5)));
    assert_eq!(line["fields"]["calls"], r#"{"DynamoDB.Query":2,"KMS.Decrypt":1}"#);
}

#[test]
fn work_that_failed_tells_why_and_whether_it_comes_again() {
    let failed: Result<(), &str> = Err("conflict at photo");
    assert_eq!(WorkOutcome::of(&failed, false), WorkOutcome::Again);
    assert_eq!(WorkOutcome::of(&failed, true), WorkOutcome::GivenUp);
    assert_eq!(WorkOutcome::of(&Ok::<_, &str>(()), true), WorkOutcome::Done);
    let line = work(WorkOutcome::Again, Some("conflict at photo".to_owned()));
    assert_eq!(
        (&line["Outcome"], &line["fields"]["outcome"]),
        (&json!("again"), &json!("conflict at photo"))
    );
    assert_eq!(work(WorkOutcome::Done, None)["fields"]["outcome"], "done");
}

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// The first cells of the table under a heading of `docs/LOGGING.md`, without their backquotes.
fn documented(heading: &str) -> BTreeSet<String> {
    let text = file("docs/LOGGING.md");
    let (_, section) =
        text.split_once(&format!("\n### {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_documented_fields_are_those_that_are_written() {
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut beside = BTreeSet::new();
    for line in lines() {
        let fields = line["fields"].as_object().unwrap();
        let message = fields["message"].as_str().unwrap().to_owned();
        let names = fields.keys().filter(|name| *name != "message").cloned();
        written.entry(message).or_default().extend(names);
        beside.extend(line.as_object().unwrap().keys().cloned());
    }
    for (message, fields) in written {
        assert_eq!(documented(&format!("`{message}`")), fields, "{message}");
    }
    let metrics: BTreeSet<String> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
    assert_eq!(documented("Metrics"), metrics);
    assert_eq!(documented("Every line"), beside.difference(&metrics).cloned().collect());
}

#[test]
fn the_documented_access_log_is_the_declared_one() {
    let template = file("template.yaml");
    let (_, format) = template.split_once("Format: >-").unwrap();
    let format = format.split_once('}').unwrap().0.to_owned() + "}";
    let declared: Map<String, Value> = serde_json::from_str(format.trim()).unwrap();
    assert_eq!(documented("Access log"), declared.keys().cloned().collect());
}

#[test]
fn the_documented_audit_entry_is_the_one_that_is_written() {
    use visage_domain::audit::{AuditEntry, Client, ClientRef, Outcome, Purpose};
    use visage_domain::ids::AuditId;
    use visage_domain::principal::Actor;
    let client = Client { ip: "192.0.2.1".to_owned(), user_agent: "a browser".to_owned() };
    let entry = |client| AuditEntry {
        entry: AuditId::from_bits([1; 16]),
        at: at(0),
        clinic: None,
        actor: Actor::Visitor,
        action: "get_form".to_owned(),
        resource: String::new(),
        patient: None,
        shown: Vec::new(),
        purpose: Purpose::Operations,
        outcome: Outcome::Refused { code: "not_found".to_owned() },
        request: REQUEST.to_owned(),
        client,
    };
    let mut written = BTreeSet::new();
    for client in [ClientRef::Clear(client), ClientRef::Sealed { commitment: String::new() }] {
        let value = serde_json::to_value(entry(client)).unwrap();
        written.extend(value.as_object().unwrap().keys().cloned());
    }
    assert_eq!(documented("Audit entry"), written);
}

#[test]
fn dashboard_and_alarms_ask_for_metrics_that_are_written() {
    let written: Vec<Value> = lines();
    let is_written = |name: &str, dimensions: &[(String, Option<String>)]| {
        let known = METRICS.iter().find(|metric| metric.name == name);
        known.is_some_and(|known| {
            known.by.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>()
                == dimensions.iter().map(|(name, _)| name.clone()).collect()
        }) && written.iter().any(|line| {
            line.get(name).is_some()
                && dimensions.iter().all(|(dimension, value)| match value {
                    // Areas and operations are names of files: `cargo xtask check operations` knows them.
                    Some(value) if dimension == "Outcome" || dimension == "Code" => {
                        line[dimension] == **value
                    }
                    _ => true,
                })
        })
    };
    let dashboard = file("infra/dashboard.yaml");
    let mut asked = 0;
    for line in dashboard.lines().map(str::trim).filter(|line| line.contains("Visage/${Stage}")) {
        let metric: Vec<Value> = serde_json::from_str(line.trim_end_matches(',')).unwrap();
        let (name, dimensions) = match metric[0].as_str() {
            Some(_) => {
                let words: Vec<_> = metric.iter().filter_map(Value::as_str).collect();
                let pairs = words[2..].chunks(2).map(|it| (it[0].to_owned(), Some(it[1].to_owned())));
                (words[1].to_owned(), pairs.collect::<Vec<_>>())
            }
            None => searched(metric[0]["expression"].as_str().unwrap()),
        };
        assert!(is_written(&name, &dimensions), "{line}");
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
    let alarms = file("infra/alarms.yaml");
    let ours = alarms.split("\n\n").filter(|alarm| alarm.contains("Namespace: !Sub Visage/${Stage}"));
    let mut alarmed = 0;
    for alarm in ours {
        let after =
            |name: &str| alarm.split(name).nth(1).unwrap().split(['\n', ',', '}']).next().unwrap().trim();
        let dimensions = alarm.split("{Name: ").skip(1).map(|it| {
            let (name, rest) = it.split_once(", Value: ").unwrap();
            (name.to_owned(), rest.split('}').next().map(ToOwned::to_owned))
        });
        assert!(is_written(after("MetricName: "), &dimensions.collect::<Vec<_>>()), "{alarm}");
        alarmed += 1;
    }
    assert_eq!(alarmed, 5);
}

/// Metric and dimensions of `SEARCH('{namespace,dimensions} MetricName="…" Outcome="…"', …)`.
fn searched(expression: &str) -> (String, Vec<(String, Option<String>)>) {
    let schema = expression.split("'{").nth(1).unwrap().split("} ").next().unwrap();
    let term = |name: &str| {
        let rest = expression.split(&format!("{name}=\"")).nth(1)?;
        Some(rest.split('"').next()?.to_owned())
    };
    let dimensions = schema.split(',').skip(1).map(|name| (name.to_owned(), term(name))).collect();
    (term("MetricName").unwrap(), dimensions)
}
