//! The directory: the only thing that is known before the clinic is. It holds no PHI.

mod entries;

pub use entries::{ClinicEntry, DirectoryEntry, MembershipEntry, RegistrationEntry, SlugEntry, UsedToken};

use crate::aws::{Aws, CallLog};
use crate::error::StoreError;
use crate::records::retention_of;
use crate::vault::session_id_of;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use entries::{CLINICS, VENDORS, registration};
use jiff::Timestamp;
use std::collections::HashMap;
use visage_domain::capability::Secret;
use visage_domain::clinic::is_slug;
use visage_domain::ids::ClinicId;
use visage_domain::retention::Record;
use visage_domain::session::OperatorSession;
use visage_domain::vendor::{Vendor, VendorName};

const DYNAMODB: &str = "DynamoDB";

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

    /// The registration that was sent in that request.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn registration(&self, request: &str) -> Result<Option<RegistrationEntry>, StoreError> {
        self.get((registration(request), "CLINIC".into())).await
    }

    /// A page of all clinics, with where the next one starts: what runs by the clock goes from clinic to clinic.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn clinics(
        &self,
        after: Option<ClinicId>,
    ) -> Result<(Vec<ClinicId>, Option<ClinicId>), StoreError> {
        let after = after.map(|clinic| ClinicEntry { clinic, since: Timestamp::UNIX_EPOCH }.place());
        let (entries, is_last) = self.page::<ClinicEntry>(CLINICS, after).await?;
        let clinics: Vec<ClinicId> = entries.into_iter().map(|entry| entry.clinic).collect();
        let next = if is_last { None } else { clinics.last().copied() };
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
        let removed = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(entries::person(subject)))
            .key("sk", AttributeValue::S(format!("CLINIC#{clinic}")))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.wrote(removed.consumed_capacity);
        Ok(())
    }

    /// What is on record about a vendor.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn vendor(&self, vendor: VendorName) -> Result<Option<Vendor>, StoreError> {
        self.get(entries::vendor(vendor)).await
    }

    /// What is on record about all vendors: few enough for one page.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn vendors(&self) -> Result<Vec<Vendor>, StoreError> {
        Ok(self.page(VENDORS, None).await?.0)
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

    /// A page of a partition behind the entry at `after`, and whether it is the last.
    async fn page<E: Record>(
        &self,
        partition: &str,
        after: Option<(String, String)>,
    ) -> Result<(Vec<E>, bool), StoreError> {
        let start = after.map(|(pk, sk)| {
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
            .expression_attribute_values(":pk", AttributeValue::S(partition.into()))
            .consistent_read(true)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let entries = serde_dynamo::from_items(page.items.unwrap_or_default())
            .map_err(|_| StoreError::Corrupt { what: E::TYPE })?;
        Ok((entries, page.last_evaluated_key.is_none()))
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
        self.calls.read(got.consumed_capacity);
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
                self.calls.wrote(put.consumed_capacity);
                Ok(true)
            }
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(false)
            }
            Err(error) => Err(StoreError::from_sdk(DYNAMODB, &error)),
        }
    }
}
