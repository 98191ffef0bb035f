//! What a patient handed in, opened, and as FHIR has it: of one intake, and of many.

use crate::export_form::canonical;
use jiff::Timestamp;
use serde_json::Value;
use visage_domain::evaluation::Evaluation;
use visage_domain::form::AnswersBySection;
use visage_domain::form::fhir::Answered;
use visage_domain::intake::{Intake, Section};
use visage_domain::scope::Scope;
use visage_platform::forms::Forms;
use visage_store::StoreError;
use visage_store::records::{Found, Stored};
use visage_store::vault::DataKey;

/// The answers of an intake that was handed in.
pub(crate) struct Submitted {
    /// What it led to.
    pub(crate) evaluation: Evaluation,
    intake: Intake,
    authored: Timestamp,
    answers: AnswersBySection,
}

impl Submitted {
    /// Opens what was found of a visit; none of a draft, which has no evaluation.
    pub(crate) fn open(mut found: Found, key: &DataKey) -> Result<Option<Self>, StoreError> {
        let (evaluation, intake) = (found.take::<Evaluation>()?, found.take::<Intake>()?);
        let (Some(evaluation), Some(intake)) = (evaluation, intake) else { return Ok(None) };
        let Some(authored) = intake.record.submitted_at else { return Ok(None) };
        let opened = |section: Stored<Section>| Ok((section.record.section.clone(), section.open(key)?));
        let sections = found.take_all::<Section>()?.into_iter().map(opened);
        let answers = sections.collect::<Result<_, StoreError>>()?;
        Ok(Some(Self { evaluation: evaluation.record, intake: intake.record, authored, answers }))
    }

    /// A `QuestionnaireResponse`, in the words that the patient read.
    pub(crate) async fn response<P>(&self, scope: &Scope<P>, forms: &Forms) -> Result<Value, StoreError> {
        let form = forms.version(scope, self.intake.form_version).await?;
        let answered = Answered {
            intake: &self.intake.intake.to_string(),
            questionnaire: &format!("{}|{}", canonical(scope.clinic()), self.intake.form_version),
            patient: &self.intake.patient.to_string(),
            authored: self.authored,
        };
        Ok(form.in_language(&self.intake.language).to_questionnaire_response(&self.answers, &answered))
    }
}
