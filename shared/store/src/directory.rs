//! The directory: the only thing that is known before the clinic is. It holds no PHI.

use crate::aws::{Aws, CallLog};
use crate::error::StoreError;
use crate::records::retention_of;
use crate::vault::session_id_of;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use visage_domain::capability::Secret;
use visage_domain::clinic::is_slug;
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::retention::{Nothing, Record, RecordClass};
use visage_domain::session::OperatorSession;
use visage_domain::vendor::{Vendor, VendorName};

const DYNAMODB: &str = "DynamoDB";
/// The partition of the list of clinics.
const CLINICS: &str = "CLINICS";

/// Where a slug leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlugEntry {
    /// The name in addresses.
    pub slug: String,
    /// The clinic.
    pub clinic: ClinicId,
    /// Since when.
    pub since: Timestamp,
}

/// One clinic of the list of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicEntry {
    /// The clinic.
    pub clinic: ClinicId,
    /// Since when.
    pub since: Timestamp,
}

/// One membership of a person known to the identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipEntry {
    /// The person (`sub`).
    pub subject: String,
    /// The clinic.
    pub clinic: ClinicId,
    /// The person's user there.
    pub staff: StaffId,
    /// Since when.
    pub since: Timestamp,
}

/// A sign-in token that was used. A second use is a theft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedToken {
    /// The token's `jti`.
    pub token: String,
    /// When it was used.
    pub used_at: Timestamp,
}

impl Record for SlugEntry {
    const TYPE: &'static str = "slug";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

impl Record for ClinicEntry {
    const TYPE: &'static str = "clinic_entry";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

impl Record for MembershipEntry {
    const TYPE: &'static str = "membership";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

impl Record for UsedToken {
    const TYPE: &'static str = "used_token";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.used_at
    }

    // Sign-in takes tokens of at most five minutes; a day leaves no doubt.
    fn expires_at(&self) -> Option<Timestamp> {
        self.used_at.checked_add(SignedDuration::from_hours(24)).ok()
    }
}

/// A record with a place in the directory.
pub trait DirectoryEntry: Record {
    /// Partition and sort key.
    fn place(&self) -> (String, String);
}

impl DirectoryEntry for SlugEntry {
    fn place(&self) -> (String, String) {
        (format!("SLUG#{}", self.slug), "CLINIC".into())
    }
}

impl DirectoryEntry for ClinicEntry {
    fn place(&self) -> (String, String) {
        (CLINICS.into(), format!("CLINIC#{}", self.clinic))
    }
}

impl DirectoryEntry for MembershipEntry {
    fn place(&self) -> (String, String) {
        (format!("PERSON#{}", self.subject), format!("CLINIC#{}", self.clinic))
    }
}

impl DirectoryEntry for UsedToken {
    fn place(&self) -> (String, String) {
        (format!("TOKEN#{}", self.token), "USED".into())
    }
}

impl DirectoryEntry for Vendor {
    fn place(&self) -> (String, String) {
        (format!("VENDOR#{}", self.vendor.code()), "VENDOR".into())
    }
}

impl DirectoryEntry for OperatorSession {
    fn place(&self) -> (String, String) {
        (format!("OPERATOR_SESSION#{}", self.session), "SESSION".into())
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
    ) -> Result<(Vec<ClinicId>, Option<ClinicId>), StoreError> {
        let start = after.map(|clinic| {
            let (pk, sk) = ClinicEntry { clinic, since: Timestamp::UNIX_EPOCH }.place();
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S(pk)),
                ("sk".to_owned(), AttributeValue::S(sk)),
            ])
        });
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(CLINICS.into()))
            .consistent_read(true)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.consumed(page.consumed_capacity.and_then(|units| units.capacity_units));
        let entries: Vec<ClinicEntry> = serde_dynamo::from_items(page.items.unwrap_or_default())
            .map_err(|_| StoreError::Corrupt { what: ClinicEntry::TYPE })?;
        let clinics: Vec<ClinicId> = entries.into_iter().map(|entry| entry.clinic).collect();
        let next = page.last_evaluated_key.and_then(|_| clinics.last().copied());
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
        self.get((format!("PERSON#{subject}"), format!("CLINIC#{clinic}"))).await
    }

    /// What is on record about a vendor.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn vendor(&self, vendor: VendorName) -> Result<Option<Vendor>, StoreError> {
        self.get((format!("VENDOR#{}", vendor.code()), "VENDOR".into())).await
    }

    /// The operator session with that secret.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn operator_session(&self, secret: &Secret) -> Result<Option<OperatorSession>, StoreError> {
        self.get((format!("OPERATOR_SESSION#{}", session_id_of(secret)), "SESSION".into())).await
    }

    /// Adds an entry; `false` if there is one already.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn add<E: DirectoryEntry>(&self, entry: &E) -> Result<bool, StoreError> {
        self.put(entry, Some("attribute_not_exists(pk)")).await
    }

    /// Writes an entry, over an earlier one if there is one.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn set<E: DirectoryEntry>(&self, entry: &E) -> Result<(), StoreError> {
        self.put(entry, None).await.map(drop)
    }

    async fn get<E: Record>(&self, (pk, sk): (String, String)) -> Result<Option<E>, StoreError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.consumed(got.consumed_capacity.and_then(|units| units.capacity_units));
        got.item.map(serde_dynamo::from_item).transpose().map_err(|_| StoreError::Corrupt { what: E::TYPE })
    }

    async fn put<E: DirectoryEntry>(&self, entry: &E, condition: Option<&str>) -> Result<bool, StoreError> {
        let corrupt = |_| StoreError::Corrupt { what: E::TYPE };
        let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(entry).map_err(corrupt)?;
        let (pk, sk) = entry.place();
        item.insert("pk".into(), AttributeValue::S(pk));
        item.insert("sk".into(), AttributeValue::S(sk));
        item.extend(retention_of(entry)?.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .set_condition_expression(condition.map(str::to_owned))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match put {
            Ok(put) => {
                self.calls.consumed(put.consumed_capacity.and_then(|units| units.capacity_units));
                Ok(true)
            }
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(false)
            }
            Err(error) => Err(StoreError::from_sdk(DYNAMODB, &error)),
        }
    }
}
