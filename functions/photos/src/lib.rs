//! Photos: checked and cleaned as they arrive, then analysed.

pub mod analyse_photo;
pub mod clean;
mod findings;
mod object_event;
pub mod receive_photo;
