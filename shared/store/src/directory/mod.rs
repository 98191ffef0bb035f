//! The directory: the only thing that is known before the clinic is. It holds no PHI.

mod entries;
mod operators;
mod registrations;
mod vendors;

pub use entries::{ClinicEntry, DirectoryEntry, MembershipEntry, SlugEntry, UsedToken};
pub use registrations::RegistrationEntry;

use crate::aws::{Aws, CallLog};
use crate::error::{DYNAMODB, StoreError, held};
use crate::records::retention_of;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use entries::CLINICS;
use jiff::Timestamp;
use std::collections::HashMap;
use visage_domain::clinic::is_slug;
use visage_domain::ids::ClinicId;
use visage_domain::retention::Record;

/// What must be so of the entry that is there.
#[derive(Debug)]
struct Condition {
    expression: &'static str,
    /// The attribute that it calls `#it`, and the value that it calls `:it`.
    compared: Option<(&'static str, AttributeValue)>,
}

impl Condition {
    const ABSENT: Self = Self { expression: "attribute_not_exists(pk)", compared: None };

    /// One that compares an attribute with what it is in the item of `entry`.
    fn comparing<E: DirectoryEntry>(
        expression: &'static str,
        name: &'static str,
        entry: &E,
    ) -> Result<Self, StoreError> {
        let value = item_of(entry)?.remove(name).ok_or(StoreError::Corrupt { what: E::TYPE })?;
        Ok(Self { expression, compared: Some((name, value)) })
    }
}

/// The directory.
#[derive(Clone, Debug)]
pub struct Directory {
    client: aws_sdk_dynamodb::Client,
    table: String,
    calls: CallLog,
}

impl Directory {
    /// The directory in `table`.
    pub fn new(aws: &Aws, table: String) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(aws.config()).interceptor(aws.calls()).build();
        Self { client: aws_sdk_dynamodb::Client::from_conf(config), table, calls: aws.calls() }
    }

    /// The clinic with that slug. What can't be a slug isn't looked for: it may be longer than a key.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn clinic_of(&self, slug: &str) -> Result<Option<ClinicId>, StoreError> {
        if !is_slug(slug) {
            return Ok(None);
        }
        let found: Option<SlugEntry> = self.get((format!("SLUG#{slug}"), "CLINIC".into())).await?;
        Ok(found.map(|entry| entry.clinic))
    }

    /// A page of all clinics, with where the next one starts: what runs by the clock goes from clinic to clinic.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn clinics(
        &self,
        after: Option<ClinicId>,
    ) -> Result<(Vec<ClinicEntry>, Option<ClinicId>), StoreError> {
        let after = after.map(|clinic| ClinicEntry { clinic, since: Timestamp::UNIX_EPOCH }.place());
        let (clinics, is_last) = self.page::<ClinicEntry>(CLINICS, after).await?;
        let next = if is_last { None } else { clinics.last().map(|it| it.clinic) };
        Ok((clinics, next))
    }

    /// A person's user at a clinic.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn membership(
        &self,
        subject: &str,
        clinic: ClinicId,
    ) -> Result<Option<MembershipEntry>, StoreError> {
        self.get((entries::person(subject), format!("CLINIC#{clinic}"))).await
    }

    /// Where a person works: few enough for one page.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn memberships(&self, subject: &str) -> Result<Vec<MembershipEntry>, StoreError> {
        Ok(self.page(&entries::person(subject), None).await?.0)
    }

    /// Takes a person's membership of a clinic out. What isn't there is out already.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn remove_membership(&self, subject: &str, clinic: ClinicId) -> Result<(), StoreError> {
        self.remove((entries::person(subject), format!("CLINIC#{clinic}"))).await
    }

    /// Adds an entry; `false` if there is one already.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn add<E: DirectoryEntry>(&self, entry: &E) -> Result<bool, StoreError> {
        self.put(entry, Some(Condition::ABSENT)).await
    }

    /// Writes an entry, over an earlier one if there is one.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn set<E: DirectoryEntry>(&self, entry: &E) -> Result<(), StoreError> {
        self.put(entry, None).await.map(drop)
    }

    /// A page of a partition behind the entry at `after`, and whether it is the last.
    async fn page<E: Record>(
        &self,
        partition: &str,
        after: Option<(String, String)>,
    ) -> Result<(Vec<E>, bool), StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(partition.into()))
            .consistent_read(true)
            .set_exclusive_start_key(after.map(key_of))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let entries = serde_dynamo::from_items(page.items.unwrap_or_default())
            .map_err(|_| StoreError::Corrupt { what: E::TYPE })?;
        Ok((entries, page.last_evaluated_key.is_none()))
    }

    async fn get<E: Record>(&self, place: (String, String)) -> Result<Option<E>, StoreError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_of(place)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(got.consumed_capacity);
        got.item.map(serde_dynamo::from_item).transpose().map_err(|_| StoreError::Corrupt { what: E::TYPE })
    }

    async fn remove(&self, place: (String, String)) -> Result<(), StoreError> {
        let removed = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key_of(place)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.wrote(removed.consumed_capacity);
        Ok(())
    }

    /// Writes an entry; `false` if what is there isn't as the condition says.
    async fn put<E: DirectoryEntry>(
        &self,
        entry: &E,
        condition: Option<Condition>,
    ) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item_of(entry)?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let put = match condition {
            None => put,
            Some(Condition { expression, compared: None }) => put.condition_expression(expression),
            Some(Condition { expression, compared: Some((name, value)) }) => put
                .condition_expression(expression)
                .expression_attribute_names("#it", name)
                .expression_attribute_values(":it", value),
        };
        let Some(put) = held(put.send().await)? else { return Ok(false) };
        self.calls.wrote(put.consumed_capacity);
        Ok(true)
    }
}

/// The key attributes of a place.
fn key_of((pk, sk): (String, String)) -> HashMap<String, AttributeValue> {
    [("pk", pk), ("sk", sk)].map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into()
}

/// An entry as DynamoDB has it.
fn item_of<E: DirectoryEntry>(entry: &E) -> Result<HashMap<String, AttributeValue>, StoreError> {
    let corrupt = |_| StoreError::Corrupt { what: E::TYPE };
    let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(entry).map_err(corrupt)?;
    item.extend(key_of(entry.place()));
    item.extend(retention_of(entry)?.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Ok(item)
}
