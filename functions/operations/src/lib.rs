//! What the platform's engineers run by hand. Nothing here is reached through the API.

pub mod redrive_dead_letters;

use visage_platform::ListedWorker;

/// This area's errands.
pub fn workers() -> Vec<ListedWorker> {
    vec![ListedWorker::errand::<redrive_dead_letters::RedriveDeadLetters>()]
}
