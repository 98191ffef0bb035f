//! Broken glasses: listed by when they were, and found when a review of them is overdue.

use super::dated::{dated, read_dated};
use super::entity::{Home, IndexName, Key};
use super::item::{Item, SK, Stored};
use super::outbox::Order;
use super::query::Page;
use super::{Records, keys, places};
use crate::error::{DYNAMODB, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use visage_domain::break_glass::BreakGlass;
use visage_domain::ids::BreakGlassId;
use visage_domain::scope::Scope;

impl Records {
    /// A page of those that were reviewed, or of those that weren't, the latest first: which from an index, and then,
    /// strongly consistent, what holds of each. One that was reviewed a moment ago may stand in neither list, or in both.
    ///
    /// A cursor that isn't one of ours starts from the beginning; it can't reach beyond the scope's clinic, whose part of the
    /// key is never taken from it.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn broken_glasses<P>(
        &self,
        scope: &Scope<P>,
        is_reviewed: bool,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<Page<Stored<BreakGlass>>, StoreError> {
        let partition = format!("C#{}#{}", scope.clinic(), places::glass_partition(is_reviewed));
        let start = cursor.and_then(decode).map(|place| start_key(place, scope, &partition));
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(IndexName::Queue.name())
            .key_condition_expression("queue_pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let found: Vec<Place> = page.items.iter().flatten().filter_map(place_of).collect();
        let next = page.last_evaluated_key.and_then(|_| found.last()).map(encode);
        Ok(Page { entries: self.in_order(scope, &found).await?, next })
    }

    /// Up to `limit` of those of whose overdue review somebody is to be told by `now`, the longest due first; strongly
    /// consistent, so whether they are still due is for the reader to see.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn overdue_reviews<P>(
        &self,
        scope: &Scope<P>,
        now: Timestamp,
        limit: i32,
    ) -> Result<Vec<Stored<BreakGlass>>, StoreError> {
        let owed = (places::REVIEWS, Order::OldestFirst);
        let found: Vec<Place> = self.waiting(scope, owed, now, limit).await?;
        self.in_order(scope, &found).await
    }

    /// The records that stand at these places, in their order.
    async fn in_order<P>(
        &self,
        scope: &Scope<P>,
        found: &[Place],
    ) -> Result<Vec<Stored<BreakGlass>>, StoreError> {
        let each = found.iter().map(|&(_, broken)| keys::break_glass(broken));
        let mut stored: Vec<Stored<BreakGlass>> = self.get_each(scope, each).await?;
        stored.sort_by_key(|it| found.iter().position(|&(_, broken)| broken == it.record.break_glass));
        Ok(stored)
    }
}

/// Where one stands in an index.
type Place = (Timestamp, BreakGlassId);

fn place_of(item: &Item) -> Option<Place> {
    read_dated(item.get("queue_sk")?.as_s().ok()?)
}

fn encode(&(at, broken): &Place) -> String {
    BASE64URL_NOPAD.encode(dated(at, broken).as_bytes())
}

fn decode(cursor: &str) -> Option<Place> {
    read_dated(&String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?)
}

fn start_key<P>((at, broken): Place, scope: &Scope<P>, partition: &str) -> Item {
    let key: Key<BreakGlass> = keys::break_glass(broken);
    [
        ("pk", Home::Clinic.partition(scope.clinic())),
        (SK, key.sort),
        ("queue_pk", partition.to_owned()),
        ("queue_sk", dated(at, broken)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
    .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::entity::Entity;
    use super::*;
    use visage_domain::break_glass::{EmergencyReason, Finding, REVIEW_WITHIN};
    use visage_domain::ids::{SessionId, StaffId};
    use visage_domain::principal::Role;

    fn broken() -> BreakGlass {
        BreakGlass {
            break_glass: BreakGlassId::from_bits([1; 16]),
            staff: StaffId::from_bits([2; 16]),
            roles: vec![Role::Owner],
            session: SessionId::from_bits([3; 16]),
            reason: EmergencyReason::SystemRecovery,
            started_at: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            remind_at: Timestamp::UNIX_EPOCH + REVIEW_WITHIN,
            review: None,
        }
    }

    #[test]
    fn a_cursor_reads_back_and_rubbish_does_not() {
        let place = (Timestamp::UNIX_EPOCH, broken().break_glass);
        assert_eq!(decode(&encode(&place)), Some(place));
        assert_eq!(decode("AAAA"), None);
        assert_eq!(decode("ünicode"), None);
    }

    #[test]
    fn what_was_reviewed_is_owed_by_nobody() {
        let places = |it: &BreakGlass| it.indexes().into_iter().map(|at| at.partition).collect::<Vec<_>>();
        assert_eq!(places(&broken()), ["GLASS#unreviewed", "REVIEWS"]);
        assert!(broken().indexes()[1].sort.starts_with("1970-01-04T00:00:00.000000Z#"));
        let reviewer = StaffId::from_bits([9; 16]);
        let reviewed = broken().reviewed(reviewer, Finding::Justified, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(places(&reviewed), ["GLASS#reviewed"]);
    }
}
