//! What of the outbox isn't done: for the sweeper, and for staff who look after it.

use super::Records;
use super::dated::{behind, dated, read_dated, sortable};
use super::entity::{Entity, Home, IndexName};
use super::item::{Item, SK};
use super::query::Page;
use crate::error::{DYNAMODB, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use std::str::FromStr;
use visage_domain::ids::{EvaluationId, OutboxId, PatientId};
use visage_domain::outbox::OutboxItem;
use visage_domain::scope::Scope;

/// Which end of a queue comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// What has stood there longest.
    OldestFirst,
    /// What came last.
    NewestFirst,
}

/// The part of the outbox that isn't done, by what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxQueue {
    /// Waits to be handed over or worked on.
    Pending,
    /// A worker took it; sorted by when.
    Claimed,
    /// Refused for good.
    Failed,
    /// Not done, on purpose.
    Suppressed,
}

impl OutboxQueue {
    pub(crate) const fn partition(self) -> &'static str {
        match self {
            Self::Pending => "OUTBOX",
            Self::Claimed => "OUTBOX#claimed",
            Self::Failed => "OUTBOX#failed",
            Self::Suppressed => "OUTBOX#suppressed",
        }
    }
}

impl Records {
    /// A page of what came to stand in `queue` from `since` until `before`, in `order`. Eventually consistent, as every index
    /// is.
    ///
    /// A cursor that isn't one of ours starts from the beginning; it can't reach beyond the scope's clinic, whose part
    /// of the key is never taken from it.
    ///
    /// # Errors
    /// If the index can't be read.
    pub async fn outbox<P>(
        &self,
        scope: &Scope<P>,
        (queue, order): (OutboxQueue, Order),
        (since, before): (Timestamp, Timestamp),
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<Page<OutboxItem>, StoreError> {
        let partition = format!("C#{}#{}", scope.clinic(), queue.partition());
        let end = sortable(before);
        // A place beyond the end is none of this list's.
        let start = cursor.and_then(Place::decode).filter(|place| place.sort < end);
        let start = start.map(|place| place.start_key(scope, &partition));
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(IndexName::Outbox.name())
            .key_condition_expression("outbox_pk = :pk AND outbox_sk BETWEEN :since AND :before")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .expression_attribute_values(":since", AttributeValue::S(sortable(since)))
            .expression_attribute_values(":before", AttributeValue::S(end))
            .scan_index_forward(order == Order::OldestFirst)
            .limit(limit)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let items = page.items.unwrap_or_default();
        let entries = items.into_iter().map(serde_dynamo::from_item).collect::<Result<Vec<OutboxItem>, _>>();
        let entries = entries.map_err(|_| StoreError::Corrupt { what: "outbox entry" })?;
        let next = page.last_evaluated_key.and_then(|_| Place::of(entries.last()?)).map(|it| it.encode());
        Ok(Page { entries, next })
    }

    /// What came to stand in `partition` by `until`, or is to be seen to by then: the first `limit` in `order`, each with its
    /// instant. The index knows no more of them. Eventually consistent, as every index is.
    ///
    /// # Errors
    /// If the index can't be read.
    pub(super) async fn waiting<P, I: FromStr>(
        &self,
        scope: &Scope<P>,
        (partition, order): (&str, Order),
        until: Timestamp,
        limit: i32,
    ) -> Result<Vec<(Timestamp, I)>, StoreError> {
        let partition = format!("C#{}#{partition}", scope.clinic());
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(IndexName::Outbox.name())
            .key_condition_expression("outbox_pk = :pk AND outbox_sk < :end")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .expression_attribute_values(":end", AttributeValue::S(behind(until)))
            .scan_index_forward(order == Order::OldestFirst)
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let entry = |item: &Item| read_dated(item.get("outbox_sk")?.as_s().ok()?);
        let entries = page.items.iter().flatten().map(entry).collect::<Option<_>>();
        entries.ok_or(StoreError::Corrupt { what: "outbox entry" })
    }
}

/// Where a page ended.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    sort: String,
    outbox: OutboxId,
    evaluation: EvaluationId,
    patient: PatientId,
}

impl Place {
    fn of(item: &OutboxItem) -> Option<Self> {
        let (outbox, evaluation, patient) = (item.outbox, item.evaluation, item.patient);
        let sort = item.indexes().into_iter().next()?.sort;
        Some(Self { sort, outbox, evaluation, patient })
    }

    fn encode(&self) -> String {
        let text = format!("{}|{}|{}", self.sort, self.evaluation, self.patient);
        BASE64URL_NOPAD.encode(text.as_bytes())
    }

    fn decode(cursor: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
        let mut parts = text.split('|');
        let (at, outbox) = read_dated(parts.next()?)?;
        Some(Self {
            sort: dated(at, outbox),
            outbox,
            evaluation: parts.next()?.parse().ok()?,
            patient: parts.next()?.parse().ok()?,
        })
    }

    fn start_key<P>(self, scope: &Scope<P>, partition: &str) -> Item {
        let key = super::keys::outbox(self.patient, self.evaluation, self.outbox);
        [
            ("pk", Home::Patient(self.patient).partition(scope.clinic())),
            (SK, key.sort),
            ("outbox_pk", partition.to_owned()),
            ("outbox_sk", self.sort),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
        .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use visage_domain::outbox::{Channel, NoticeEvent, OutboxState, Task};

    fn item(outbox_state: OutboxState) -> OutboxItem {
        let task = Task::Notice { channel: Channel::Email, event: NoticeEvent::ReportReady };
        let pending = OutboxItem::pending(
            OutboxId::from_bits([1; 16]),
            PatientId::from_bits([2; 16]),
            EvaluationId::from_bits([3; 16]),
            task,
            Timestamp::UNIX_EPOCH,
        );
        OutboxItem { outbox_state, ..pending }
    }

    #[test]
    fn a_cursor_reads_back_and_rubbish_does_not() {
        let place = Place::of(&item(OutboxState::Pending)).unwrap();
        assert_eq!(Place::decode(&place.encode()), Some(place));
        assert_eq!(Place::decode("AAAA"), None);
        assert_eq!(Place::decode("ünicode"), None);
    }

    #[test]
    fn what_is_done_stands_nowhere_and_a_claim_since_it_was_made() {
        let done = OutboxState::Done { at: Timestamp::UNIX_EPOCH, reference: None };
        assert!(item(done).indexes().is_empty());
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1);
        let claimed = item(OutboxState::Claimed { at }).indexes();
        assert_eq!(claimed[0].partition, "OUTBOX#claimed");
        assert!(claimed[0].sort.starts_with("1970-01-01T00:00:01.000000Z#"));
    }
}
