//! The assessment: what the provider writes.

use super::written::{TextError, check_text};
use crate::fields::{Field, shown};
use crate::phi::Phi;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest text of an assessment's field, in characters.
pub const MAX_TEXT: usize = 4_000;
/// Longest name of a finding's area, in characters.
pub const MAX_AREA: usize = 120;
/// Most findings of an assessment.
pub const MAX_FINDINGS: usize = 20;

/// One finding of an assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The area it is about, as the provider names it.
    #[schemars(length(max = MAX_AREA))]
    pub area: Phi<String>,
    /// What the provider found.
    #[schemars(length(max = MAX_TEXT))]
    pub text: Phi<String>,
}

/// What the provider writes.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The findings.
    #[schemars(length(max = MAX_FINDINGS))]
    pub findings: Vec<Finding>,
    /// What is recommended.
    #[schemars(length(max = MAX_TEXT))]
    pub recommendations: Phi<String>,
}

impl Assessment {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] =
        &[shown("findings").of(&[shown("area"), shown("text")]), shown("recommendations")];

    /// Checks a draft: nothing in it may be too much, much of it may be missing.
    ///
    /// # Errors
    /// Every wrong field, at once.
    pub fn check_draft(&self) -> Result<(), Vec<TextError>> {
        self.check(0, "")
    }

    /// Checks what is about to be signed: every finding has its area and its text, and something is said at all.
    ///
    /// # Errors
    /// Every field that is missing or wrong, at once, below `/assessment`.
    pub fn check_complete(&self) -> Result<(), Vec<TextError>> {
        self.check(1, "/assessment")?;
        if self.findings.is_empty() && self.recommendations.expose().trim().is_empty() {
            return Err(vec![TextError { pointer: "/assessment".into(), code: "required" }]);
        }
        Ok(())
    }

    fn check(&self, least: usize, below: &str) -> Result<(), Vec<TextError>> {
        let mut errors = Vec::new();
        if self.findings.len() > MAX_FINDINGS {
            errors.push(TextError { pointer: format!("{below}/findings"), code: "too_many" });
        }
        for (index, finding) in self.findings.iter().enumerate() {
            let at = |field: &str| format!("{below}/findings/{index}/{field}");
            errors.extend(check_text(finding.area.expose(), least..=MAX_AREA, &at("area")));
            errors.extend(check_text(finding.text.expose(), least..=MAX_TEXT, &at("text")));
        }
        let at = format!("{below}/recommendations");
        errors.extend(check_text(self.recommendations.expose(), 0..=MAX_TEXT, &at));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(area: &str, text: &str) -> Finding {
        Finding { area: Phi::new(area.into()), text: Phi::new(text.into()) }
    }

    fn named(checked: Result<(), Vec<TextError>>) -> Vec<(String, &'static str)> {
        checked.err().unwrap_or_default().into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let assessment = Assessment {
            findings: vec![finding(" ", "x"), finding("brow", &"é".repeat(MAX_TEXT + 1))],
            recommendations: Phi::new("a\u{0}b".into()),
        };
        let drafted = [
            ("/findings/1/text".to_owned(), "too_long"),
            ("/recommendations".to_owned(), "control_character"),
        ];
        assert_eq!(named(assessment.check_draft()), drafted);
        let completed = [
            ("/assessment/findings/0/area".to_owned(), "required"),
            ("/assessment/findings/1/text".to_owned(), "too_long"),
            ("/assessment/recommendations".to_owned(), "control_character"),
        ];
        assert_eq!(named(assessment.check_complete()), completed);
    }

    #[test]
    fn an_empty_assessment_is_a_draft_and_not_to_be_signed() {
        let empty = Assessment::default();
        assert_eq!(named(empty.check_draft()), []);
        assert_eq!(named(empty.check_complete()), [("/assessment".to_owned(), "required")]);
        let said = Assessment { recommendations: Phi::new("None.".into()), ..Assessment::default() };
        assert_eq!(named(said.check_complete()), []);
    }
}
