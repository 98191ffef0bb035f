//! The one place that reads the clock.

use jiff::Timestamp;

/// The present moment.
#[allow(
    clippy::disallowed_methods,
    reason = "a laptop tool: product code is given its clock, this is its origin"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
