//! Retention: what is due is destroyed, in all its copies, and recorded.

mod destroy;
pub mod plan_purge;
pub mod purge_due;

use visage_domain::purge::PurgeOrder;
use visage_platform::ListedWorker;

/// This area's workers.
pub fn workers() -> Vec<ListedWorker> {
    vec![
        ListedWorker::errand::<plan_purge::PlanPurge>(),
        ListedWorker::of::<purge_due::PurgeDue, PurgeOrder>(),
    ]
}
