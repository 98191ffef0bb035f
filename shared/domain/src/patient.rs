//! The patient: who is evaluated.

use crate::ids::{MatchId, PatientId};
use crate::phi::Phi;
use crate::retention::{Record, RecordClass};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// A patient of one clinic. Created with the first submitted intake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// The patient.
    pub patient: PatientId,
    /// When the record began.
    pub created_at: Timestamp,
    /// The index items under which likely the same patient is found; they go when the patient goes.
    pub matches: Vec<MatchId>,
}

/// Who the patient is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Given name.
    pub given_name: Phi<String>,
    /// Family name.
    pub family_name: Phi<String>,
    /// Date of birth.
    pub birth_date: Phi<Date>,
    /// E-mail address.
    pub email: Option<Phi<String>>,
    /// Phone number, E.164.
    pub phone: Option<Phi<String>>,
}

impl Identity {
    /// Given and family name, as one would write them on an envelope.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_name.expose(), self.family_name.expose())
    }
}

impl Record for Patient {
    const TYPE: &'static str = "patient";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Identity;

    fn anchor(&self) -> Timestamp {
        self.created_at
    }
}
