//! Counts that are kept by conditional update: what isn't counted isn't done.

use super::entity::Entity;
use super::item::{Item, PK, SK, SealedPart, VERSION, to_item};
use super::read::{is_condition, key_item};
use super::{DYNAMODB, Records};
use crate::error::StoreError;
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
        for name in [PK, SK, VERSION] {
            item.remove(name);
        }
        let mut up = Self::over(item, count, most);
        up.expression.push_str(", item_version = if_not_exists(item_version, :none) + :one");
        Ok(up)
    }

    /// Counts the attribute `count` up to `most`; `first` are the attributes that stand there after the first time, but for
    /// those of the key.
    pub(crate) fn over(mut first: Item, count: &'static str, most: u32) -> Self {
        first.remove(count);
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
}

impl Records {
    /// Counts the start of an intake; `false` if the address has had all of its hour's.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn count_start<P>(&self, scope: &Scope<P>, first: &StartCount) -> Result<bool, StoreError> {
        let up = CountUp::of(scope.clinic(), first, "starts", STARTS_PER_HOUR)?;
        let counted = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_item(scope.clinic(), &first.key())))
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
            Err(error) if is_condition(&error) => Ok(false),
            Err(error) => Err(StoreError::from_sdk(DYNAMODB, &error)),
        }
    }
}

pub(super) fn number(value: u32) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
