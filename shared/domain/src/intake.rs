//! The intake: what a patient fills in, section by section, and submits once.

use crate::form::Answers;
use crate::ids::{EvaluationId, IntakeId, LinkId, PatientId, StaffId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An intake that isn't submitted is abandoned this long after it was started, and its resume token dead.
///
/// Counted from the start, not from the last write: the token dies then in any case, and what nobody can reach any more
/// is not worth a longer stay.
pub const DRAFT_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How often the birth date may be tried on other devices, for an intake. The right one at the fifth try still opens.
pub const MAX_READING_TRIES: u32 = 5;
/// The most devices that are shown an intake's answers.
pub const MAX_DEVICES: usize = 8;

/// How far an intake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntakeStatus {
    /// Being filled in.
    Draft,
    /// Handed in; it doesn't change any more.
    Submitted,
    /// Never handed in, and being destroyed.
    Abandoned,
}

/// How an intake came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The patient, or their guardian, fills it in.
    Online,
    /// Staff entered it while the patient was on the phone.
    Phone,
    /// Staff entered it while the patient stood at the desk.
    Desk,
}

/// An intake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The intake.
    pub intake: IntakeId,
    /// Whose.
    pub patient: PatientId,
    /// The form version that was shown and is answered.
    pub form_version: u32,
    /// The language in which the form was shown, one of its own: every text that was agreed to is kept in it, and the
    /// patient is written to in it. Intakes from before languages could be chosen are in English.
    #[serde(default = "english")]
    pub language: String,
    /// How it came in.
    pub source: Source,
    /// Who of the staff entered it; nobody did where it came in online.
    pub entered_by: Option<StaffId>,
    /// How far it is.
    pub status: IntakeStatus,
    /// When consent to collect was given, and with it the intake begun.
    pub started_at: Timestamp,
    /// When it was handed in.
    pub submitted_at: Option<Timestamp>,
    /// The evaluation that it led to.
    pub evaluation: Option<EvaluationId>,
}

fn english() -> String {
    "en".to_owned()
}

impl Intake {
    /// When it is destroyed, unless it is handed in before.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.status {
            IntakeStatus::Draft | IntakeStatus::Abandoned => self.started_at.checked_add(DRAFT_LIFETIME).ok(),
            IntakeStatus::Submitted => None,
        }
    }
}

impl Record for Intake {
    const TYPE: &'static str = "intake";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.submitted_at.unwrap_or(self.started_at)
    }
}

/// The answers of one section of an intake, as last saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The intake.
    pub intake: IntakeId,
    /// Whose.
    pub patient: PatientId,
    /// The `linkId` of the section.
    pub section: String,
    /// Whether it was saved where the saved answers are shown. Of the section that asks for the birth date: whether
    /// that date was, for only then does it prove anything on another device.
    pub trusted: bool,
    /// When it was saved.
    pub saved_at: Timestamp,
}

impl Record for Section {
    const TYPE: &'static str = "section";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Answers;

    fn anchor(&self) -> Timestamp {
        self.saved_at
    }
}

/// The right to go on with an intake. Dies with the submission.
///
/// Whoever holds it may write. The saved answers are shown to who also holds the secret of a device: that on which the
/// intake was started, or one on which the birth date was entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeToken {
    /// Derived from the hash.
    pub link: LinkId,
    /// SHA-256 of the secret, hexadecimal.
    pub secret_hash: String,
    /// Whose intake.
    pub patient: PatientId,
    /// The intake.
    pub intake: IntakeId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it dies, if the intake isn't submitted before.
    pub expires_at: Timestamp,
    /// SHA-256 of the devices' secrets, hexadecimal; the first is that of the start.
    pub devices: Vec<String>,
    /// How often a birth date was tried. Counted before comparing; a right one is given back.
    pub reading_tries: u32,
}

impl ResumeToken {
    /// The same token after the birth date was right: with one more device, and that try given back. Beyond
    /// [`MAX_DEVICES`] the one that was admitted first goes, never that of the start.
    #[must_use]
    pub fn admitting(&self, device_hash: String) -> Self {
        let mut admitted = self.clone();
        if admitted.devices.len() >= MAX_DEVICES {
            admitted.devices.remove(1);
        }
        admitted.devices.push(device_hash);
        admitted.reading_tries = admitted.reading_tries.saturating_sub(1);
        admitted
    }

    /// How often a birth date may still be tried.
    pub const fn tries_left(&self) -> u32 {
        MAX_READING_TRIES.saturating_sub(self.reading_tries)
    }
}

impl Record for ResumeToken {
    const TYPE: &'static str = "resume_token";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.issued_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn token() -> ResumeToken {
        ResumeToken {
            link: LinkId::from_bits([1; 16]),
            secret_hash: String::new(),
            patient: PatientId::from_bits([2; 16]),
            intake: IntakeId::from_bits([3; 16]),
            issued_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH + DRAFT_LIFETIME,
            devices: vec!["start".into()],
            reading_tries: 3,
        }
    }

    #[test]
    fn an_intake_from_before_languages_could_be_chosen_is_in_english() {
        let stored = serde_json::json!({
            "intake": IntakeId::from_bits([3; 16]), "patient": PatientId::from_bits([2; 16]), "form_version": 1,
            "source": "online", "entered_by": null, "status": "draft", "started_at": "1970-01-01T00:00:00Z",
            "submitted_at": null, "evaluation": null,
        });
        assert_eq!(serde_json::from_value::<Intake>(stored).unwrap().language, "en");
    }

    #[test]
    fn a_right_birth_date_gives_its_try_back_and_no_other() {
        let admitted = token().admitting("phone".into());
        assert_eq!((admitted.reading_tries, admitted.tries_left()), (2, 3));
        assert_eq!(admitted.devices, ["start", "phone"]);
    }

    #[test]
    fn the_device_of_the_start_stays_whatever_comes() {
        let mut token = token();
        for device in 0..20 {
            token = token.admitting(device.to_string());
        }
        assert_eq!(token.devices.len(), MAX_DEVICES);
        assert_eq!(token.devices.first().map(String::as_str), Some("start"));
        assert_eq!(token.devices.last().map(String::as_str), Some("19"));
    }
}
