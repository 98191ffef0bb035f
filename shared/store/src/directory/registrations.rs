//! Clinics that are being registered: what an operator sent, what somebody asked for, and how often somebody asked.

use super::{DYNAMODB, Directory, DirectoryEntry};
use crate::error::StoreError;
use crate::records::{CountUp, retention_of};
use crate::vault::link_id_of;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use visage_domain::capability::Secret;
use visage_domain::ids::{ClinicId, LinkId};
use visage_domain::registration::{RegistrationCount, RegistrationRequest};
use visage_domain::retention::{Nothing, Record, RecordClass};

/// A clinic's registration, as an operator sent it: kept, so that one that broke off can be finished at any time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationEntry {
    /// SHA-256 of operator and `Idempotency-Key`, hexadecimal.
    pub request: String,
    /// SHA-256 of the body, hexadecimal: the same key with another body is a mistake of the client.
    pub body: String,
    /// The clinic that it names.
    pub clinic: ClinicId,
    /// Since when.
    pub since: Timestamp,
}

impl Record for RegistrationEntry {
    const TYPE: &'static str = "registration";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

impl DirectoryEntry for RegistrationEntry {
    fn place(&self) -> (String, String) {
        (registration(&self.request), "CLINIC".into())
    }
}

/// The partition of a registration.
fn registration(request: &str) -> String {
    format!("REGISTRATION#{request}")
}

impl DirectoryEntry for RegistrationRequest {
    fn place(&self) -> (String, String) {
        request(self.link)
    }
}

/// The place of a registration that was asked for.
fn request(link: LinkId) -> (String, String) {
    (format!("REGISTRATION_REQUEST#{link}"), "REQUEST".into())
}

impl DirectoryEntry for RegistrationCount {
    fn place(&self) -> (String, String) {
        (format!("REGISTRATION_COUNT#{}", self.address), format!("SINCE#{}", self.since))
    }
}

impl Directory {
    /// The registration that was sent in that request.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn registration(&self, request: &str) -> Result<Option<RegistrationEntry>, StoreError> {
        self.get((registration(request), "CLINIC".into())).await
    }

    /// The registration that was asked for and that a link's secret leads to.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn registration_request(
        &self,
        secret: &Secret,
    ) -> Result<Option<RegistrationRequest>, StoreError> {
        self.get(request(link_id_of(secret))).await
    }

    /// Counts a request to register a clinic; `false` if there were as many as there may be.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn count_registration(&self, first: &RegistrationCount) -> Result<bool, StoreError> {
        let corrupt = |_| StoreError::Corrupt { what: RegistrationCount::TYPE };
        let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(first).map_err(corrupt)?;
        item.extend(retention_of(first)?.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let up = CountUp::over(item, "requests", first.counted.most());
        let (pk, sk) = first.place();
        let counted = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk))
            .update_expression(up.expression)
            .condition_expression(CountUp::CONDITION)
            .set_expression_attribute_names(Some(up.names))
            .set_expression_attribute_values(Some(up.values))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match counted {
            Ok(counted) => {
                self.calls.wrote(counted.consumed_capacity);
                Ok(true)
            }
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(false)
            }
            Err(error) => Err(StoreError::from_sdk(DYNAMODB, &error)),
        }
    }
}
