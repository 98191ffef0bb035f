//! Writes. There is no write without its audit entry: both are one transaction.

use super::Records;
use super::entity::Entity;
use super::item::{Item, SealedPart, Stored, next_seal_version, to_item};
use super::read::key_item;
use crate::audit::PreparedEntry;
use crate::error::{DYNAMODB, StoreError};
use crate::vault::DataKey;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, ReturnConsumedCapacity, TransactWriteItem};
use std::collections::HashMap;
use std::time::Duration;
use visage_domain::clock::{Entropy, random};
use visage_domain::retention::{Nothing, Record};
use visage_domain::scope::Scope;

/// How often a transaction that met another one is tried again, and how long it waits before.
const RETRIES: [Duration; 5] = [
    Duration::from_millis(15),
    Duration::from_millis(40),
    Duration::from_millis(90),
    Duration::from_millis(200),
    Duration::from_millis(400),
];

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The write with this label didn't find what it expected: the thing exists already, or was changed meanwhile.
    #[error("conflict at {0}")]
    Conflict(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes that happen together or not at all.
#[must_use = "nothing is written before `commit`"]
pub struct Transaction<'a, P> {
    pub(super) records: &'a Records,
    pub(super) scope: &'a Scope<P>,
    entropy: &'a dyn Entropy,
    writes: Vec<TransactWriteItem>,
    labels: Vec<&'static str>,
}

impl<P> std::fmt::Debug for Transaction<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Transaction").field(&self.labels).finish()
    }
}

impl Records {
    /// Begins a transaction in the scope's clinic.
    pub const fn transaction<'a, P>(
        &'a self,
        scope: &'a Scope<P>,
        entropy: &'a dyn Entropy,
    ) -> Transaction<'a, P> {
        Transaction { records: self, scope, entropy, writes: Vec::new(), labels: Vec::new() }
    }
}

impl<P> Transaction<'_, P> {
    /// Writes a record that must not exist yet.
    ///
    /// # Errors
    /// If it can't be written as an item.
    pub fn create<E: Entity<Sealed = Nothing>>(
        self,
        label: &'static str,
        record: &E,
    ) -> Result<Self, StoreError> {
        self.put_new(label, record, SealedPart::None)
    }

    /// Writes a record with its sealed part; it must not exist yet.
    ///
    /// # Errors
    /// If it can't be sealed or written as an item.
    pub fn create_sealed<E: Entity>(
        self,
        label: &'static str,
        record: &E,
        value: &E::Sealed,
        key: &DataKey,
    ) -> Result<Self, StoreError> {
        let entropy = self.entropy;
        self.put_new(label, record, SealedPart::New { value, key, entropy, version: 1 })
    }

    /// Writes a record whose sealed part comes later; it must not exist yet.
    ///
    /// # Errors
    /// If it can't be written as an item.
    pub fn create_unsealed<E: Entity>(self, label: &'static str, record: &E) -> Result<Self, StoreError> {
        self.put_new(label, record, SealedPart::None)
    }

    /// Changes the clear part of a record that must be as it was read.
    ///
    /// # Errors
    /// If it can't be written as an item.
    pub fn replace<E: Entity>(
        self,
        label: &'static str,
        stored: &Stored<E>,
        record: &E,
    ) -> Result<Self, StoreError> {
        self.put_changed(label, stored, record, SealedPart::Kept(stored))
    }

    /// Changes both parts of a record that must be as it was read.
    ///
    /// # Errors
    /// If it can't be sealed or written as an item.
    pub fn replace_sealed<E: Entity>(
        self,
        label: &'static str,
        stored: &Stored<E>,
        record: &E,
        value: &E::Sealed,
        key: &DataKey,
    ) -> Result<Self, StoreError> {
        let (entropy, version) = (self.entropy, next_seal_version(stored));
        self.put_changed(label, stored, record, SealedPart::New { value, key, entropy, version })
    }

    /// Deletes a record that must be as it was read.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn delete<E: Entity>(self, label: &'static str, stored: &Stored<E>) -> Result<Self, StoreError> {
        let key = key_item(self.scope.clinic(), &stored.record.key());
        self.remove(label, key, stored.version)
    }

    /// Deletes a record that this process created a moment ago and that nobody changed since.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn take_back<E: Entity>(self, label: &'static str, created: &E) -> Result<Self, StoreError> {
        let key = key_item(self.scope.clinic(), &created.key());
        self.remove(label, key, 1)
    }

    pub(super) fn remove(self, label: &'static str, key: Item, version: u64) -> Result<Self, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.records.table)
            .set_key(Some(key))
            .condition_expression(UNCHANGED)
            .set_expression_attribute_values(Some(expected(version)))
            .build()
            .map_err(|_| StoreError::Corrupt { what: label })?;
        Ok(self.push(label, TransactWriteItem::builder().delete(delete).build()))
    }

    /// Writes everything, and `entry` with it.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] with the label of the write that was in the way; nothing was written then.
    pub async fn commit(self, entry: PreparedEntry) -> Result<(), CommitError> {
        let records = self.records;
        let put = Put::builder()
            .table_name(&records.audit_table)
            .set_item(Some(entry.into_item()))
            .condition_expression(ABSENT)
            .build()
            .map_err(|_| StoreError::Corrupt { what: "audit" })?;
        let this = self.push("audit", TransactWriteItem::builder().put(put).build());
        for pause in RETRIES.map(Some).into_iter().chain([None]) {
            match this.send().await {
                Err(error) if is_contention(&error) => match pause {
                    Some(pause) => tokio::time::sleep(jittered(pause, this.entropy)).await,
                    None => break,
                },
                Err(error) => return Err(this.explain(&error)),
                Ok(()) => return Ok(()),
            }
        }
        Err(StoreError::Unavailable { service: DYNAMODB, code: "contention".into() }.into())
    }

    async fn send(&self) -> Result<(), Box<SdkError<TransactWriteItemsError>>> {
        let done = self
            .records
            .client
            .transact_write_items()
            .set_transact_items(Some(self.writes.clone()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(Box::new)?;
        self.records.calls.wrote(done.consumed_capacity.unwrap_or_default());
        Ok(())
    }

    fn put_new<E: Entity>(
        self,
        label: &'static str,
        record: &E,
        sealed: SealedPart<'_, E>,
    ) -> Result<Self, StoreError> {
        let item = to_item(self.scope.clinic(), record, 1, sealed)?;
        self.put::<E>(label, item, ABSENT, None)
    }

    fn put_changed<E: Entity>(
        self,
        label: &'static str,
        stored: &Stored<E>,
        record: &E,
        sealed: SealedPart<'_, E>,
    ) -> Result<Self, StoreError> {
        let item = to_item(self.scope.clinic(), record, stored.version + 1, sealed)?;
        self.put::<E>(label, item, UNCHANGED, Some(expected(stored.version)))
    }

    fn put<E: Record>(
        self,
        label: &'static str,
        item: Item,
        condition: &str,
        values: Option<HashMap<String, AttributeValue>>,
    ) -> Result<Self, StoreError> {
        let put = Put::builder()
            .table_name(&self.records.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .build()
            .map_err(|_| StoreError::Corrupt { what: E::TYPE })?;
        Ok(self.push(label, TransactWriteItem::builder().put(put).build()))
    }

    pub(super) fn table(&self) -> &str {
        &self.records.table
    }

    pub(super) fn push(mut self, label: &'static str, write: TransactWriteItem) -> Self {
        self.writes.push(write);
        self.labels.push(label);
        self
    }

    fn explain(&self, error: &SdkError<TransactWriteItemsError>) -> CommitError {
        let failed = reasons(error).position(|code| code == "ConditionalCheckFailed");
        let busy = ["ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"];
        if failed.is_none() && reasons(error).any(|code| busy.contains(&code)) {
            return StoreError::Throttled { service: DYNAMODB, code: "transaction".into() }.into();
        }
        match failed.and_then(|index| self.labels.get(index)) {
            Some(label) => CommitError::Conflict(label),
            None => StoreError::from_sdk(DYNAMODB, error).into(),
        }
    }
}

/// Between half of `pause` and all of it, so that those who met don't meet again.
fn jittered(pause: Duration, entropy: &dyn Entropy) -> Duration {
    let [byte] = random::<1>(entropy);
    pause.mul_f64(0.5 + f64::from(byte) / 512.0)
}

pub(super) const ABSENT: &str = "attribute_not_exists(pk)";
pub(super) const UNCHANGED: &str = "item_version = :item_version";

pub(super) fn expected(version: u64) -> HashMap<String, AttributeValue> {
    HashMap::from([super::query::version_value(version)])
}

fn reasons(error: &SdkError<TransactWriteItemsError>) -> impl Iterator<Item = &str> {
    let cancelled = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons()
        }
        _ => &[],
    };
    cancelled.iter().map(|reason| reason.code().unwrap_or_default())
}

/// Whether the transaction met another one and may simply be sent again. A failed condition is final.
fn is_contention(error: &SdkError<TransactWriteItemsError>) -> bool {
    let met = reasons(error).any(|code| code == "TransactionConflict");
    met && !reasons(error).any(|code| code == "ConditionalCheckFailed")
}
