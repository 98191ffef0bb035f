//! Everything that is kept or called outside of the process: records, audit log, directory, keys, objects, queues and
//! vendors. The only crate that names an AWS SDK, a table expression or an object key.

pub mod accounts;
pub mod audit;
pub mod aws;
pub mod directory;
pub mod error;
pub mod faces;
pub mod identity;
pub mod mail;
pub mod objects;
pub mod queue;
pub mod records;
pub mod signed_links;
mod signer;
pub mod sms;
pub mod upload_form;
pub mod vault;

pub use error::StoreError;
