//! What every function shares: configuration, telemetry, sessions and gate, authorisation, audit, problem details, and
//! the pipeline that puts them in order.
//!
//! correlate → authenticate → gate → decode → authorise → handle → audit → limit → metrics → render

pub mod caller;
pub mod config;
pub mod edge;
pub mod errand;
pub mod forms;
pub mod idempotency;
mod json;
pub mod listed;
mod meter;
pub mod metrics;
pub mod operation;
pub mod problem;
pub mod request;
mod round;
pub mod sample;
pub mod serve;
pub mod setup;
pub mod sign_in;
mod strangers;
mod system;
pub mod telemetry;
pub mod trail;
pub mod worker;

pub use caller::{Confirmer, Filler, Operator, Recipient, Registrant, Retaker, Staff, Visitor, admitted};
pub use errand::{Errand, Occasion, Tick};
pub use meter::Spent;
pub use operation::{Call, Header, Info, Operation, Reply};
pub use problem::Problem;
pub use serve::serve;
pub use setup::{Setup, SetupError};
pub use telemetry::{Event, Telemetry};
pub use trail::{Audited, Trail};
pub use worker::{Job, ListedWorker, WorkError, Worker, WorkerInfo, work};
