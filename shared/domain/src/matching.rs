//! Likely the same patient: how records of one person are found, and what staff decide about them.
//!
//! Every intake begins a patient record of its own, and nobody is merged by a machine. At submission an index item is
//! written per contact: a keyed hash of birth date and phone, and of birth date and e-mail address. Records that share
//! one are proposed; staff say whether they are the same person. That links them, so that each shows the other's
//! visits, and leaves both as they are; a later decision may say otherwise.

use crate::evaluation::Reason;
use crate::ids::{EvaluationId, MatchId, PatientId, StaffId};
use crate::patient::Identity;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What two records have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchField {
    /// Birth date and phone number.
    BirthDateAndPhone,
    /// Birth date and e-mail address.
    BirthDateAndEmail,
}

impl MatchField {
    /// The name used in JSON and in what is hashed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BirthDateAndPhone => "birth_date_and_phone",
            Self::BirthDateAndEmail => "birth_date_and_email",
        }
    }
}

/// What of a patient is compared: birth date and contact, as they are hashed.
///
/// An address's capitals don't tell people apart, so they don't count here.
pub fn match_values(identity: &Identity) -> Vec<(MatchField, [String; 2])> {
    let birth_date = identity.birth_date.expose().to_string();
    let phone = identity.phone.as_ref().map(|phone| (MatchField::BirthDateAndPhone, phone.expose().clone()));
    let email =
        identity.email.as_ref().map(|email| (MatchField::BirthDateAndEmail, email.expose().to_lowercase()));
    phone.into_iter().chain(email).map(|(field, value)| (field, [birth_date.clone(), value])).collect()
}

/// An index item: a patient who has that birth date and contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchEntry {
    /// The keyed hash, cut to 128 bits.
    pub matching: MatchId,
    /// Of what.
    pub field: MatchField,
    /// Who.
    pub patient: PatientId,
    /// Since when.
    pub since: Timestamp,
}

impl Record for MatchEntry {
    const TYPE: &'static str = "match";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

/// What staff say of two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MatchVerdict")]
pub enum Verdict {
    /// One person.
    Same,
    /// Two people.
    Different,
}

/// One decision about two records, kept with both of them. Never changed; what was decided last holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchDecision {
    /// The record it is kept with.
    pub patient: PatientId,
    /// The other.
    pub other: PatientId,
    /// Counts from 1 for these two.
    pub number: u32,
    /// What was decided.
    pub verdict: Verdict,
    /// Who decided.
    pub decided_by: StaffId,
    /// When.
    pub decided_at: Timestamp,
}

impl MatchDecision {
    /// The same decision, as it is kept with the other record.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self { patient: self.other, other: self.patient, ..self.clone() }
    }
}

impl Record for MatchDecision {
    const TYPE: &'static str = "match_decision";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Reason;

    fn anchor(&self) -> Timestamp {
        self.decided_at
    }
}

/// The decisions that hold, by the other record: the last of each.
pub fn last_decisions(
    decisions: impl IntoIterator<Item = MatchDecision>,
) -> BTreeMap<PatientId, MatchDecision> {
    let mut last: BTreeMap<PatientId, MatchDecision> = BTreeMap::new();
    for decision in decisions {
        match last.get(&decision.other) {
            Some(known) if known.number >= decision.number => {}
            _ => drop(last.insert(decision.other, decision)),
        }
    }
    last
}

/// That a patient handed in an intake: what previous visits are found by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitEntry {
    /// Who.
    pub patient: PatientId,
    /// What it led to.
    pub evaluation: EvaluationId,
    /// When it was handed in.
    pub submitted_at: Timestamp,
}

impl Record for VisitEntry {
    const TYPE: &'static str = "visit";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.submitted_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phi::Phi;
    use jiff::civil::date;

    fn identity(phone: Option<&str>, email: Option<&str>) -> Identity {
        Identity {
            given_name: Phi::new("Ada".into()),
            family_name: Phi::new("Example".into()),
            birth_date: Phi::new(date(1980, 2, 29)),
            email: email.map(|email| Phi::new(email.into())),
            phone: phone.map(|phone| Phi::new(phone.into())),
        }
    }

    #[test]
    fn a_birth_date_alone_is_never_compared() {
        assert_eq!(match_values(&identity(None, None)), []);
        let both = match_values(&identity(Some("+12065550100"), Some("Ada@Mail.example")));
        let expected = [
            (MatchField::BirthDateAndPhone, ["1980-02-29".to_owned(), "+12065550100".to_owned()]),
            (MatchField::BirthDateAndEmail, ["1980-02-29".to_owned(), "ada@mail.example".to_owned()]),
        ];
        assert_eq!(both, expected);
    }

    #[test]
    fn what_was_decided_last_holds() {
        let patient = |byte| PatientId::from_bits([byte; 16]);
        let decision = |other, number, verdict| MatchDecision {
            patient: patient(1),
            other: patient(other),
            number,
            verdict,
            decided_by: StaffId::from_bits([9; 16]),
            decided_at: Timestamp::UNIX_EPOCH,
        };
        let all = [
            decision(2, 2, Verdict::Different),
            decision(2, 1, Verdict::Same),
            decision(3, 1, Verdict::Same),
        ];
        let last = last_decisions(all);
        let verdicts: Vec<_> = last.values().map(|decision| (decision.other, decision.verdict)).collect();
        assert_eq!(verdicts, [(patient(2), Verdict::Different), (patient(3), Verdict::Same)]);
        assert_eq!(last[&patient(2)].mirrored().patient, patient(2));
    }
}
