//! Counts that are kept by conditional update: what isn't counted isn't done.

use super::Records;
use super::entity::Entity;
use super::item::{Item, PK, SK, SealedPart, VERSION, to_item};
use super::read::key_item;
use crate::aws::CallLog;
use crate::error::{StoreError, held};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use std::collections::HashMap;
use visage_domain::ids::ClinicId;
use visage_domain::scope::Scope;
use visage_domain::start_limit::{STARTS_PER_HOUR, StartCount};

/// An update that counts up by one, unless the count is as high as it may get. The first of a count makes its item.
pub(crate) struct CountUp {
    pub(crate) expression: String,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

impl CountUp {
    /// When it may count.
    pub(crate) const CONDITION: &str = "attribute_not_exists(#count) OR #count < :most";

    /// Counts the attribute `count` of a record up to `most`; `first` is what stands there after the first time.
    pub(super) fn of<E: Entity>(
        clinic: ClinicId,
        first: &E,
        count: &'static str,
        most: u32,
    ) -> Result<Self, StoreError> {
        let mut item = to_item(clinic, first, 1, SealedPart::None)?;
        item.remove(VERSION);
        let mut up = Self::over(item, count, most);
        up.expression.push_str(", item_version = if_not_exists(item_version, :none) + :one");
        Ok(up)
    }

    /// Counts the attribute `count` of an item up to `most`; `first` is what stands there after the first time.
    pub(crate) fn over(mut first: Item, count: &'static str, most: u32) -> Self {
        for name in [PK, SK, count] {
            first.remove(name);
        }
        let mut sets = vec!["#count = if_not_exists(#count, :none) + :one".to_owned()];
        let mut names = HashMap::from([("#count".to_owned(), count.to_owned())]);
        let mut values: HashMap<_, _> = [(":none", 0), (":one", 1), (":most", most)]
            .map(|(name, value)| (name.to_owned(), number(value)))
            .into();
        for (index, (name, value)) in first.into_iter().enumerate() {
            sets.push(format!("#n{index} = if_not_exists(#n{index}, :v{index})"));
            names.insert(format!("#n{index}"), name);
            values.insert(format!(":v{index}"), value);
        }
        Self { expression: format!("SET {}", sets.join(", ")), names, values }
    }

    /// Counts the item at `key` of a table; `false` if there were as many as there may be.
    pub(crate) async fn send(
        self,
        (client, table): (&Client, &str),
        key: Item,
        calls: &CallLog,
    ) -> Result<bool, StoreError> {
        let update = client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(self.expression)
            .condition_expression(Self::CONDITION)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let Some(counted) = held(update.send().await)? else { return Ok(false) };
        calls.wrote(counted.consumed_capacity);
        Ok(true)
    }
}

impl Records {
    /// Counts the start of an intake; `false` if the address has had all of its hour's.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn count_start<P>(&self, scope: &Scope<P>, first: &StartCount) -> Result<bool, StoreError> {
        let up = CountUp::of(scope.clinic(), first, "starts", STARTS_PER_HOUR)?;
        up.send((&self.client, &self.table), key_item(scope.clinic(), &first.key()), &self.calls).await
    }
}

pub(super) fn number(value: u32) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
