//! Reads the audit log for a review of who has access, as far as a function's time allows.

use jiff::Timestamp;
use std::collections::HashMap;
use std::ops::ControlFlow;
use visage_domain::access_review::{Activity, Deeds};
use visage_domain::clock::Clock;
use visage_domain::ids::StaffId;
use visage_domain::scope::Scope;
use visage_store::StoreError;
use visage_store::audit::AuditLog;

/// How many patients are held at most, those of each user counted singly, before what was read is kept: some three megabytes.
const MOST_HELD: usize = 50_000;

/// What was read of the log.
pub(crate) enum Reading {
    /// All of it.
    Whole(HashMap<StaffId, Deeds>),
    /// What came before an instant. From there on the rest is to be read, that instant included.
    Until(Timestamp, HashMap<StaffId, Deeds>),
}

/// Reads what everybody did from `from` to `until`, both included. At the `deadline`, or once it holds enough, it
/// stops, but not before it got further than `from`: so whoever goes on where it stopped comes to the end.
///
/// # Errors
/// If the log can't be read.
pub(crate) async fn read<P>(
    log: &AuditLog,
    scope: &Scope<P>,
    (from, until): (Timestamp, Timestamp),
    (clock, deadline): (&dyn Clock, Timestamp),
) -> Result<Reading, StoreError> {
    let (mut activity, mut stops) = (Activity::default(), false);
    let look = |entry| {
        activity.add(entry);
        let is_enough = MOST_HELD <= activity.held() || deadline <= clock.now();
        stops = is_enough && activity.instant() > Some(from);
        if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    log.each_within(scope, (from, until), look).await?;
    Ok(match activity.instant().filter(|_| stops) {
        Some(instant) => Reading::Until(instant, activity.before_instant()),
        None => Reading::Whole(activity.by_user()),
    })
}
