//! What is read of the audit log: what somebody opened by a broken glass, for who reviews that; and for the review of who has
//! access what everybody did within a time, and whose membership was changed a moment ago.

use super::{AuditLog, partition, sort};
use crate::error::{DYNAMODB, StoreError};
use crate::records::{Page, sortable};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use data_encoding::BASE64URL_NOPAD;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::ops::ControlFlow;
use visage_domain::audit::{AuditEntry, break_glass_mark};
use visage_domain::break_glass::BreakGlass;
use visage_domain::clock::utc_day;
use visage_domain::ids::{AuditId, StaffId};
use visage_domain::scope::Scope;

/// By how much the clocks of two functions may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(1);
/// How many queries, of a megabyte each, a page takes: what is looked through holds also what isn't marked, as much as somebody
/// likes to write.
const MOST_READS: usize = 8;

impl AuditLog {
    /// A page of at most `most` requests that only the broken `glass` allowed, granted or not, oldest first; strongly consistent.
    /// Reads what the scope's clinic did while that was open, an hour of one day or of two.
    ///
    /// A cursor that isn't one of ours starts from the beginning; it can't reach beyond that hour.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn opened_by<P>(
        &self,
        scope: &Scope<P>,
        glass: &BreakGlass,
        most: usize,
        cursor: Option<&str>,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let since = glass.started_at.checked_sub(SKEW).unwrap_or(glass.started_at);
        let until = glass.until.checked_add(SKEW).unwrap_or(glass.until);
        let after = cursor.and_then(|cursor| place(cursor, (since, until)));
        let from = after.map_or(since, |(at, _)| at);
        let low = after.map_or_else(|| sortable(since), |(at, entry)| behind(&sort(at, entry)));
        let high = behind(&sortable(until));
        let (mark, mut entries, mut reads) = (break_glass_mark(glass.break_glass), Vec::new(), 0);
        for day in days(from, until) {
            let mut start: Option<HashMap<String, AttributeValue>> = None;
            while entries.len() <= most {
                if let (Some(start), MOST_READS..) = (&start, reads) {
                    return Ok(page_until(entries, most, start));
                }
                reads += 1;
                let page = self
                    .between(partition(Some(scope.clinic()), day), &low, &high)
                    .consistent_read(true)
                    .filter_expression("contains(#resource, :mark)")
                    .expression_attribute_names("#resource", "resource")
                    .expression_attribute_values(":mark", AttributeValue::S(mark.clone()))
                    .set_exclusive_start_key(start)
                    .send()
                    .await
                    .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
                self.calls.read(page.consumed_capacity);
                for item in page.items.unwrap_or_default() {
                    entries.push(entry(item)?);
                }
                start = page.last_evaluated_key;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(page_of(entries, most))
    }

    /// Shows `look` every entry of the scope's clinic from `since` to `until`, both included, oldest first, until it has seen
    /// enough. Holds a page of them at a time, however many there are. Eventually consistent: what was written a moment ago may
    /// be missing.
    ///
    /// # Errors
    /// If the log can't be read; then some were shown.
    pub async fn each_within<P>(
        &self,
        scope: &Scope<P>,
        span: (Timestamp, Timestamp),
        look: impl FnMut(AuditEntry) -> ControlFlow<()> + Send,
    ) -> Result<(), StoreError> {
        self.each(scope, span, false, look).await
    }

    /// The users whom entries of the scope's clinic name that were written about `now`: from a minute before it on. Strongly
    /// consistent, so whose membership was changed before this is asked is among them.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn named_about<P>(&self, scope: &Scope<P>, now: Timestamp) -> Result<Vec<StaffId>, StoreError> {
        let mut named = Vec::new();
        let since = now.checked_sub(SKEW).unwrap_or(now);
        let until = now.checked_add(SKEW).unwrap_or(now);
        let look = |entry: AuditEntry| {
            named.extend(entry.named("staff").and_then(|staff| staff.parse::<StaffId>().ok()));
            ControlFlow::Continue(())
        };
        self.each(scope, (since, until), true, look).await?;
        Ok(named)
    }

    async fn each<P>(
        &self,
        scope: &Scope<P>,
        (since, until): (Timestamp, Timestamp),
        is_consistent: bool,
        mut look: impl FnMut(AuditEntry) -> ControlFlow<()> + Send,
    ) -> Result<(), StoreError> {
        let (low, high) = (sortable(since), behind(&sortable(until)));
        for day in days(since, until) {
            let mut start = None;
            loop {
                let page = self
                    .between(partition(Some(scope.clinic()), day), &low, &high)
                    .consistent_read(is_consistent)
                    .set_exclusive_start_key(start)
                    .send()
                    .await
                    .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
                self.calls.read(page.consumed_capacity);
                for item in page.items.unwrap_or_default() {
                    if look(entry(item)?).is_break() {
                        return Ok(());
                    }
                }
                start = page.last_evaluated_key;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Asks for the entries of a day whose place is between two.
    fn between(&self, day: String, low: &str, high: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", AttributeValue::S(day))
            .expression_attribute_values(":low", AttributeValue::S(low.to_owned()))
            .expression_attribute_values(":high", AttributeValue::S(high.to_owned()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }
}

/// The place right behind an entry's, or behind all of an instant: `$` is the character that follows `#`.
fn behind(place: &str) -> String {
    format!("{place}$")
}

/// The days from one instant to another; none if that one comes first.
fn days(since: Timestamp, until: Timestamp) -> impl Iterator<Item = Date> {
    let last = utc_day(until);
    std::iter::successors(Some(utc_day(since)), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
}

/// Where a page ended, if that lies within `span`.
fn place(cursor: &str, span: (Timestamp, Timestamp)) -> Option<(Timestamp, AuditId)> {
    let text = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
    let (at, entry) = text.split_once('#')?;
    let (at, entry) = (at.parse().ok()?, entry.parse().ok()?);
    (span.0 <= at && at <= span.1).then_some((at, entry))
}

fn entry(item: HashMap<String, AttributeValue>) -> Result<AuditEntry, StoreError> {
    serde_dynamo::from_item(item).map_err(|_| StoreError::Corrupt { what: "audit" })
}

/// The first of `entries`, and where to go on: at the latest where it was read to.
fn page_until(
    entries: Vec<AuditEntry>,
    most: usize,
    end: &HashMap<String, AttributeValue>,
) -> Page<AuditEntry> {
    let Page { entries, next } = page_of(entries, most);
    let end = || Some(BASE64URL_NOPAD.encode(end.get("sk")?.as_s().ok()?.as_bytes()));
    Page { next: next.or_else(end), entries }
}

/// The first of `entries`, and where to go on if there are more.
fn page_of(mut entries: Vec<AuditEntry>, most: usize) -> Page<AuditEntry> {
    let are_more = entries.len() > most;
    entries.truncate(most);
    let next = entries.last().filter(|_| are_more);
    let next = next.map(|last| BASE64URL_NOPAD.encode(sort(last.at, last.entry).as_bytes()));
    Page { entries, next }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::log_item;
    use super::*;
    use jiff::civil::date;
    use visage_domain::audit::{Client, ClientRef, Outcome, Purpose};
    use visage_domain::ids::{ClinicId, PatientId};
    use visage_domain::principal::{Actor, Role};

    fn an_entry(second: i64, outcome: Outcome) -> AuditEntry {
        AuditEntry {
            entry: AuditId::from_bits([1; 16]),
            at: Timestamp::from_second(second).unwrap(),
            clinic: Some(ClinicId::from_bits([2; 16])),
            actor: Actor::Staff { staff: StaffId::from_bits([3; 16]), roles: vec![Role::Owner] },
            action: "open_evaluation".into(),
            resource: "patient=p;evaluation=e".into(),
            patient: Some(PatientId::from_bits([4; 16])),
            shown: vec!["p/e".into()],
            purpose: Purpose::Treatment,
            outcome,
            request: "r".into(),
            client: ClientRef::Clear(Client { ip: "203.0.113.7".into(), user_agent: "b".into() }),
        }
    }

    #[test]
    fn an_entry_reads_back_as_it_was_written() {
        for outcome in [Outcome::Granted, Outcome::Refused { code: "forbidden".into() }] {
            let written = an_entry(60, outcome);
            let item = log_item(&written, written.clinic, written.at, written.entry).unwrap();
            assert_eq!(entry(item).unwrap(), written);
        }
    }

    #[test]
    fn a_page_ends_where_the_next_one_begins_and_within_its_hour() {
        let all = vec![an_entry(60, Outcome::Done), an_entry(61, Outcome::Done)];
        assert_eq!(page_of(all.clone(), 2).next, None);
        let page = page_of(all, 1);
        assert_eq!(page.entries.len(), 1);
        let (cursor, at) = (page.next.unwrap(), |second| Timestamp::from_second(second).unwrap());
        assert_eq!(place(&cursor, (at(0), at(60))), Some((at(60), AuditId::from_bits([1; 16]))));
        assert_eq!(place(&cursor, (at(61), at(99))), None);
        assert_eq!(place("AAAA", (at(0), at(99))), None);
    }

    #[test]
    fn every_day_of_a_span_is_looked_at_its_ends_included() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let all = |since, until| days(at(since), at(until)).collect::<Vec<_>>();
        let (eve, day) = (date(2027, 2, 28), date(2027, 3, 1));
        assert_eq!(all("2027-02-28T23:59:59.9Z", "2027-03-01T00:00:00Z"), [eve, day]);
        assert_eq!(all("2027-03-01T00:00:00Z", "2027-03-01T23:59:59Z"), [day]);
        assert!(all("2027-03-02T00:00:00Z", "2027-03-01T23:59:59Z").is_empty());
        assert_eq!(all("2026-12-01T12:00:00Z", "2027-03-01T12:00:00Z").len(), 91);
    }
}
