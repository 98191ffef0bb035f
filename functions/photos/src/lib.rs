//! Photos and documents: checked and cleaned as they arrive; photos are then analysed.

pub mod analyse_photo;
pub mod apart;
mod arrival;
pub mod clean;
mod findings;
mod object_event;
pub mod receive_photo;

use visage_platform::worker::brings_messages;
use visage_platform::{ListedWorker, Worker};

/// This area's workers.
pub fn workers() -> Vec<ListedWorker> {
    let reads = |event: &str| {
        brings_messages(event, |body| {
            object_event::new_objects(body).is_ok_and(|objects| !objects.is_empty())
        })
    };
    vec![
        ListedWorker { name: receive_photo::ReceivePhoto::INFO.name, reads },
        ListedWorker { name: analyse_photo::AnalysePhoto::INFO.name, reads },
    ]
}
