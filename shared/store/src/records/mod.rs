//! The records table: everything of a clinic, under keys that start with the clinic.

mod alerts;
mod counts;
mod dated;
mod due;
mod entity;
mod glass;
mod item;
mod keyed;
pub mod keys;
mod matching;
mod outbox;
mod places;
mod query;
mod queue;
mod read;
mod require;
mod reviews;
mod staff;
mod transaction;
pub mod tries;

pub(crate) use counts::CountUp;
pub(crate) use dated::sortable;
pub use due::{Doomed, Due};
pub use entity::{Entity, Index, Key};
pub use item::Stored;
pub(crate) use item::retention as retention_of;
pub use matching::match_entries;
pub use outbox::{Order, OutboxQueue};
pub use query::{Found, Page};
pub use queue::{AssigneeFilter, Cursor, QueueEntry, QueueFilter};
pub use read::GateReads;
pub use transaction::{CommitError, Transaction};

use crate::aws::{Aws, CallLog};

/// The records of all clinics; each call opens one clinic's with a [`visage_domain::scope::Scope`].
#[derive(Clone, Debug)]
pub struct Records {
    client: aws_sdk_dynamodb::Client,
    table: String,
    audit_table: String,
    calls: CallLog,
}

impl Records {
    /// The records in `table`, whose transactions write their audit entries to `audit_table`.
    pub fn new(aws: &Aws, table: String, audit_table: String) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(aws.config()).interceptor(aws.calls()).build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        Self { client, table, audit_table, calls: aws.calls() }
    }
}
