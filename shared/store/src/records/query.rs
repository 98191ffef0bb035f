//! What reads bring back.

use super::Records;
use super::entity::Home;
use super::item::{Item, Stored, TYPE, VERSION, from_item};
use super::keys::{MOST_VERSIONS, form_standing, visit_prefix};
use crate::error::{DYNAMODB, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use std::collections::HashMap;
use visage_domain::form_version::FormStanding;
use visage_domain::ids::{EvaluationId, IntakeId, PatientId};
use visage_domain::report::Report;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;

/// Items of several kinds that one call brought back, taken out kind by kind.
#[derive(Clone, Debug, Default)]
pub struct Found(pub(super) Vec<Item>);

impl Found {
    /// Every record of type `E` among them.
    ///
    /// # Errors
    /// If one can't be read.
    pub fn take_all<E: Record>(&mut self) -> Result<Vec<Stored<E>>, StoreError> {
        let is_kind = |item: &mut Item| {
            item.get(TYPE).and_then(|kind| kind.as_s().ok()).is_some_and(|kind| kind == E::TYPE)
        };
        self.0.extract_if(.., is_kind).map(from_item).collect()
    }

    /// The record of type `E` among them, if there is one.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn take<E: Record>(&mut self) -> Result<Option<Stored<E>>, StoreError> {
        Ok(self.take_all()?.into_iter().next())
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Where the next page starts, if there is more. Opaque to clients.
    pub next: Option<String>,
}

impl Records {
    /// Everything of one visit of a patient, strongly consistent, in one query (one page unless it passes 1 MB).
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn visit<P>(
        &self,
        scope: &Scope<P>,
        patient: PatientId,
        intake: IntakeId,
    ) -> Result<Found, StoreError> {
        self.under(Home::Patient(patient).partition(scope.clinic()), visit_prefix(intake)).await
    }

    /// Everything of a partition whose sort key starts with `prefix`, which may be empty.
    pub(super) async fn under(&self, partition: String, prefix: String) -> Result<Found, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        let condition = if prefix.is_empty() { "pk = :pk" } else { "pk = :pk AND begins_with(sk, :prefix)" };
        let prefix = Some(prefix).filter(|prefix| !prefix.is_empty()).map(AttributeValue::S);
        let mut values = HashMap::from([(":pk".to_owned(), AttributeValue::S(partition))]);
        values.extend(prefix.map(|prefix| (":prefix".to_owned(), prefix)));
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression(condition)
                .set_expression_attribute_values(Some(values.clone()))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
            self.calls.read(page.consumed_capacity);
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(Found(items));
            }
        }
    }

    /// The newest version of an evaluation's report, strongly consistent.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn newest_report<P>(
        &self,
        scope: &Scope<P>,
        patient: PatientId,
        evaluation: EvaluationId,
    ) -> Result<Option<Stored<Report>>, StoreError> {
        let partition = Home::Patient(patient).partition(scope.clinic());
        let reports = format!("{}{}", visit_prefix(evaluation.into()), super::keys::REPORTS);
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :reports)")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .expression_attribute_values(":reports", AttributeValue::S(reports))
            .scan_index_forward(false)
            .limit(1)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        page.items.unwrap_or_default().into_iter().next().map(from_item).transpose()
    }

    /// A page of the clinic's form versions, the newest first, strongly consistent; `before` is the version that the
    /// page follows.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn form_standings<P>(
        &self,
        scope: &Scope<P>,
        limit: i32,
        before: Option<u32>,
    ) -> Result<Page<Stored<FormStanding>>, StoreError> {
        let last = before.map_or(MOST_VERSIONS, |before| before.saturating_sub(1).min(MOST_VERSIONS));
        let [first, last] = [0, last].map(|version| form_standing(version).sort);
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", AttributeValue::S(Home::Clinic.partition(scope.clinic())))
            .expression_attribute_values(":first", AttributeValue::S(first))
            .expression_attribute_values(":last", AttributeValue::S(last))
            .scan_index_forward(false)
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let items = page.items.unwrap_or_default().into_iter();
        let entries: Vec<Stored<FormStanding>> = items.map(from_item).collect::<Result<_, _>>()?;
        let next = page.last_evaluated_key.and_then(|_| entries.last());
        let next = next.map(|last| last.record.version.to_string());
        Ok(Page { entries, next })
    }
}

/// The version of an item, for callers that only need to name it.
pub(super) fn version_value(version: u64) -> (String, AttributeValue) {
    (format!(":{VERSION}"), AttributeValue::N(version.to_string()))
}
