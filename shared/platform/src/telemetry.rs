//! Logs and metrics: JSON lines, with fields from an allow-list. What is never logged: anything entered, any token, any
//! body. `docs/LOGGING.md` names every field, and a test compares.

use crate::meter::{self, Spent, milliseconds};
use crate::metrics::{self, Metric};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Display;
use std::io::Write;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use visage_domain::photo::Rejection;
use visage_store::aws::Counts;

/// Starts logging. No variable sets the level: below `info` the runtime and the SDK log what they carry.
pub fn start() {
    let filter = Targets::new().with_default(LevelFilter::WARN).with_target("visage", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .with_current_span(false)
        .with_span_list(false)
        .without_time()
        .with_writer(std::io::stdout);
    // A second start, as in tests, changes nothing.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    // Where it happened, and never the message: it may quote what somebody entered.
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(target: "visage", at, "panicked");
    }));
}

/// Says that a process is ready for its first event, and what that took.
pub(crate) fn started(operation: &'static str) {
    tracing::info!(operation, cpu = milliseconds(meter::cpu()), "start");
}

/// Something that happened in a worker and that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A photo was cleaned and kept.
    PhotoCleaned,
    /// A photo was rejected.
    PhotoRejected(Rejection),
    /// A document was cleaned and kept.
    DocumentCleaned,
    /// A document was rejected.
    DocumentRejected(Rejection),
    /// A photo was analysed and will do.
    PhotoAnalysed,
    /// A photo was analysed, and another one would help.
    RetakeSuggested,
    /// Nobody was asked about a photo, or its vendor gave no answer.
    PhotoNotAnalysed,
    /// A notice was sent.
    NoticeSent,
    /// A notice was held back, on purpose.
    NoticeSuppressed,
    /// A notice was refused by its vendor, for good.
    NoticeFailed,
    /// Nobody knows whether a notice was sent.
    NoticeUnknown,
    /// So many notices of the last day nobody knows of. The sweeper says so each time.
    UnknownNotices(u32),
    /// How vendors stand. The sweeper says so each time.
    Vendors {
        /// So many lack something on record.
        not_cleared: u32,
        /// So many soon will.
        due: u32,
    },
    /// A step of the purge destroyed so much.
    Purged {
        /// Records.
        records: u32,
        /// Objects.
        objects: u32,
        /// Patients' keys.
        keys: u32,
    },
}

/// How a request ended.
pub(crate) struct Request<'a> {
    pub(crate) request: &'a str,
    pub(crate) operation: &'static str,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) spent: Spent,
}

/// How a piece of work ended.
#[derive(Debug)]
pub struct Work<'a> {
    /// The invocation.
    pub request: &'a str,
    /// The function.
    pub operation: &'static str,
    /// What it took.
    pub spent: Spent,
}

/// What a piece of work came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkOutcome {
    /// Done.
    Done,
    /// Not done; it comes again.
    Again,
    /// Not done, and it won't come again by itself.
    GivenUp,
}

impl WorkOutcome {
    /// What an attempt came to, the last one or an earlier.
    pub const fn of<T, E>(outcome: &Result<T, E>, last_attempt: bool) -> Self {
        match outcome {
            Ok(_) => Self::Done,
            Err(_) if last_attempt => Self::GivenUp,
            Err(_) => Self::Again,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Again => "again",
            Self::GivenUp => "given_up",
        }
    }
}

/// Writes the lines that are metrics as well, in the name of one stage and one area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telemetry {
    namespace: String,
    area: String,
}

impl Telemetry {
    /// The lines of a function of `area` in `stage`.
    pub(crate) fn new(stage: &str, area: String) -> Self {
        Self { namespace: metrics::namespace(stage), area }
    }

    /// The one line that every request leaves: what was asked, what came of it, and what it took.
    pub(crate) fn request(&self, request: &Request<'_>) {
        write(&self.request_line(request));
    }

    /// The line of a message that a worker took, or of an event. `error` says why it isn't done.
    pub fn work<E: Display>(&self, work: &Work<'_>, outcome: WorkOutcome, error: Option<&E>) {
        write(&self.work_line(work, outcome, error.map(ToString::to_string)));
    }

    /// The line of something that is counted.
    pub fn count(&self, request: &str, at: Timestamp, event: Event) {
        write(&self.event_line(request, at, event));
    }

    fn request_line(&self, it: &Request<'_>) -> Value {
        let outcome = match it.status {
            ..400 => "ok",
            400..500 => "refused",
            500.. => "failed",
        };
        let spent = &it.spent;
        let duration = milliseconds(spent.duration());
        let dimensions = [("Area", &*self.area), ("Operation", it.operation), ("Outcome", outcome)];
        let values = [(metrics::REQUESTS, 1.0), (metrics::LATENCY, duration)];
        let fields = json!({
            "message": "request",
            "request": it.request,
            "operation": it.operation,
            "status": it.status,
            "code": it.code,
            "duration": duration,
            "cpu": milliseconds(spent.cpu),
            "calls": json!(spent.counts.calls).to_string(),
            "capacity": spent.counts.capacity(),
            "written": spent.counts.write_units,
        });
        self.line(spent.ended, &dimensions, &[&values[..], &asked_of_aws(&spent.counts)].concat(), &fields)
    }

    fn work_line(&self, it: &Work<'_>, outcome: WorkOutcome, error: Option<String>) -> Value {
        let spent = &it.spent;
        let dimensions = [("Area", &*self.area), ("Operation", it.operation), ("Outcome", outcome.code())];
        let fields = json!({
            "message": "work",
            "request": it.request,
            "operation": it.operation,
            "outcome": error.unwrap_or_else(|| outcome.code().to_owned()),
            "duration": milliseconds(spent.duration()),
            "cpu": milliseconds(spent.cpu),
            "calls": json!(spent.counts.calls).to_string(),
            "capacity": spent.counts.capacity(),
            "written": spent.counts.write_units,
        });
        let values = [&[(metrics::WORK, 1.0)][..], &asked_of_aws(&spent.counts)].concat();
        self.line(spent.ended, &dimensions, &values, &fields)
    }

    fn event_line(&self, request: &str, at: Timestamp, event: Event) -> Value {
        let area = [("Area", &*self.area)];
        let fields = |message: &str| json!({ "message": message, "request": request });
        let ended = |metric: Metric, message: &str, outcome: &'static str| {
            self.line(at, &[("Outcome", outcome)], &[(metric, 1.0)], &fields(message))
        };
        let photo = |outcome| ended(metrics::PHOTOS, "photo", outcome);
        let notice = |outcome| ended(metrics::NOTICES, "notice", outcome);
        let rejected = |metric: Metric, code: Rejection, message: &str| {
            let dimensions = [("Outcome", "rejected"), ("Code", code.code())];
            self.line(at, &dimensions, &[(metric, 1.0), (metrics::REJECTIONS, 1.0)], &fields(message))
        };
        match event {
            Event::PhotoCleaned => photo("cleaned"),
            Event::PhotoAnalysed => photo("analysed"),
            Event::RetakeSuggested => photo("retake"),
            Event::PhotoNotAnalysed => photo("not_analysed"),
            Event::PhotoRejected(code) => rejected(metrics::PHOTOS, code, "photo"),
            Event::DocumentCleaned => ended(metrics::DOCUMENTS, "document", "cleaned"),
            Event::DocumentRejected(code) => rejected(metrics::DOCUMENTS, code, "document"),
            Event::NoticeSent => notice("sent"),
            Event::NoticeSuppressed => notice("suppressed"),
            Event::NoticeFailed => notice("failed"),
            Event::NoticeUnknown => notice("unknown"),
            Event::UnknownNotices(count) => {
                let values = [(metrics::UNKNOWN_NOTICES, f64::from(count))];
                self.line(at, &area, &values, &fields("unknown notices"))
            }
            Event::Vendors { not_cleared, due } => {
                let values = [
                    (metrics::VENDORS_NOT_CLEARED, f64::from(not_cleared)),
                    (metrics::VENDORS_DUE, f64::from(due)),
                ];
                self.line(at, &area, &values, &fields("vendors"))
            }
            Event::Purged { records, objects, keys } => {
                let values = [
                    (metrics::PURGED_RECORDS, f64::from(records)),
                    (metrics::PURGED_OBJECTS, f64::from(objects)),
                    (metrics::PURGED_KEYS, f64::from(keys)),
                ];
                self.line(at, &area, &values, &fields("purged"))
            }
        }
    }

    /// A line of the shape that the other lines have, with the metrics' members beside.
    fn line(
        &self,
        at: Timestamp,
        dimensions: &[(&'static str, &str)],
        values: &[(Metric, f64)],
        fields: &Value,
    ) -> Value {
        let mut line = metrics::members(&self.namespace, at, dimensions, values);
        line.insert("level".to_owned(), json!("INFO"));
        line.insert("fields".to_owned(), fields.clone());
        line.insert("target".to_owned(), json!(module_path!()));
        Value::Object(line)
    }
}

/// What requests and work take alike.
fn asked_of_aws(counts: &Counts) -> [(Metric, f64); 2] {
    let calls = counts.calls.values().copied().map(f64::from).sum();
    [(metrics::CALLS, calls), (metrics::CAPACITY, counts.capacity())]
}

fn write(line: &Value) {
    // Whoever can't log has nobody left to tell.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests;
