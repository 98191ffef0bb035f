//! Logs: JSON lines, with fields from an allow-list. What is never logged: anything entered, any token, any body.

use serde_json::json;
use tracing_subscriber::EnvFilter;
use visage_store::aws::Counts;

/// Starts logging. `RUST_LOG` sets the level; `info` otherwise.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_current_span(false)
        .with_span_list(false)
        .without_time()
        .with_writer(std::io::stdout);
    // A second start, as in tests, changes nothing.
    let _ = subscriber.try_init();
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

/// The line of a message that a worker took.
pub(crate) fn work_line(request: &str, operation: &str, outcome: &str, counts: &Counts) {
    tracing::info!(request, operation, outcome, calls = %json!(counts.calls), capacity = counts.capacity, "work");
}
