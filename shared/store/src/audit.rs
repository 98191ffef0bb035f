//! The audit log: append only. There is one way in, and it never overwrites. What can be read of it is what somebody opened by
//! a broken glass, for who reviews that.

use crate::aws::{Aws, CallLog};
use crate::error::StoreError;
use crate::records::{Page, sortable};
use crate::vault::DataKey;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use visage_domain::audit::{AuditEntry, SealedClient, StrangerCount, break_glass_mark};
use visage_domain::break_glass::BreakGlass;
use visage_domain::clock::Entropy;
use visage_domain::ids::{AuditId, ClinicId};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;

const DYNAMODB: &str = "DynamoDB";
/// By how much the clocks of two functions may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(1);
/// How many queries, of a megabyte each, a page takes at most: what is looked through holds also what isn't marked, as much as
/// somebody likes to write.
const MOST_READS: usize = 8;

/// An entry, ready to be written: on its own, or with the transaction that it records.
#[derive(Clone, Debug)]
pub struct PreparedEntry(HashMap<String, AttributeValue>);

impl PreparedEntry {
    /// Makes the item of `entry`, with what is sealed beside it.
    ///
    /// # Errors
    /// If it can't be written as an item or sealed.
    pub fn new(
        entry: &AuditEntry,
        sealed: Option<(&SealedClient, &DataKey)>,
        entropy: &dyn Entropy,
    ) -> Result<Self, StoreError> {
        let mut item = log_item(entry, entry.clinic, entry.at, entry.entry)?;
        if let Some((value, key)) = sealed {
            let corrupt = || StoreError::Corrupt { what: "audit" };
            let plain = serde_json::to_vec(value).map_err(|_| corrupt())?;
            let context = format!("visage/audit/1\n{}\n{}", partition(entry.clinic, entry.at), entry.entry);
            let seal = key.seal(&context, plain, entropy).ok_or_else(corrupt)?;
            item.insert("sealed".into(), AttributeValue::B(Blob::new(seal.0)));
        }
        Ok(Self(item))
    }

    pub(crate) fn into_item(self) -> HashMap<String, AttributeValue> {
        self.0
    }
}

/// A clinic's day, or the platform's.
fn partition(clinic: Option<ClinicId>, at: Timestamp) -> String {
    let day = at.strftime("%Y-%m-%d");
    clinic.map_or_else(|| format!("PLATFORM#{day}"), |clinic| format!("C#{clinic}#{day}"))
}

/// An entry's place within its day.
fn sort(at: Timestamp, entry: AuditId) -> String {
    format!("{}#{entry}", sortable(at))
}

/// Where a page ended, if that lies within `span`.
fn place(cursor: &str, span: (Timestamp, Timestamp)) -> Option<(Timestamp, AuditId)> {
    let text = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
    let (at, entry) = text.split_once('#')?;
    let (at, entry) = (at.parse().ok()?, entry.parse().ok()?);
    (span.0 <= at && at <= span.1).then_some((at, entry))
}

fn log_item<R: Record>(
    record: &R,
    clinic: Option<ClinicId>,
    at: Timestamp,
    entry: AuditId,
) -> Result<HashMap<String, AttributeValue>, StoreError> {
    let corrupt = |_| StoreError::Corrupt { what: "audit" };
    let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(record).map_err(corrupt)?;
    item.insert("pk".into(), AttributeValue::S(partition(clinic, at)));
    item.insert("sk".into(), AttributeValue::S(sort(at, entry)));
    item.insert("item_type".into(), AttributeValue::S(R::TYPE.into()));
    for (name, value) in crate::records::retention_of(record)? {
        item.insert(name.into(), value);
    }
    Ok(item)
}

/// The audit log.
#[derive(Clone, Debug)]
pub struct AuditLog {
    client: aws_sdk_dynamodb::Client,
    table: String,
    calls: CallLog,
}

impl AuditLog {
    /// The log in `table`.
    pub fn new(aws: &Aws, table: String) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(aws.config()).interceptor(aws.calls()).build();
        Self { client: aws_sdk_dynamodb::Client::from_conf(config), table, calls: aws.calls() }
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// If it isn't written; then nothing may be answered.
    pub async fn put(&self, entry: PreparedEntry) -> Result<(), StoreError> {
        self.put_item(entry.0).await
    }

    /// Writes how many strangers came.
    ///
    /// # Errors
    /// If it isn't written.
    pub async fn put_strangers(&self, count: &StrangerCount) -> Result<(), StoreError> {
        self.put_item(log_item(count, None, count.minute, count.entry)?).await
    }

    async fn put_item(&self, item: HashMap<String, AttributeValue>) -> Result<(), StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let put = match put {
            Ok(put) => put,
            // Its id is 128 random bits: what stands there is this very entry, written by an attempt whose answer got lost.
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                return Ok(());
            }
            Err(error) => return Err(StoreError::from_sdk(DYNAMODB, &error)),
        };
        self.calls.wrote(put.consumed_capacity);
        Ok(())
    }
}

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
        // `$` is the character behind `#`: right after that entry, and after all of the last instant.
        let low = after.map_or_else(|| sortable(since), |(at, entry)| format!("{}$", sort(at, entry)));
        let high = format!("{}$", sortable(until));
        let mut days = vec![partition(Some(scope.clinic()), from), partition(Some(scope.clinic()), until)];
        days.dedup();
        let (mark, mut entries, mut reads) = (break_glass_mark(glass.break_glass), Vec::new(), 0);
        for day in days {
            let mut start = None;
            while entries.len() <= most {
                if reads == MOST_READS {
                    return Ok(page_until(entries, most, start.as_ref()));
                }
                reads += 1;
                let page = self
                    .client
                    .query()
                    .table_name(&self.table)
                    .consistent_read(true)
                    .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
                    .filter_expression("contains(#resource, :mark)")
                    .expression_attribute_names("#resource", "resource")
                    .expression_attribute_values(":pk", AttributeValue::S(day.clone()))
                    .expression_attribute_values(":low", AttributeValue::S(low.clone()))
                    .expression_attribute_values(":high", AttributeValue::S(high.clone()))
                    .expression_attribute_values(":mark", AttributeValue::S(mark.clone()))
                    .set_exclusive_start_key(start.take())
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
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
}

fn entry(item: HashMap<String, AttributeValue>) -> Result<AuditEntry, StoreError> {
    serde_dynamo::from_item(item).map_err(|_| StoreError::Corrupt { what: "audit" })
}

/// The first of `entries`, and where to go on: at the latest at `end`, up to where it was read.
fn page_until(
    entries: Vec<AuditEntry>,
    most: usize,
    end: Option<&HashMap<String, AttributeValue>>,
) -> Page<AuditEntry> {
    let Page { entries, next } = page_of(entries, most);
    let end = || Some(BASE64URL_NOPAD.encode(end?.get("sk")?.as_s().ok()?.as_bytes()));
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
    use super::*;
    use visage_domain::audit::{Client, ClientRef, Outcome, Purpose};
    use visage_domain::ids::{PatientId, StaffId};
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
}
