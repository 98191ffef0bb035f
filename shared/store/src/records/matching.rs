//! Finding likely the same patient, and what was decided about it.

use super::entity::Home;
use super::item::{Item, from_item};
use super::query::Found;
use super::{DYNAMODB, Records, keys};
use crate::error::StoreError;
use crate::vault::{DataKey, Mac};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use visage_domain::ids::{MatchId, PatientId};
use visage_domain::matching::{MatchEntry, match_values};
use visage_domain::patient::Identity;
use visage_domain::scope::Scope;

/// The index items of a patient, under the clinic's key: at most two.
pub fn match_entries(
    clinic_key: &DataKey,
    identity: &Identity,
    patient: PatientId,
    since: Timestamp,
) -> Vec<MatchEntry> {
    let entry = |(field, values): (_, [String; 2])| {
        let matching = Mac::match_id(clinic_key, field, &values);
        MatchEntry { matching, field, patient, since }
    };
    match_values(identity).into_iter().map(entry).collect()
}

impl Records {
    /// Patients who share a birth date and contact, at most `limit` of them.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn sharing<P>(
        &self,
        scope: &Scope<P>,
        matching: MatchId,
        limit: i32,
    ) -> Result<Vec<MatchEntry>, StoreError> {
        let partition = Home::Match(matching).partition(scope.clinic());
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.consumed(page.consumed_capacity.and_then(|units| units.capacity_units));
        let entry = |item: Item| from_item(item).map(|stored| stored.record);
        page.items.unwrap_or_default().into_iter().map(entry).collect()
    }

    /// A patient's visits, and the decisions about who else is the same person; strongly consistent, in one query.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn links<P>(&self, scope: &Scope<P>, patient: PatientId) -> Result<Found, StoreError> {
        self.under(Home::Patient(patient).partition(scope.clinic()), keys::LINKS.to_owned()).await
    }
}
