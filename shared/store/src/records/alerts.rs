//! Alerts that are still to be sent.

use super::entity::IndexName;
use super::item::Item;
use super::keys::sortable;
use super::{DYNAMODB, Records, places};
use crate::error::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use visage_domain::alert::Alert;
use visage_domain::ids::AlertId;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;

impl Records {
    /// The clinic's newest alerts, `limit` at most, that were made before `before` and are still to be sent, with the instant
    /// that each was made at: the index knows no more of them. Eventually consistent, as every index is.
    ///
    /// # Errors
    /// If the index can't be read.
    pub async fn waiting_alerts<P>(
        &self,
        scope: &Scope<P>,
        before: Timestamp,
        limit: i32,
    ) -> Result<Vec<(Timestamp, AlertId)>, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(IndexName::Outbox.name())
            .key_condition_expression("outbox_pk = :pk AND outbox_sk < :before")
            .expression_attribute_values(
                ":pk",
                AttributeValue::S(format!("C#{}#{}", scope.clinic(), places::ALERTS)),
            )
            .expression_attribute_values(":before", AttributeValue::S(sortable(before)))
            .scan_index_forward(false)
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let alert = |item: &Item| {
            let (at, alert) = item.get("outbox_sk")?.as_s().ok()?.split_once('#')?;
            Some((at.parse().ok()?, alert.parse().ok()?))
        };
        let alerts = page.items.iter().flatten().map(alert).collect::<Option<_>>();
        alerts.ok_or(StoreError::Corrupt { what: Alert::TYPE })
    }
}
