//! Messages: handed over from the outbox, sent once, and looked after where that is in doubt.

mod case;
pub mod confirm_channel;
mod letter;
pub mod list_notices;
pub mod relay_outbox;
pub mod send_notice;
pub mod sweep_outbox;
mod texts;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![list::<list_notices::ListNotices>(), list::<confirm_channel::ConfirmChannel>()]
}
