//! What has to hold besides for a transaction to go through.

use super::entity::{Entity, Key};
use super::item::Stored;
use super::read::key_item;
use super::transaction::{ABSENT, Transaction, UNCHANGED, expected};
use crate::error::StoreError;
use aws_sdk_dynamodb::types::builders::ConditionCheckBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, TransactWriteItem};
use visage_domain::evaluation::Evaluation;
use visage_domain::intake::Intake;
use visage_domain::retention::Record;

impl<P> Transaction<'_, P> {
    /// Goes through only if a record is as it was read.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn require<E: Entity>(self, label: &'static str, stored: &Stored<E>) -> Result<Self, StoreError> {
        let check = |check: ConditionCheckBuilder| {
            check
                .condition_expression(UNCHANGED)
                .set_expression_attribute_values(Some(expected(stored.version)))
        };
        self.check(label, &stored.record.key(), check)
    }

    /// Goes through only if an intake is still being filled in, whatever else of it changed.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn require_draft(self, label: &'static str, intake: &Intake) -> Result<Self, StoreError> {
        self.check(label, &intake.key(), |check| status(check, "#status = :status", "draft"))
    }

    /// Goes through only if an evaluation isn't signed, whatever else of it changed.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn require_unsigned(self, label: &'static str, evaluation: &Evaluation) -> Result<Self, StoreError> {
        self.check(label, &evaluation.key(), |check| status(check, "#status <> :status", "signed"))
    }

    /// Goes through only if an evaluation is neither signed nor withdrawn, whatever else of it changed.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn require_open(self, label: &'static str, evaluation: &Evaluation) -> Result<Self, StoreError> {
        self.check(label, &evaluation.key(), |check| {
            status(check, "NOT #status IN (:status, :withdrawn)", "signed")
                .expression_attribute_values(":withdrawn", AttributeValue::S("withdrawn".into()))
        })
    }

    /// Goes through only if there is no such record.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn require_absent<E: Record>(self, label: &'static str, key: &Key<E>) -> Result<Self, StoreError> {
        self.check(label, key, |check| check.condition_expression(ABSENT))
    }

    fn check<E: Record>(
        self,
        label: &'static str,
        key: &Key<E>,
        condition: impl FnOnce(ConditionCheckBuilder) -> ConditionCheckBuilder,
    ) -> Result<Self, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(self.table())
            .set_key(Some(key_item(self.scope.clinic(), key)));
        let check = condition(check).build().map_err(|_| StoreError::Corrupt { what: E::TYPE })?;
        Ok(self.push(label, TransactWriteItem::builder().condition_check(check).build()))
    }
}

fn status(check: ConditionCheckBuilder, condition: &str, value: &str) -> ConditionCheckBuilder {
    check
        .condition_expression(condition)
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":status", AttributeValue::S(value.into()))
}
