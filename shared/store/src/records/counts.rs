//! Counts that are kept by conditional update: what isn't counted isn't done.

use super::entity::Entity;
use super::item::{PK, SK, SealedPart, Stored, from_item, to_item};
use super::read::{GateReads, UpdateError, is_condition, key_item};
use super::{DYNAMODB, Records};
use crate::error::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, ReturnValue};
use jiff::Timestamp;
use visage_domain::ids::ClinicId;
use visage_domain::intake::{MAX_READING_TRIES, ResumeToken};
use visage_domain::scope::Scope;
use visage_domain::start_limit::{STARTS_PER_HOUR, StartCount};

impl GateReads {
    /// Counts a try of the birth date before anything is compared. `None` if no try is left, or the token is dead.
    ///
    /// Whoever dies between count and comparison has used the try up: no crash gives one more.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn count_reading_try(
        &self,
        clinic: ClinicId,
        token: &ResumeToken,
        now: Timestamp,
    ) -> Result<Option<Stored<ResumeToken>>, StoreError> {
        let records = self.records();
        let counted = records
            .client
            .update_item()
            .table_name(&records.table)
            .set_key(Some(key_item(clinic, &token.key())))
            .update_expression("SET reading_tries = reading_tries + :one, item_version = item_version + :one")
            .condition_expression("reading_tries < :most AND expires_at > :now")
            .expression_attribute_values(":one", AttributeValue::N("1".into()))
            .expression_attribute_values(":most", AttributeValue::N(MAX_READING_TRIES.to_string()))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match counted {
            Ok(updated) => {
                records.calls.consumed(updated.consumed_capacity.and_then(|units| units.capacity_units));
                updated.attributes.map(from_item).transpose()
            }
            Err(error) => none_left(&error),
        }
    }
}

impl Records {
    /// Counts the start of an intake; `false` if the address has had all of its hour's.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn count_start<P>(&self, scope: &Scope<P>, first: &StartCount) -> Result<bool, StoreError> {
        let mut item = to_item(scope.clinic(), first, 1, SealedPart::None)?;
        for name in [PK, SK, "starts"] {
            item.remove(name);
        }
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_item(scope.clinic(), &first.key())))
            .condition_expression("attribute_not_exists(starts) OR starts < :most")
            .expression_attribute_values(":none", AttributeValue::N("0".into()))
            .expression_attribute_values(":one", AttributeValue::N("1".into()))
            .expression_attribute_values(":most", AttributeValue::N(STARTS_PER_HOUR.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut expression = "SET starts = if_not_exists(starts, :none) + :one".to_owned();
        for (index, (name, value)) in item.into_iter().enumerate() {
            expression.push_str(&format!(", #n{index} = :v{index}"));
            update = update
                .expression_attribute_names(format!("#n{index}"), name)
                .expression_attribute_values(format!(":v{index}"), value);
        }
        match update.update_expression(expression).send().await {
            Ok(updated) => {
                self.calls.consumed(updated.consumed_capacity.and_then(|units| units.capacity_units));
                Ok(true)
            }
            Err(error) => none_left::<()>(&error).map(|_| false),
        }
    }
}

/// A condition that failed means that nothing is left; anything else is a failure.
fn none_left<T>(error: &UpdateError) -> Result<Option<T>, StoreError> {
    if is_condition(error) { Ok(None) } else { Err(StoreError::from_sdk(DYNAMODB, error)) }
}
