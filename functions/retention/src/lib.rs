//! Retention: what is due is destroyed, in all its copies, and recorded.

mod destroy;
pub mod plan_purge;
pub mod purge_due;

use visage_domain::purge::PurgeOrder;
use visage_platform::worker::brings_messages;
use visage_platform::{ListedWorker, Worker};

/// This area's workers.
pub fn workers() -> Vec<ListedWorker> {
    let reads = |event: &str| brings_messages(event, |body| serde_json::from_str::<PurgeOrder>(body).is_ok());
    vec![
        ListedWorker::errand::<plan_purge::PlanPurge>(),
        ListedWorker { name: purge_due::PurgeDue::INFO.name, reads },
    ]
}
