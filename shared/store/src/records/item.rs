//! A record as an item: its own attributes, and beside them what every item has.

use super::entity::{Entity, IndexName, Key};
use crate::error::StoreError;
use crate::vault::{DataKey, Seal};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use visage_domain::clock::Entropy;
use visage_domain::ids::ClinicId;
use visage_domain::retention::Record;
use zeroize::Zeroizing;

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) const PK: &str = "pk";
pub(crate) const SK: &str = "sk";
pub(crate) const TYPE: &str = "item_type";
pub(crate) const VERSION: &str = "item_version";
const CLASS: &str = "record_class";
const ANCHOR: &str = "retention_anchor";
const TTL: &str = "ttl";
/// What is due is destroyed by the purge, which records it; the database drops it silently only when no purge came by
/// for a week.
const BACKSTOP: SignedDuration = SignedDuration::from_hours(7 * 24);
const SEALED: &str = "sealed";
const SEALED_VERSION: &str = "sealed_version";

/// A record that was read: what it says, and what it takes to change it.
#[derive(Clone, Debug)]
pub struct Stored<E> {
    /// The clear part.
    pub record: E,
    /// Counts from 1 with every change; a change names the version it was made from.
    pub version: u64,
    seal: Option<Seal>,
    seal_version: u64,
    context: SealContext,
}

/// Where a seal belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SealContext {
    partition: String,
    sort: String,
    kind: &'static str,
}

impl SealContext {
    fn of<E: Record>(clinic: ClinicId, key: &Key<E>) -> Self {
        Self { partition: key.home.partition(clinic), sort: key.sort.clone(), kind: E::TYPE }
    }

    /// The associated data: clinic and patient (in the partition), record, type and version.
    fn associated_data(&self, version: u64) -> String {
        format!("visage/record/1\n{}\n{}\n{}\n{version}", self.partition, self.sort, self.kind)
    }
}

impl<E: Record> Stored<E> {
    /// What is stored once [`super::Transaction::replace`] put `record` in this one's place.
    #[must_use]
    pub fn followed_by(&self, record: E) -> Self {
        let (seal, context) = (self.seal.clone(), self.context.clone());
        Self { record, version: self.version + 1, seal, seal_version: self.seal_version, context }
    }

    /// Whether it has a sealed part.
    pub const fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// Opens the sealed part.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] if it was sealed under another key or for another place.
    pub fn open(&self, key: &DataKey) -> Result<E::Sealed, StoreError> {
        let closed = StoreError::DoesNotOpen { what: E::TYPE };
        let context = self.context.associated_data(self.seal_version);
        let plain = self.seal.as_ref().and_then(|seal| key.open(&context, seal)).ok_or(closed)?;
        serde_json::from_slice(&plain).map_err(|_| StoreError::Corrupt { what: E::TYPE })
    }
}

/// What a write does with the sealed part.
pub(crate) enum SealedPart<'a, E: Record> {
    /// There is none.
    None,
    /// It stays as it was read.
    Kept(&'a Stored<E>),
    /// It is sealed anew.
    New { value: &'a E::Sealed, key: &'a DataKey, entropy: &'a dyn Entropy, version: u64 },
}

/// The sealed version that follows what was read.
pub(crate) const fn next_seal_version<E>(stored: &Stored<E>) -> u64 {
    stored.seal_version + 1
}

/// Builds the item of `record` at `version`.
pub(crate) fn to_item<E: Entity>(
    clinic: ClinicId,
    record: &E,
    version: u64,
    sealed: SealedPart<'_, E>,
) -> Result<Item, StoreError> {
    let key = record.key();
    let mut item: Item = serde_dynamo::to_item(record).map_err(|_| StoreError::Corrupt { what: E::TYPE })?;
    let mut set = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    set(PK, AttributeValue::S(key.home.partition(clinic)));
    set(SK, AttributeValue::S(key.sort.clone()));
    set(TYPE, AttributeValue::S(E::TYPE.into()));
    set(VERSION, AttributeValue::N(version.to_string()));
    for (name, value) in retention(record)? {
        set(name, value);
    }
    for index in record.indexes() {
        let name = index.name.name();
        if let (IndexName::Due, Some(expires_at)) = (index.name, record.expires_at()) {
            set(TTL, seconds(expires_at.checked_add(BACKSTOP).unwrap_or(expires_at)));
        }
        set(&format!("{name}_pk"), AttributeValue::S(format!("C#{clinic}#{}", index.partition)));
        set(&format!("{name}_sk"), AttributeValue::S(index.sort));
    }
    if let Some((seal, seal_version)) = seal(&SealContext::of(clinic, &key), sealed)? {
        set(SEALED, AttributeValue::B(Blob::new(seal.0)));
        set(SEALED_VERSION, AttributeValue::N(seal_version.to_string()));
    }
    Ok(item)
}

/// The attributes that say how long a record is kept.
pub(crate) fn retention<R: Record>(record: &R) -> Result<Vec<(&'static str, AttributeValue)>, StoreError> {
    let class =
        serde_dynamo::to_attribute_value(R::CLASS).map_err(|_| StoreError::Corrupt { what: R::TYPE })?;
    let mut attributes = vec![(CLASS, class), (ANCHOR, AttributeValue::S(record.anchor().to_string()))];
    if let Some(expires_at) = record.expires_at() {
        attributes.push((TTL, seconds(expires_at)));
    }
    Ok(attributes)
}

fn seconds(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_second().to_string())
}

fn seal<E: Record>(
    context: &SealContext,
    part: SealedPart<'_, E>,
) -> Result<Option<(Seal, u64)>, StoreError> {
    match part {
        SealedPart::None => Ok(None),
        SealedPart::Kept(stored) => Ok(stored.seal.clone().map(|seal| (seal, stored.seal_version))),
        SealedPart::New { value, key, entropy, version } => {
            let corrupt = StoreError::Corrupt { what: E::TYPE };
            let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|_| corrupt)?);
            let closed = StoreError::DoesNotOpen { what: E::TYPE };
            let seal = key.seal(&context.associated_data(version), plain.to_vec(), entropy).ok_or(closed)?;
            Ok(Some((seal, version)))
        }
    }
}

/// Reads an item back.
pub(crate) fn from_item<E: Record>(item: Item) -> Result<Stored<E>, StoreError> {
    let corrupt = || StoreError::Corrupt { what: E::TYPE };
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().ok_or_else(corrupt);
    let number =
        |name: &str| item.get(name).and_then(|value| value.as_n().ok()).and_then(|n| n.parse::<u64>().ok());
    let (partition, sort, kind) = (text(PK)?, text(SK)?, text(TYPE)?);
    if kind != E::TYPE {
        return Err(corrupt());
    }
    let version = number(VERSION).ok_or_else(corrupt)?;
    let seal_version = number(SEALED_VERSION).unwrap_or_default();
    let seal = item.get(SEALED).and_then(|value| value.as_b().ok()).map(|blob| Seal(blob.as_ref().to_vec()));
    let record = serde_dynamo::from_item(item).map_err(|_| corrupt())?;
    Ok(Stored {
        record,
        version,
        seal,
        seal_version,
        context: SealContext { partition, sort, kind: E::TYPE },
    })
}
