//! The HTTP server.

mod call_log;
mod listener;
mod service;

pub use call_log::{Call, CallLog};
pub use listener::Server;
pub use service::Service;
