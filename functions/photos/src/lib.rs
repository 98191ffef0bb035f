//! Photos and documents: checked and cleaned as they arrive; photos are then analysed.

pub mod analyse_photo;
mod arrival;
pub mod clean;
mod findings;
mod object_event;
pub mod receive_photo;
