//! Messages: handed over from the outbox, sent once, and looked after where that is in doubt.

mod alert_texts;
mod announce;
mod case;
pub mod confirm_channel;
mod held;
mod letter;
pub mod list_notices;
pub mod relay_outbox;
pub mod send_alert;
pub mod send_notice;
pub mod sweep_outbox;
mod texts;

use visage_domain::alert::AlertMessage;
use visage_domain::outbox::OutboxMessage;
use visage_platform::operation::{Listed, list};
use visage_platform::{Errand, ListedWorker};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![list::<list_notices::ListNotices>(), list::<confirm_channel::ConfirmChannel>()]
}

/// This area's workers.
pub fn workers() -> Vec<ListedWorker> {
    vec![
        ListedWorker { name: relay_outbox::RelayOutbox::INFO.name, reads: relay_outbox::reads },
        ListedWorker::errand::<sweep_outbox::SweepOutbox>(),
        ListedWorker::of::<send_notice::SendNotice, OutboxMessage>(),
        ListedWorker::of::<send_alert::SendAlert, AlertMessage>(),
    ]
}
