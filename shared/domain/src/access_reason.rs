//! Why somebody opens a chart that isn't part of their work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reason, recorded with the access. Each is a code of HL7 v3 `PurposeOfUse`, which FHIR R4 uses for the same; there is no
/// room for a free text, which could tell something of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessReason {
    /// They help to treat the patient (`TREAT`).
    Treatment,
    /// The patient asked for it (`PATRQT`).
    PatientRequest,
    /// The clinic looks at its own work (`HQUALIMP`).
    QualityReview,
    /// A complaint is looked into (`HCOMPL`).
    Complaint,
    /// A law or a court asks for it (`HLEGAL`).
    LegalRequest,
}

impl AccessReason {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Treatment, Self::PatientRequest, Self::QualityReview, Self::Complaint, Self::LegalRequest];

    /// The name used in requests and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Treatment => "treatment",
            Self::PatientRequest => "patient_request",
            Self::QualityReview => "quality_review",
            Self::Complaint => "complaint",
            Self::LegalRequest => "legal_request",
        }
    }

    /// The reason with that name.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_known_by_its_code_and_by_nothing_else() {
        for reason in AccessReason::ALL {
            assert_eq!(AccessReason::of(reason.code()), Some(reason));
            assert_eq!(serde_json::to_value(reason).ok(), Some(reason.code().into()));
        }
        for wrong in ["", "Treatment", "because", "treatment "] {
            assert_eq!(AccessReason::of(wrong), None);
        }
    }
}
