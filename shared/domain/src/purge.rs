//! The purge: what comes due for destruction, who orders it, and the record of what was destroyed.
//!
//! Due is what no retention class keeps: intakes that were never handed in, photos that don't count, and what stopped
//! to be of use by the clock.

use crate::ids::{ClinicId, DestructionId, IntakeId, PatientId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The order to purge one clinic, as it stands in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurgeOrder {
    /// The clinic.
    pub clinic: ClinicId,
    /// When the run was planned, which also names it. What is due by then is destroyed, and nothing later.
    pub run: Timestamp,
    /// Whether to say only what would be destroyed.
    #[serde(default)]
    pub dry_run: bool,
    /// How far the run got, if this is not its first part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Why something was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An intake that was not handed in within thirty days.
    AbandonedDraft,
    /// A photo that was rejected, or that another one took the place of.
    DiscardedPhoto,
    /// A document that was rejected, or that no answer names.
    DiscardedDocument,
    /// A session, an upload permission, a code or a link whose time is over.
    Expired,
}

impl Reason {
    /// The name used in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AbandonedDraft => "abandoned_draft",
            Self::DiscardedPhoto => "discarded_photo",
            Self::DiscardedDocument => "discarded_document",
            Self::Expired => "expired",
        }
    }
}

/// What one step of a run destroyed, written in the transaction that destroyed it. Steps add up to the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destruction {
    /// The step.
    pub destruction: DestructionId,
    /// The run it belongs to.
    pub run: Timestamp,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// Whether nothing was destroyed and this only says what would have been.
    pub dry_run: bool,
    /// Whose, where it was one patient's.
    pub patient: Option<PatientId>,
    /// Of which intake.
    pub intake: Option<IntakeId>,
    /// How many records, by their type.
    pub records: BTreeMap<String, u32>,
    /// How many objects were on record: each is deleted in all its versions.
    pub objects: u32,
    /// Whether the patient's key went too. Whatever it sealed can't be opened any more, wherever a copy lies.
    pub key_destroyed: bool,
}

impl Record for Destruction {
    const TYPE: &'static str = "destruction";
    // Evidence of what was disposed of: kept as long as the log that names it.
    const CLASS: RecordClass = RecordClass::Audit;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.at
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_back_and_the_shortest_is_a_first_part_in_earnest() {
        let clinic = ClinicId::from_bits([7; 16]);
        let order =
            PurgeOrder { clinic, run: Timestamp::UNIX_EPOCH, dry_run: true, after: Some("there".into()) };
        let text = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<PurgeOrder>(&text).unwrap(), order);
        let short = format!(r#"{{"clinic":"{clinic}","run":"1970-01-01T00:00:00Z"}}"#);
        let read: PurgeOrder = serde_json::from_str(&short).unwrap();
        assert_eq!(read, PurgeOrder { dry_run: false, after: None, ..order });
    }
}
