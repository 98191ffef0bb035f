//! What the platform's engineers run by hand, and what keeps its keys young by the clock. Nothing here is reached through the API.

pub mod redrive_dead_letters;
pub mod rotate_keys;

use visage_platform::ListedWorker;

/// This area's errands.
pub fn workers() -> Vec<ListedWorker> {
    vec![
        ListedWorker::errand::<redrive_dead_letters::RedriveDeadLetters>(),
        ListedWorker::errand::<rotate_keys::RotateKeys>(),
    ]
}
