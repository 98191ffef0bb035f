//! Tries of a second factor: counted before anything is compared, in one transaction with their audit entry, so that
//! neither a crash nor any number of requests at once gets a try that isn't on record.

use super::entity::{Entity, Key};
use super::item::{PK, SK, SealedPart, VERSION, to_item};
use super::read::key_item;
use super::transaction::Transaction;
use crate::error::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update, builders::UpdateBuilder};
use jiff::Timestamp;
use visage_domain::report::{MAX_TRIES, MAX_TRIES_A_DAY, ReportLink, TryCount, day_of};
use visage_domain::retention::Record;

/// The label of the write that fails if the link is locked or gone.
pub const LINK: &str = "link";
/// The label of the write that fails if the patient's day has no try left.
pub const DAY: &str = "day";

const COUNTED: &str = "tries";

impl<P> Transaction<'_, P> {
    /// Counts a try on `link`, and for its patient's day.
    ///
    /// Committing fails under [`LINK`] if the link has no try left or is gone, and under [`DAY`] if the day has none.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn count_try(self, link: &ReportLink, now: Timestamp) -> Result<Self, StoreError> {
        let on_link = self
            .update(&link.key())
            .update_expression("SET tries = tries + :one, item_version = item_version + :one")
            .condition_expression("tries < :most AND attribute_type(revoked_at, :null) AND expires_at > :now")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MAX_TRIES))
            .expression_attribute_values(":null", AttributeValue::S("NULL".into()))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()));
        let on_day = self.count_day(&TryCount::first(link.patient, now))?;
        self.push_update::<ReportLink>(LINK, on_link)?.push_update::<TryCount>(DAY, on_day)
    }

    /// Takes the count of a try at instant `now` back: whoever knows the second factor may look as often as they like.
    ///
    /// Committing fails under [`LINK`] if the link was taken back meanwhile.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn give_try_back(self, link: &ReportLink, now: Timestamp) -> Result<Self, StoreError> {
        let less = "SET tries = tries - :one, item_version = item_version + :one";
        let on_link = self
            .update(&link.key())
            .update_expression(less)
            .condition_expression("tries > :none AND attribute_type(revoked_at, :null)")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":null", AttributeValue::S("NULL".into()));
        let on_day = self
            .update(&super::keys::try_count(link.patient, day_of(now)))
            .update_expression(less)
            .condition_expression("tries > :none")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":none", number(0));
        self.push_update::<ReportLink>(LINK, on_link)?.push_update::<TryCount>(DAY, on_day)
    }

    /// Adds one to the day's count, which the first try of the day makes.
    fn count_day(&self, first: &TryCount) -> Result<UpdateBuilder, StoreError> {
        let mut item = to_item(self.scope.clinic(), first, 1, SealedPart::None)?;
        for name in [PK, SK, COUNTED, VERSION] {
            item.remove(name);
        }
        let mut update = self
            .update(&first.key())
            .condition_expression("attribute_not_exists(tries) OR tries < :most")
            .expression_attribute_values(":most", number(MAX_TRIES_A_DAY))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":one", number(1));
        let mut sets = vec![
            "tries = if_not_exists(tries, :none) + :one".to_owned(),
            "item_version = if_not_exists(item_version, :none) + :one".to_owned(),
        ];
        for (index, (name, value)) in item.into_iter().enumerate() {
            sets.push(format!("#n{index} = if_not_exists(#n{index}, :v{index})"));
            update = update
                .expression_attribute_names(format!("#n{index}"), name)
                .expression_attribute_values(format!(":v{index}"), value);
        }
        Ok(update.update_expression(format!("SET {}", sets.join(", "))))
    }

    fn update<E>(&self, key: &Key<E>) -> UpdateBuilder {
        Update::builder().table_name(&self.records.table).set_key(Some(key_item(self.scope.clinic(), key)))
    }

    fn push_update<E: Record>(self, label: &'static str, update: UpdateBuilder) -> Result<Self, StoreError> {
        let update = update.build().map_err(|_| StoreError::Corrupt { what: E::TYPE })?;
        Ok(self.push(label, TransactWriteItem::builder().update(update).build()))
    }
}

fn number(value: u32) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
