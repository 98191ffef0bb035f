//! The evaluation queue: by status, and by assignee where one is asked for; by age; page by page.
//!
//! Every filter is part of a key, so a page reads what it shows and no more. A cursor names the entry after which to go
//! on, not how many were shown: what moves away or comes in meanwhile makes nobody see an entry twice or miss one.

mod cursor;

pub use cursor::Cursor;

use super::dated::{behind, sortable};
use super::entity::IndexName;
use super::item::{Item, SK};
use super::query::Page;
use super::{Records, keys, places};
use crate::error::{DYNAMODB, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use visage_domain::evaluation::EvaluationStatus;
use visage_domain::ids::{EvaluationId, PatientId, StaffId};
use visage_domain::scope::Scope;

/// One line of the evaluation queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct QueueEntry {
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// Whose.
    pub patient: PatientId,
    /// When the intake came in.
    pub created_at: Timestamp,
    /// Whose work it is.
    pub assignee: Option<StaffId>,
}

/// Whose work is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssigneeFilter {
    /// Everybody's, and what nobody took.
    Anyone,
    /// What nobody took.
    Nobody,
    /// One person's.
    Staff(StaffId),
}

/// Which evaluations are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFilter {
    /// Those of this status.
    pub status: EvaluationStatus,
    /// Those of this assignee.
    pub assignee: AssigneeFilter,
    /// Those that came in then or later.
    pub since: Option<Timestamp>,
    /// Those that came in then or earlier.
    pub until: Option<Timestamp>,
}

/// The part of an index that a filter means.
struct Stretch {
    index: IndexName,
    partition: String,
    /// What the sort keys start with, before the age.
    prefix: String,
    low: String,
    high: String,
}

impl Stretch {
    fn of<P>(scope: &Scope<P>, filter: &QueueFilter) -> Self {
        let (index, prefix) = match filter.assignee {
            AssigneeFilter::Anyone => (IndexName::Queue, String::new()),
            AssigneeFilter::Nobody => (IndexName::Assigned, format!("{}#", places::assigned_prefix(None))),
            AssigneeFilter::Staff(staff) => {
                (IndexName::Assigned, format!("{}#", places::assigned_prefix(Some(staff))))
            }
        };
        // An age is an instant, `#` and an evaluation; `~` comes behind every digit.
        let low = filter.since.map_or_else(|| "0".to_owned(), sortable);
        let high = filter.until.map_or_else(|| "~".to_owned(), behind);
        Self {
            index,
            partition: format!("C#{}#{}", scope.clinic(), places::queue_partition(filter.status)),
            low: format!("{prefix}{low}"),
            high: format!("{prefix}{high}"),
            prefix,
        }
    }

    /// Where a query starts to go on after `cursor`. A cursor before the stretch starts at its beginning (its age may
    /// have moved past it); one behind its end, which is `Err`, has nothing after it.
    fn start<P>(
        &self,
        scope: &Scope<P>,
        status: EvaluationStatus,
        cursor: Option<Cursor>,
    ) -> Result<Option<Item>, BehindTheEnd> {
        let Some(cursor) = cursor else { return Ok(None) };
        let sort = format!("{}{}", self.prefix, places::queue_sort(cursor.created_at, cursor.evaluation));
        if sort > self.high {
            return Err(BehindTheEnd);
        }
        if sort < self.low {
            return Ok(None);
        }
        let (patient, evaluation) = (cursor.patient, cursor.evaluation);
        let (home, key) = match status {
            EvaluationStatus::Withdrawn => {
                let key = keys::withdrawal(patient, evaluation);
                (key.home, key.sort)
            }
            _ => {
                let key = keys::evaluation(patient, evaluation);
                (key.home, key.sort)
            }
        };
        let name = self.index.name();
        let start = [
            ("pk".to_owned(), home.partition(scope.clinic())),
            (SK.to_owned(), key),
            (format!("{name}_pk"), self.partition.clone()),
            (format!("{name}_sk"), sort),
        ];
        Ok(Some(start.into_iter().map(|(name, value)| (name, AttributeValue::S(value))).collect()))
    }
}

struct BehindTheEnd;

impl Records {
    /// A page of the evaluation queue, oldest first.
    ///
    /// A cursor can't reach beyond the scope's clinic, whose part of the key is never taken from it.
    ///
    /// # Errors
    /// If the index can't be read.
    pub async fn queue<P>(
        &self,
        scope: &Scope<P>,
        filter: &QueueFilter,
        limit: i32,
        cursor: Option<Cursor>,
    ) -> Result<Page<QueueEntry>, StoreError> {
        let stretch = Stretch::of(scope, filter);
        let start = match stretch.start(scope, filter.status, cursor) {
            Ok(start) if stretch.low <= stretch.high => start,
            _ => return Ok(Page { entries: Vec::new(), next: None }),
        };
        let name = stretch.index.name();
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(name)
            .key_condition_expression(format!("{name}_pk = :pk AND {name}_sk BETWEEN :low AND :high"))
            .expression_attribute_values(":pk", AttributeValue::S(stretch.partition))
            .expression_attribute_values(":low", AttributeValue::S(stretch.low))
            .expression_attribute_values(":high", AttributeValue::S(stretch.high))
            .limit(limit)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let entries: Vec<QueueEntry> =
            page.items.unwrap_or_default().into_iter().map(entry).collect::<Result<_, _>>()?;
        let next = page.last_evaluated_key.and(entries.last()).map(|last| Cursor::after(last).encode());
        Ok(Page { entries, next })
    }
}

fn entry(item: Item) -> Result<QueueEntry, StoreError> {
    serde_dynamo::from_item(item).map_err(|_| StoreError::Corrupt { what: "queue entry" })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::entity::Entity;
    use super::*;
    use data_encoding::BASE64URL_NOPAD;
    use proptest::prelude::*;
    use visage_domain::evaluation::{Evaluation, Withdrawal};
    use visage_domain::ids::{ClinicId, IntakeId};
    use visage_domain::permission::ListEvaluations;
    use visage_domain::principal::{Actor, Principal, Role};
    use visage_domain::scope::authorize;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn scope() -> Scope<ListEvaluations> {
        let actor = Actor::Staff { staff: StaffId::from_bits([7; 16]), roles: vec![Role::Provider] };
        authorize(&Principal { clinic: ClinicId::from_bits([8; 16]), actor }).unwrap()
    }

    fn cursor(created_at: &str) -> Cursor {
        Cursor {
            created_at: at(created_at),
            evaluation: EvaluationId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
        }
    }

    fn stretch(since: Option<&str>, until: Option<&str>) -> Stretch {
        let filter = QueueFilter {
            status: EvaluationStatus::New,
            assignee: AssigneeFilter::Nobody,
            since: since.map(at),
            until: until.map(at),
        };
        Stretch::of(&scope(), &filter)
    }

    #[test]
    fn the_ends_of_a_stretch_belong_to_it() {
        let (first, last) = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
        let stretch = stretch(Some(first), Some(last));
        let sort = |text: &str| {
            format!("nobody#{}", places::queue_sort(at(text), EvaluationId::from_bits([0xff; 16])))
        };
        for inside in [first, "2026-11-01T12:00:00.000001Z", last] {
            assert!(stretch.low <= sort(inside) && sort(inside) <= stretch.high, "{inside}");
        }
        assert!(sort("2026-10-31T23:59:59.999999Z") < stretch.low);
        assert!(sort("2026-11-02T00:00:00.000001Z") > stretch.high);
    }

    #[test]
    fn a_cursor_that_age_left_behind_starts_over_and_one_behind_the_end_ends() {
        let stretch = stretch(Some("2026-11-01T00:00:00Z"), Some("2026-11-02T00:00:00Z"));
        let start = |cursor| stretch.start(&scope(), EvaluationStatus::New, Some(cursor));
        assert!(start(cursor("2026-10-31T00:00:00Z")).is_ok_and(|start| start.is_none()));
        assert!(start(cursor("2026-11-03T00:00:00Z")).is_err());
        let within = start(cursor("2026-11-01T12:00:00Z")).ok().flatten().unwrap();
        assert_eq!(within["assigned_pk"].as_s().unwrap(), &stretch.partition);
    }

    #[test]
    fn an_evaluation_stands_in_the_queue_once_whatever_becomes_of_it() {
        let (intake, patient) = (IntakeId::from_bits([1; 16]), PatientId::from_bits([2; 16]));
        let staff = StaffId::from_bits([3; 16]);
        let mut evaluation = Evaluation::of_intake(intake, patient, Timestamp::UNIX_EPOCH);
        let places = |indexes: Vec<super::super::Index>| {
            let place = |index: super::super::Index| format!("{} {}", index.partition, index.sort);
            indexes.into_iter().map(place).collect::<Vec<_>>()
        };
        let id = evaluation.evaluation;
        let expected = |status: &str, whose: &str| {
            let age = format!("1970-01-01T00:00:00.000000Z#{id}");
            [format!("QUEUE#{status} {age}"), format!("QUEUE#{status} {whose}#{age}")]
        };
        assert_eq!(places(evaluation.indexes()), expected("new", "nobody"));
        evaluation.assignee = Some(staff);
        assert_eq!(places(evaluation.indexes()), expected("new", &staff.to_string()));
        let withdrawal = Withdrawal::of(&evaluation, staff, Timestamp::UNIX_EPOCH);
        evaluation.status = EvaluationStatus::Withdrawn;
        assert!(evaluation.indexes().is_empty());
        assert_eq!(places(withdrawal.indexes()), expected("withdrawn", &staff.to_string()));
    }

    proptest! {
        #[test]
        fn a_page_goes_on_in_its_own_clinic_whatever_cursor_comes(
            evaluation in any::<[u8; 16]>(), patient in any::<[u8; 16]>(), second in 0i64..4_000_000_000,
            text in ".*",
        ) {
            let made = Cursor {
                created_at: Timestamp::from_second(second).unwrap(),
                evaluation: EvaluationId::from_bits(evaluation),
                patient: PatientId::from_bits(patient),
            };
            // What a client made up is read, if at all, as one of these.
            let made_up = BASE64URL_NOPAD.encode(format!("{}{text}", made.created_at).as_bytes());
            prop_assert!(Cursor::decode(&made_up).is_none_or(|it| Cursor::decode(&it.encode()) == Some(it)));
            let own = format!("C#{}", scope().clinic());
            let somebody = AssigneeFilter::Staff(StaffId::from_bits(patient));
            let assignees = [AssigneeFilter::Anyone, AssigneeFilter::Nobody, somebody];
            let all = EvaluationStatus::ALL.into_iter().flat_map(|it| assignees.map(|by| (it, by)));
            for (status, assignee) in all {
                let filter = QueueFilter { status, assignee, since: None, until: None };
                let cursor = Cursor::decode(&made.encode());
                prop_assert_eq!(cursor, Some(made));
                let stretch = Stretch::of(&scope(), &filter);
                let Ok(Some(start)) = stretch.start(&scope(), status, cursor) else {
                    return Err(TestCaseError::fail("it lies within"));
                };
                let partitions = start.iter().filter(|(name, _)| name.ends_with("pk"));
                let is_own = |value: &AttributeValue| {
                    value.as_s().unwrap().strip_prefix(&own).is_some_and(|rest| rest.starts_with('#'))
                };
                prop_assert_eq!(partitions.filter(|it| is_own(it.1)).count(), 2);
            }
        }
    }
}
