//! Broken glasses: listed by when they were, and found when a review of them is overdue.

use super::entity::{Home, IndexName, Key};
use super::item::{Item, SK, Stored};
use super::keys::{self, sortable};
use super::query::Page;
use super::{DYNAMODB, Records, places};
use crate::error::StoreError;
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
        let start = cursor.and_then(Place::decode).map(|place| place.start_key(scope, &partition));
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
        let found = places_of(&page.items.unwrap_or_default(), IndexName::Queue);
        let next = page.last_evaluated_key.and_then(|_| found.last()).map(Place::encode);
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
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(IndexName::Outbox.name())
            .key_condition_expression("outbox_pk = :pk AND outbox_sk < :end")
            .expression_attribute_values(
                ":pk",
                AttributeValue::S(format!("C#{}#{}", scope.clinic(), places::REVIEWS)),
            )
            // What follows the instant in a sort key starts with `#`; `$` is the next character.
            .expression_attribute_values(":end", AttributeValue::S(format!("{}$", sortable(now))))
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let found = places_of(&page.items.unwrap_or_default(), IndexName::Outbox);
        self.in_order(scope, &found).await
    }

    /// The records that stand at these places, in their order.
    async fn in_order<P>(
        &self,
        scope: &Scope<P>,
        found: &[Place],
    ) -> Result<Vec<Stored<BreakGlass>>, StoreError> {
        let each = found.iter().map(|place| keys::break_glass(place.break_glass));
        let mut stored: Vec<Stored<BreakGlass>> = self.get_each(scope, each).await?;
        stored.sort_by_key(|it| found.iter().position(|place| place.break_glass == it.record.break_glass));
        Ok(stored)
    }
}

/// Where one stands in an index.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    at: Timestamp,
    break_glass: BreakGlassId,
}

fn places_of(items: &[Item], index: IndexName) -> Vec<Place> {
    let name = format!("{}_sk", index.name());
    let sorts = items.iter().filter_map(|item| item.get(&name)?.as_s().ok());
    sorts.filter_map(|sort| Place::read(sort)).collect()
}

impl Place {
    fn read(sort: &str) -> Option<Self> {
        let (at, break_glass) = sort.split_once('#')?;
        Some(Self { at: at.parse().ok()?, break_glass: break_glass.parse().ok()? })
    }

    fn sort(&self) -> String {
        format!("{}#{}", sortable(self.at), self.break_glass)
    }

    fn encode(&self) -> String {
        BASE64URL_NOPAD.encode(self.sort().as_bytes())
    }

    fn decode(cursor: &str) -> Option<Self> {
        Self::read(&String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?)
    }

    fn start_key<P>(self, scope: &Scope<P>, partition: &str) -> Item {
        let key: Key<BreakGlass> = keys::break_glass(self.break_glass);
        [
            ("pk", Home::Clinic.partition(scope.clinic())),
            (SK, key.sort),
            ("queue_pk", partition.to_owned()),
            ("queue_sk", self.sort()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
        .collect()
    }
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
        let place = Place::read(&broken().indexes()[0].sort).unwrap();
        assert_eq!(Place::decode(&place.encode()), Some(place));
        assert_eq!(Place::decode("AAAA"), None);
        assert_eq!(Place::decode("ünicode"), None);
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
