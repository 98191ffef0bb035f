//! Messages: handed over from the outbox, sent once, and looked after where that is in doubt.

mod case;
pub mod confirm_channel;
mod letter;
pub mod list_notices;
pub mod relay_outbox;
pub mod send_notice;
pub mod sweep_outbox;
mod texts;

use visage_domain::outbox::OutboxMessage;
use visage_platform::operation::{Listed, list};
use visage_platform::worker::brings_messages;
use visage_platform::{Errand, ListedWorker, Worker};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![list::<list_notices::ListNotices>(), list::<confirm_channel::ConfirmChannel>()]
}

/// This area's workers.
pub fn workers() -> Vec<ListedWorker> {
    let reads =
        |event: &str| brings_messages(event, |body| serde_json::from_str::<OutboxMessage>(body).is_ok());
    vec![
        ListedWorker { name: relay_outbox::RelayOutbox::INFO.name, reads: relay_outbox::reads },
        ListedWorker::errand::<sweep_outbox::SweepOutbox>(),
        ListedWorker { name: send_notice::SendNotice::INFO.name, reads },
    ]
}
