//! Consents: given or refused one by one, each with the exact text that was shown. Never changed, only followed.

use crate::audit::Client;
use crate::fields::{Field, shown};
use crate::ids::{ConsentId, IntakeId, PatientId, StaffId};
use crate::minor::GuardianDetails;
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a patient is asked to consent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// That the clinic collects what is entered. Before anything is stored.
    Collect,
    /// That photographs are taken in. Before the first upload.
    Photographs,
    /// That photographs are analysed by an AI service and the geometry of the face measured. Before any such call.
    FaceAnalysis,
    /// That data is shared beyond the clinic. Never a condition.
    Sharing,
    /// Text messages about the evaluation. Never a condition.
    Sms,
    /// That something is used to advertise. Never a condition, asked only by clinics that would.
    Advertising,
    /// That a profile is made of somebody, beyond their evaluation. Never a condition, asked only by clinics that would.
    Profiling,
}

impl ConsentPurpose {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 7] = [
        Self::Collect,
        Self::Photographs,
        Self::FaceAnalysis,
        Self::Sharing,
        Self::Sms,
        Self::Advertising,
        Self::Profiling,
    ];

    /// The name used in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Photographs => "photographs",
            Self::FaceAnalysis => "face_analysis",
            Self::Sharing => "sharing",
            Self::Sms => "sms",
            Self::Advertising => "advertising",
            Self::Profiling => "profiling",
        }
    }

    /// Whether every form asks it. What a form doesn't ask is refused: by default nothing is advertised, nobody profiled.
    pub const fn is_asked_always(self) -> bool {
        !matches!(self, Self::Advertising | Self::Profiling)
    }

    /// Whether it is asked on the last step, with the submission.
    pub const fn is_asked_last(self) -> bool {
        matches!(self, Self::Sharing | Self::Sms | Self::Advertising | Self::Profiling)
    }
}

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GivenBy {
    /// The patient.
    Patient,
    /// The patient's guardian, whom the evidence names.
    Guardian,
}

/// One decision. What was decided last for a purpose holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The consent.
    pub consent: ConsentId,
    /// Whose.
    pub patient: PatientId,
    /// The intake in which it was asked.
    pub intake: IntakeId,
    /// For what.
    pub purpose: ConsentPurpose,
    /// Given or refused.
    pub given: bool,
    /// The form version whose text was shown.
    pub form_version: u32,
    /// Who decided.
    pub given_by: GivenBy,
    /// Who of the staff was told, where it was said on the phone or at the desk.
    pub told_to: Option<StaffId>,
    /// When.
    pub decided_at: Timestamp,
}

/// The evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentEvidence {
    /// The exact text that was shown, or read out.
    pub text: String,
    /// From where it was decided; from where it was entered, if staff was told.
    pub client: Client,
    /// The guardian who decided.
    pub guardian: Option<GuardianDetails>,
    /// The number that texts may go to, E.164. Only with [`ConsentPurpose::Sms`].
    pub phone: Option<String>,
}

impl Record for Consent {
    const TYPE: &'static str = "consent";
    const CLASS: RecordClass = RecordClass::Consent;
    type Sealed = ConsentEvidence;

    fn anchor(&self) -> Timestamp {
        self.decided_at
    }
}

/// A decision, as those who may see it are shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// For what.
    pub purpose: ConsentPurpose,
    /// Given or refused.
    pub given: bool,
    /// When.
    pub decided_at: Timestamp,
    /// Who decided.
    pub given_by: GivenBy,
    /// Who of the staff was told, where it was said on the phone or at the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_to: Option<StaffId>,
}

impl Decided {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] =
        &[shown("purpose"), shown("given"), shown("decidedAt"), shown("givenBy"), shown("toldTo")];
}

impl From<&Consent> for Decided {
    fn from(consent: &Consent) -> Self {
        let Consent { purpose, given, decided_at, given_by, told_to, .. } = *consent;
        Self { purpose, given, decided_at, given_by, told_to }
    }
}

/// The latest decision for `purpose` among `consents`.
pub fn last<'a>(
    consents: impl IntoIterator<Item = &'a Consent>,
    purpose: ConsentPurpose,
) -> Option<&'a Consent> {
    let decided = consents.into_iter().filter(|consent| consent.purpose == purpose);
    decided.max_by_key(|consent| consent.decided_at)
}

/// Whether the latest decision for `purpose` among `consents` is a yes.
pub fn holds<'a>(consents: impl IntoIterator<Item = &'a Consent>, purpose: ConsentPurpose) -> bool {
    last(consents, purpose).is_some_and(|consent| consent.given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn decided(purpose: ConsentPurpose, given: bool, second: i64) -> Consent {
        Consent {
            consent: ConsentId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
            intake: IntakeId::from_bits([3; 16]),
            purpose,
            given,
            form_version: 1,
            given_by: GivenBy::Patient,
            told_to: None,
            decided_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second),
        }
    }

    #[test]
    fn the_last_decision_holds() {
        let sms = ConsentPurpose::Sms;
        assert!(!holds(&[], sms));
        assert!(holds(&[decided(sms, true, 1)], sms));
        assert!(!holds(&[decided(sms, false, 2), decided(sms, true, 1)], sms));
        assert!(!holds(&[decided(ConsentPurpose::Collect, true, 1)], sms));
    }

    #[test]
    fn what_no_form_asked_nobody_consented_to() {
        let asked: Vec<_> =
            ConsentPurpose::ALL.into_iter().filter(|purpose| purpose.is_asked_always()).collect();
        let all_given: Vec<_> = asked.iter().map(|purpose| decided(*purpose, true, 1)).collect();
        let held: Vec<_> =
            ConsentPurpose::ALL.into_iter().filter(|purpose| !holds(&all_given, *purpose)).collect();
        assert_eq!(held, [ConsentPurpose::Advertising, ConsentPurpose::Profiling]);
    }
}
