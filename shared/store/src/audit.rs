//! The audit log: append only. There is one way in, and it never overwrites. What can be read of it is in
//! `read.rs`.

mod read;

use crate::aws::{Aws, CallLog};
use crate::error::{StoreError, held};
use crate::records::sortable;
use crate::vault::DataKey;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::HashMap;
use visage_domain::audit::{AuditEntry, SealedClient, StrangerCount};
use visage_domain::clock::{Entropy, utc_day};
use visage_domain::ids::{AuditId, ClinicId};
use visage_domain::retention::Record;

/// An entry, ready to be written: on its own, or with the transaction that it records.
#[derive(Clone, Debug)]
pub struct PreparedEntry(HashMap<String, AttributeValue>);

impl PreparedEntry {
    /// Makes the item of `entry`, with what is sealed beside it.
    ///
    /// # Errors
    /// If it can't be written as an item or sealed.
    pub fn new(
        entry: &AuditEntry,
        sealed: Option<(&SealedClient, &DataKey)>,
        entropy: &dyn Entropy,
    ) -> Result<Self, StoreError> {
        let mut item = log_item(entry, entry.clinic, entry.at, entry.entry)?;
        if let Some((value, key)) = sealed {
            let corrupt = || StoreError::Corrupt { what: "audit" };
            let plain = serde_json::to_vec(value).map_err(|_| corrupt())?;
            let context =
                format!("visage/audit/1\n{}\n{}", partition(entry.clinic, utc_day(entry.at)), entry.entry);
            let seal = key.seal(&context, plain, entropy).ok_or_else(corrupt)?;
            item.insert("sealed".into(), AttributeValue::B(Blob::new(seal.0)));
        }
        Ok(Self(item))
    }

    pub(crate) fn into_item(self) -> HashMap<String, AttributeValue> {
        self.0
    }
}

/// A clinic's day, or the platform's.
fn partition(clinic: Option<ClinicId>, day: Date) -> String {
    clinic.map_or_else(|| format!("PLATFORM#{day}"), |clinic| format!("C#{clinic}#{day}"))
}

/// An entry's place within its day.
fn sort(at: Timestamp, entry: AuditId) -> String {
    format!("{}#{entry}", sortable(at))
}

fn log_item<R: Record>(
    record: &R,
    clinic: Option<ClinicId>,
    at: Timestamp,
    entry: AuditId,
) -> Result<HashMap<String, AttributeValue>, StoreError> {
    let corrupt = |_| StoreError::Corrupt { what: "audit" };
    let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(record).map_err(corrupt)?;
    item.insert("pk".into(), AttributeValue::S(partition(clinic, utc_day(at))));
    item.insert("sk".into(), AttributeValue::S(sort(at, entry)));
    item.insert("item_type".into(), AttributeValue::S(R::TYPE.into()));
    for (name, value) in crate::records::retention_of(record)? {
        item.insert(name.into(), value);
    }
    Ok(item)
}

/// The audit log.
#[derive(Clone, Debug)]
pub struct AuditLog {
    client: aws_sdk_dynamodb::Client,
    table: String,
    calls: CallLog,
}

impl AuditLog {
    /// The log in `table`.
    pub fn new(aws: &Aws, table: String) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(aws.config()).interceptor(aws.calls()).build();
        Self { client: aws_sdk_dynamodb::Client::from_conf(config), table, calls: aws.calls() }
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// If it isn't written; then nothing may be answered.
    pub async fn put(&self, entry: PreparedEntry) -> Result<(), StoreError> {
        self.put_item(entry.0).await
    }

    /// Writes how many strangers came.
    ///
    /// # Errors
    /// If it isn't written.
    pub async fn put_strangers(&self, count: &StrangerCount) -> Result<(), StoreError> {
        self.put_item(log_item(count, None, count.minute, count.entry)?).await
    }

    async fn put_item(&self, item: HashMap<String, AttributeValue>) -> Result<(), StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // Its id is 128 random bits: what stands there is this very entry, written by an attempt whose answer got lost.
        if let Some(put) = held(put.send().await)? {
            self.calls.wrote(put.consumed_capacity);
        }
        Ok(())
    }
}
