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
use visage_domain::ids::{ClinicId, OperatorId};
use visage_domain::retention::Record;
use visage_domain::session::{OperatorSession, OperatorSignOut};
use visage_domain::vendor::{Vendor, VendorName};

const DYNAMODB: &str = "DynamoDB";

/// What must be so of the entry that is there.
#[derive(Clone, Copy)]
struct Condition<'a> {
    condition: &'a str,
    /// The attribute that it calls `#at`, and the instant that it calls `:at`.
    compared: Option<(&'static str, Timestamp)>,
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

    /// Notes that the clinics were told of a vendor's last change. If it changed again meanwhile, they are yet to be told.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn announced(&self, vendor: &Vendor, at: Timestamp) -> Result<(), StoreError> {
        let (pk, sk) = vendor.place();
        let noted = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk))
            .update_expression("SET announced_at = :at, changed_at = :changed_at")
            // Of one that was recorded before changes were, nothing says when it changed.
            .condition_expression("attribute_not_exists(changed_at) OR changed_at = :changed_at")
            .expression_attribute_values(":at", AttributeValue::S(at.to_string()))
            .expression_attribute_values(":changed_at", AttributeValue::S(vendor.changed_at.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match noted {
            Ok(noted) => {
                self.calls.wrote(noted.consumed_capacity);
                Ok(())
            }
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::from_sdk(DYNAMODB, &error)),
        }
    }

    /// The operator session with that secret.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn operator_session(&self, secret: &Secret) -> Result<Option<OperatorSession>, StoreError> {
        self.get((format!("OPERATOR_SESSION#{}", session_id_of(secret)), "SESSION".into())).await
    }

    /// When an operator's sessions were last ended.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn operator_sign_out(
        &self,
        operator: OperatorId,
    ) -> Result<Option<OperatorSignOut>, StoreError> {
        self.get(entries::operator_sign_out(operator)).await
    }

    /// Writes that an operator's sessions are ended. A later end that is there already stays.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn sign_out_operator(&self, sign_out: &OperatorSignOut) -> Result<(), StoreError> {
        let condition = "attribute_not_exists(pk) OR #at < :at";
        let condition = Condition { condition, compared: Some(("at", sign_out.at)) };
        self.put_if(sign_out, Some(condition)).await.map(drop)
    }

    /// Writes what is on record about a vendor, in place of `earlier`; `false` if that isn't what is there.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn record_vendor(&self, vendor: &Vendor, earlier: Option<&Vendor>) -> Result<bool, StoreError> {
        match earlier {
            None => self.add(vendor).await,
            Some(earlier) => {
                let compared = Some(("recorded_at", earlier.recorded_at));
                self.put_if(vendor, Some(Condition { condition: "#at = :at", compared })).await
            }
        }
    }

    /// Writes that a session is in use; `false` if it was ended meanwhile.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn renew_operator_session(&self, session: &OperatorSession) -> Result<bool, StoreError> {
        self.put(session, Some("attribute_exists(pk)")).await
    }

    /// Takes an operator's session out. What isn't there is out already.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn end_operator_session(&self, session: &OperatorSession) -> Result<(), StoreError> {
        self.remove(session.place()).await
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

    async fn remove(&self, (pk, sk): (String, String)) -> Result<(), StoreError> {
        let removed = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.wrote(removed.consumed_capacity);
        Ok(())
    }

    async fn put<E: DirectoryEntry>(&self, entry: &E, condition: Option<&str>) -> Result<bool, StoreError> {
        let condition = condition.map(|condition| Condition { condition, compared: None });
        self.put_if(entry, condition).await
    }

    async fn put_if<E: DirectoryEntry>(
        &self,
        entry: &E,
        condition: Option<Condition<'_>>,
    ) -> Result<bool, StoreError> {
        let corrupt = |_| StoreError::Corrupt { what: E::TYPE };
        let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(entry).map_err(corrupt)?;
        let (pk, sk) = entry.place();
        item.insert("pk".into(), AttributeValue::S(pk));
        item.insert("sk".into(), AttributeValue::S(sk));
        item.extend(retention_of(entry)?.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .set_condition_expression(condition.map(|it| it.condition.to_owned()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if let Some((name, at)) = condition.and_then(|it| it.compared) {
            let value = AttributeValue::S(at.to_string());
            put = put.expression_attribute_names("#at", name).expression_attribute_values(":at", value);
        }
        let put = put.send().await;
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
