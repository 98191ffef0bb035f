//! Logs: JSON lines, with fields from an allow-list. What is never logged: anything entered, any token, any body.

use serde_json::json;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
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
}

/// The one line that every request leaves: what was asked, what came of it, and what it took.
pub(crate) fn request_line(request: &str, operation: &str, status: u16, code: &str, counts: &Counts) {
    tracing::info!(
        request,
        operation,
        status,
        code,
        calls = %json!(counts.calls),
        capacity = counts.capacity,
        "request"
    );
}

/// The line of a message that a worker took, or of an errand.
pub(crate) fn work_line(request: &str, operation: &str, outcome: &str, counts: &Counts) {
    tracing::info!(request, operation, outcome, calls = %json!(counts.calls), capacity = counts.capacity, "work");
}
