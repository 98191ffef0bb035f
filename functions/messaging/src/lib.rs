//! Messages: handed over from the outbox, sent once.

pub mod relay_outbox;
pub mod send_notice;
mod texts;
