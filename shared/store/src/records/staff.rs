//! Who works at a clinic.

use super::entity::IndexName;
use super::item::{Item, Stored};
use super::{DYNAMODB, Records, keys, places};
use crate::error::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use visage_domain::ids::StaffId;
use visage_domain::scope::Scope;
use visage_domain::staff::Staff;

/// The most members that are read.
const MOST: i32 = 100;

impl Records {
    /// Up to 100 who work at the scope's clinic: who they are from an index, and then, strongly consistent, what holds
    /// of each.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn members<P>(&self, scope: &Scope<P>) -> Result<Vec<Stored<Staff>>, StoreError> {
        let name = IndexName::Assigned.name();
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(name)
            .key_condition_expression(format!("{name}_pk = :pk"))
            .expression_attribute_values(
                ":pk",
                AttributeValue::S(format!("C#{}#{}", scope.clinic(), places::STAFF)),
            )
            .limit(MOST)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let member = |item: &Item| item.get(&format!("{name}_sk"))?.as_s().ok()?.parse::<StaffId>().ok();
        let members: Vec<StaffId> = page.items.unwrap_or_default().iter().filter_map(member).collect();
        self.get_each(scope, members.into_iter().map(keys::staff)).await
    }
}
