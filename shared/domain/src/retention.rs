//! Record classes and how long the law, or the promise, keeps each.
//!
//! Every stored item names its class and the instant its retention counts from: [`Record`] has no defaults for either,
//! so a type that doesn't say can't be stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What kind of record an item is, for retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordClass {
    /// Part of the chart: intakes, photos, evaluations, reports.
    Medical,
    /// Consents, authorizations, policies and their versions.
    Consent,
    /// The audit log.
    Audit,
    /// Messages and their delivery.
    Communication,
    /// Clinics, staff, vendors: the running of the platform.
    Account,
    /// Gone by itself within days: sessions, upload permissions, idempotency keys, links, drafts.
    Operational,
}

/// How long a class is kept, at least, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    /// Full years from the record's anchor; `0` where no law asks for any.
    pub years: u8,
    /// The source of the number.
    pub citation: &'static str,
}

impl RecordClass {
    /// Every class, for tables and documents.
    pub const ALL: [Self; 6] =
        [Self::Medical, Self::Consent, Self::Audit, Self::Communication, Self::Account, Self::Operational];

    /// The shortest time a record of this class is kept. A clinic may lengthen it, never shorten.
    ///
    /// State law that asks for more (minors, some states' charts) is applied on top, where the patient is known.
    pub const fn floor(self) -> Floor {
        match self {
            Self::Medical => Floor {
                years: 7,
                citation: "platform default for charts: the strictest adult floor of the states listed (22 TAC 163.2)",
            },
            Self::Consent => Floor { years: 6, citation: "45 CFR 164.530(j)(2)" },
            Self::Audit => Floor { years: 6, citation: "45 CFR 164.316(b)(2)(i)" },
            Self::Communication => {
                Floor { years: 6, citation: "45 CFR 164.316(b)(2)(i), where it names a patient" }
            }
            Self::Account => {
                Floor { years: 6, citation: "45 CFR 164.316(b)(2)(i): agreements and access rights" }
            }
            Self::Operational => Floor { years: 0, citation: "none: nothing of the chart is kept here" },
        }
    }
}

/// Something that is stored: its clear part is the type itself, what is protected is [`Record::Sealed`].
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// The name of this kind of record in keys and in encryption's associated data. Never changes once released.
    const TYPE: &'static str;
    /// Its class for retention.
    const CLASS: RecordClass;
    /// The part that is encrypted under the patient's key (or the clinic's, for what belongs to no patient).
    type Sealed: Serialize + DeserializeOwned + Send + Sync;

    /// The instant its retention counts from.
    fn anchor(&self) -> Timestamp;

    /// When the database may drop it by itself. Only for [`RecordClass::Operational`].
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }
}

/// The sealed part of a record that protects nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_but_operational_has_a_floor_of_six_years_or_more() {
        for class in RecordClass::ALL {
            let floor = class.floor();
            assert!(!floor.citation.is_empty());
            assert_eq!(floor.years == 0, class == RecordClass::Operational);
            assert!(floor.years == 0 || floor.years >= 6);
        }
    }
}
