//! What the platform's engineers run by hand. Nothing here is reached through the API.

pub mod redrive_dead_letters;
