//! What is due for destruction, and what it takes to destroy it.

use super::dated::behind;
use super::entity::{Home, IndexName, Key};
use super::item::{Item, PK, SK, Stored, TYPE, VERSION, from_item};
use super::keys::visit_prefix;
use super::places::DUE;
use super::query::Found;
use super::{Records, Transaction};
use crate::error::{DYNAMODB, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use visage_domain::ids::{IntakeId, PatientId};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;

/// A part of what is due.
#[derive(Clone, Debug)]
pub struct Due {
    /// The records as they are now. The index may lag behind, so whether they are still due is for the reader to see.
    pub found: Found,
    /// Where the next part starts, if there is one.
    pub next: Option<String>,
}

/// An item that is destroyed without being understood: its type and what names it.
#[derive(Clone, Debug)]
pub struct Doomed {
    /// The type of its record.
    pub kind: String,
    key: Item,
    version: u64,
}

impl Found {
    /// Every record of type `E` of one visit among them.
    ///
    /// # Errors
    /// If one can't be read.
    pub fn take_of_visit<E: Record>(&mut self, intake: IntakeId) -> Result<Vec<Stored<E>>, StoreError> {
        let prefix = visit_prefix(intake);
        let wanted = |item: &mut Item| text(item, TYPE) == E::TYPE && text(item, SK).starts_with(&prefix);
        self.0.extract_if(.., wanted).map(from_item).collect()
    }

    /// Every item of one visit that is left among them.
    ///
    /// # Errors
    /// If one isn't an item of ours.
    pub fn doom_visit(&mut self, intake: IntakeId) -> Result<Vec<Doomed>, StoreError> {
        let prefix = visit_prefix(intake);
        self.0.extract_if(.., |item| text(item, SK).starts_with(&prefix)).map(Doomed::of).collect()
    }

    /// The item at `key`, if it is left among them.
    ///
    /// # Errors
    /// If it isn't an item of ours.
    pub fn doom<E: Record>(&mut self, key: &Key<E>) -> Result<Option<Doomed>, StoreError> {
        self.0.extract_if(.., |item| text(item, SK) == key.sort).map(Doomed::of).next().transpose()
    }

    /// Whether nothing is left among them.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Doomed {
    fn of(mut item: Item) -> Result<Self, StoreError> {
        let kind = text(&item, TYPE).to_owned();
        let version = item.get(VERSION).and_then(|it| it.as_n().ok()).and_then(|it| it.parse().ok());
        let version = version.ok_or(StoreError::Corrupt { what: "item version" })?;
        item.retain(|name, _| name == PK || name == SK);
        Ok(Self { kind, key: item, version })
    }
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

impl<P> Transaction<'_, P> {
    /// Deletes an item that must be as it was read.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn destroy(self, doomed: &Doomed) -> Result<Self, StoreError> {
        self.remove("doomed", doomed.key.clone(), doomed.version)
    }
}

impl Records {
    /// Up to `limit` records of the scope's clinic that were due by `by`, the longest due first. Reads the entries of
    /// the index that are due, then the records they point to, whatever else the table holds.
    ///
    /// # Errors
    /// If the table can't be read, or `after` isn't what an earlier part answered.
    pub async fn due<P>(
        &self,
        scope: &Scope<P>,
        by: Timestamp,
        limit: i32,
        after: Option<&str>,
    ) -> Result<Due, StoreError> {
        let partition = format!("C#{}", scope.clinic());
        let start = after.map(|after| decode(after, &partition)).transpose()?;
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(IndexName::Due.name())
            .key_condition_expression("due_pk = :pk AND due_sk < :end")
            .expression_attribute_values(":pk", AttributeValue::S(format!("{partition}#{DUE}")))
            .expression_attribute_values(":end", AttributeValue::S(behind(by)))
            .limit(limit)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let next = page.last_evaluated_key.as_ref().map(encode);
        let mut keys = page.items.unwrap_or_default();
        for key in &mut keys {
            key.retain(|name, _| name == PK || name == SK);
        }
        Ok(Due { found: self.batch(keys).await?, next })
    }

    /// Everything of a patient, strongly consistent.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn chart<P>(&self, scope: &Scope<P>, patient: PatientId) -> Result<Found, StoreError> {
        self.under(Home::Patient(patient).partition(scope.clinic()), String::new()).await
    }
}

const CURSOR: [&str; 4] = [PK, SK, "due_pk", "due_sk"];

/// Keys hold no line breaks.
fn encode(key: &Item) -> String {
    BASE64URL_NOPAD.encode(CURSOR.map(|name| text(key, name)).join("\n").as_bytes())
}

fn decode(cursor: &str, clinic: &str) -> Result<Item, StoreError> {
    let corrupt = || StoreError::Corrupt { what: "cursor" };
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| corrupt())?;
    let text = String::from_utf8(bytes).map_err(|_| corrupt())?;
    let parts: Vec<&str> = text.split('\n').collect();
    // The order names its clinic, and so must everything in its cursor.
    let ours = |part: &&str| part.strip_prefix(clinic).is_some_and(|rest| rest.starts_with('#'));
    match parts[..] {
        [pk, _, due_pk, _] if ours(&pk) && ours(&due_pk) => Ok(CURSOR
            .into_iter()
            .zip(parts)
            .map(|(name, part)| (name.to_owned(), AttributeValue::S(part.to_owned())))
            .collect()),
        _ => Err(corrupt()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(clinic: &str) -> Item {
        [(PK, format!("{clinic}#P#p")), (SK, "V#i#INTAKE".into()), ("due_pk", format!("{clinic}#{DUE}"))]
            .into_iter()
            .chain([("due_sk", "2026-11-22T03:00:00.000000Z#i".into())])
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
            .collect()
    }

    #[test]
    fn a_cursor_reads_back_in_its_own_clinic_only() {
        let cursor = encode(&key("C#one"));
        assert_eq!(decode(&cursor, "C#one").unwrap(), key("C#one"));
        assert!(decode(&cursor, "C#two").is_err());
        assert!(decode(&cursor, "C#on").is_err());
        assert!(decode("AAAA", "C#one").is_err());
        assert!(decode("ünicode", "C#one").is_err());
    }
}
