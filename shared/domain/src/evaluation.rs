//! The evaluation: what a provider makes of an intake, and signs.

use crate::ids::{EvaluationId, IntakeId, PatientId, StaffId};
use crate::phi::Phi;
use crate::retention::{Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far an evaluation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationStatus {
    /// The intake came in; nobody has written yet.
    New,
    /// An assessment is being written.
    InProgress,
    /// Signed: it never changes again.
    Signed,
}

impl EvaluationStatus {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::New, Self::InProgress, Self::Signed];

    /// The name used in JSON and in the queue.
    pub const fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InProgress => "in_progress",
            Self::Signed => "signed",
        }
    }
}

/// The signature under an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed.
    pub signed_by: StaffId,
    /// When.
    pub signed_at: Timestamp,
    /// SHA-256 over the [`SignedContent`] as JSON, hexadecimal.
    pub content_hash: String,
}

/// An evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// Whose.
    pub patient: PatientId,
    /// What it evaluates.
    pub intake: IntakeId,
    /// How far it is.
    pub status: EvaluationStatus,
    /// When the intake came in; its age counts from here.
    pub created_at: Timestamp,
    /// The signature, once there is one.
    pub signature: Option<Signature>,
}

/// One finding of an assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The area it is about, as the provider names it.
    pub area: Phi<String>,
    /// What the provider found.
    pub text: Phi<String>,
}

/// What the provider writes.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The findings.
    pub findings: Vec<Finding>,
    /// What is recommended.
    pub recommendations: Phi<String>,
}

/// Longest text of an assessment's field, in characters.
pub const MAX_TEXT: usize = 4_000;
/// Longest name of a finding's area, in characters.
pub const MAX_AREA: usize = 120;
/// Most findings of an assessment.
pub const MAX_FINDINGS: usize = 20;

/// What is wrong with an assessment's field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessmentError {
    /// A JSON pointer to the field.
    pub pointer: String,
    /// A stable code.
    pub code: &'static str,
}

impl Assessment {
    /// Checks the lengths of everything written.
    ///
    /// # Errors
    /// Every field that is empty or too long, at once.
    pub fn check(&self) -> Result<(), Vec<AssessmentError>> {
        let mut errors = Vec::new();
        if self.findings.len() > MAX_FINDINGS {
            errors.push(AssessmentError { pointer: "/findings".into(), code: "too_many" });
        }
        for (index, finding) in self.findings.iter().enumerate() {
            check_text(finding.area.expose(), 1, MAX_AREA, format!("/findings/{index}/area"), &mut errors);
            check_text(finding.text.expose(), 1, MAX_TEXT, format!("/findings/{index}/text"), &mut errors);
        }
        check_text(self.recommendations.expose(), 0, MAX_TEXT, "/recommendations".into(), &mut errors);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

fn check_text(text: &str, min: usize, max: usize, pointer: String, errors: &mut Vec<AssessmentError>) {
    let length = text.trim().chars().count();
    let code = match length {
        _ if length < min => "required",
        _ if length > max => "too_long",
        _ if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => "control_character",
        _ => return,
    };
    errors.push(AssessmentError { pointer, code });
}

impl Record for Evaluation {
    const TYPE: &'static str = "evaluation";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Assessment;

    fn anchor(&self) -> Timestamp {
        self.signature.as_ref().map_or(self.created_at, |signature| signature.signed_at)
    }
}

/// Everything that a signature covers. Hashed as JSON with its fields in this order.
#[derive(Clone, Debug, Serialize)]
pub struct SignedContent<'a> {
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// The intake.
    pub intake: IntakeId,
    /// The form version that was answered.
    pub form_version: u32,
    /// The answers, by section.
    pub answers: Vec<(&'a str, &'a crate::form::Answers)>,
    /// SHA-256 of each photo, with its analysis.
    pub photos: Vec<(&'a str, Option<&'a crate::photo::FaceAnalysis>)>,
    /// What the provider wrote.
    pub assessment: &'a Assessment,
    /// Who signed.
    pub signed_by: StaffId,
    /// When.
    pub signed_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let finding =
            |area: &str, text: &str| Finding { area: Phi::new(area.into()), text: Phi::new(text.into()) };
        let assessment = Assessment {
            findings: vec![finding(" ", "x"), finding("brow", &"é".repeat(MAX_TEXT + 1))],
            recommendations: Phi::new("a\u{0}b".into()),
        };
        let errors = assessment.check().err().unwrap_or_default();
        let named: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect();
        assert_eq!(
            named,
            [
                ("/findings/0/area", "required"),
                ("/findings/1/text", "too_long"),
                ("/recommendations", "control_character")
            ]
        );
    }
}
