//! What reads bring back.

use super::entity::{IndexName, Key};
use super::item::{Item, SK, Stored, TYPE, VERSION, from_item};
use super::keys::{queue_partition, visit_prefix};
use super::{DYNAMODB, Records};
use crate::error::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use visage_domain::evaluation::EvaluationStatus;
use visage_domain::ids::{EvaluationId, IntakeId, PatientId};
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

/// One line of the evaluation queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueEntry {
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// Whose.
    pub patient: PatientId,
    /// When the intake came in.
    pub created_at: Timestamp,
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
        let partition = super::entity::Home::Patient(patient).partition(scope.clinic());
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND begins_with(sk, :visit)")
                .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
                .expression_attribute_values(":visit", AttributeValue::S(visit_prefix(intake)))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
            self.calls.consumed(page.consumed_capacity.and_then(|units| units.capacity_units));
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(Found(items));
            }
        }
    }

    /// A page of the evaluation queue of one status, oldest first.
    ///
    /// A cursor that isn't one of ours starts from the beginning; it can't reach beyond the scope's clinic, whose part
    /// of the key is never taken from it.
    ///
    /// # Errors
    /// If the index can't be read.
    pub async fn queue<P>(
        &self,
        scope: &Scope<P>,
        status: EvaluationStatus,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<Page<QueueEntry>, StoreError> {
        let partition = format!("C#{}#{}", scope.clinic(), queue_partition(status));
        let start = cursor.and_then(decode_cursor).map(|entry| start_key(scope, &partition, &entry));
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(IndexName::Queue.name())
            .key_condition_expression("queue_pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .limit(limit)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.consumed(page.consumed_capacity.and_then(|units| units.capacity_units));
        let items = page.items.unwrap_or_default();
        let entries = items.into_iter().map(queue_entry).collect::<Result<Vec<_>, _>>()?;
        let next = page.last_evaluated_key.and_then(|_| entries.last().map(encode_cursor));
        Ok(Page { entries, next })
    }
}

fn queue_entry(item: Item) -> Result<QueueEntry, StoreError> {
    #[derive(serde::Deserialize)]
    struct Line {
        evaluation: EvaluationId,
        patient: PatientId,
        created_at: Timestamp,
    }
    let line: Line =
        serde_dynamo::from_item(item).map_err(|_| StoreError::Corrupt { what: "queue entry" })?;
    Ok(QueueEntry { evaluation: line.evaluation, patient: line.patient, created_at: line.created_at })
}

fn encode_cursor(entry: &QueueEntry) -> String {
    let text = format!("{}|{}|{}", entry.created_at, entry.evaluation, entry.patient);
    BASE64URL_NOPAD.encode(text.as_bytes())
}

fn decode_cursor(cursor: &str) -> Option<QueueEntry> {
    let text = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
    let mut parts = text.split('|');
    Some(QueueEntry {
        created_at: parts.next()?.parse().ok()?,
        evaluation: parts.next()?.parse().ok()?,
        patient: parts.next()?.parse().ok()?,
    })
}

fn start_key<P>(scope: &Scope<P>, partition: &str, entry: &QueueEntry) -> Item {
    let key: Key<visage_domain::evaluation::Evaluation> =
        super::keys::evaluation(entry.patient, entry.evaluation);
    let sort = format!("{}#{}", super::keys::sortable(entry.created_at), entry.evaluation);
    [
        ("pk", key.home.partition(scope.clinic())),
        (SK, key.sort),
        ("queue_pk", partition.to_owned()),
        ("queue_sk", sort),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
    .collect()
}

/// The version of an item, for callers that only need to name it.
pub(super) fn version_value(version: u64) -> (String, AttributeValue) {
    (format!(":{VERSION}"), AttributeValue::N(version.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::entity::{Entity, Index};
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_rubbish_does_not() {
        let entry = QueueEntry {
            evaluation: EvaluationId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
            created_at: "2026-11-01T01:30:00.123456Z".parse().unwrap(),
        };
        assert_eq!(decode_cursor(&encode_cursor(&entry)), Some(entry));
        assert_eq!(decode_cursor("AAAA"), None);
        assert_eq!(decode_cursor("ünicode"), None);
    }

    #[test]
    fn an_evaluation_stands_in_one_index() {
        let evaluation = visage_domain::evaluation::Evaluation {
            evaluation: EvaluationId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
            intake: IntakeId::from_bits([1; 16]),
            status: EvaluationStatus::New,
            created_at: Timestamp::UNIX_EPOCH,
            signature: None,
        };
        let indexes: Vec<Index> = evaluation.indexes();
        assert_eq!(indexes.len(), 1);
        assert_eq!(indexes[0].partition, "QUEUE#new");
    }
}
