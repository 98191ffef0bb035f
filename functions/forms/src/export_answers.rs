//! The answers of a submitted intake as a FHIR R4 `QuestionnaireResponse`.

use crate::export_form::canonical;
use crate::resources::QuestionnaireResponse;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::evaluation::Evaluation;
use visage_domain::form::AnswersBySection;
use visage_domain::form::fhir::{Answered, MEDIA_TYPE};
use visage_domain::ids::{EvaluationId, PatientId};
use visage_domain::intake::{Intake, Section};
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::operation::{Empty, check_involved};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::{Records, Stored};
use visage_store::vault::{Subject, Vault};

/// The operation.
#[derive(Debug)]
pub struct ExportAnswers {
    records: Records,
    forms: Forms,
    vault: Vault,
}

/// Which evaluation the intake led to.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
    evaluation: EvaluationId,
}

impl Operation for ExportAnswers {
    const INFO: Info = Info {
        name: "export_answers",
        method: "GET",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/questionnaire-response",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[],
        headers: &[Header::AccessReason],
    };
    const PRODUCES: &'static str = MEDIA_TYPE;
    type Caller = Staff<permission::ExportAnswers>;
    type Path = Path;
    type Input = Empty;
    type Output = QuestionnaireResponse;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<QuestionnaireResponse>>, Problem> {
        call.trail.alongside(self.read(&call)).await
    }
}

impl ExportAnswers {
    /// A draft has no evaluation, so that it isn't found here.
    async fn read(&self, call: &Call<Self>) -> Result<Reply<QuestionnaireResponse>, Problem> {
        let (scope, Path { patient, evaluation }) = (&call.caller.scope, call.path);
        let wrapped = call.caller.patient_key.as_ref().ok_or_else(Problem::not_found)?;
        let (found, key) = tokio::join!(
            self.records.visit(scope, patient, evaluation.into()),
            self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(patient))
        );
        let (mut found, key) = (found?, key?);
        let about = found.take::<Evaluation>()?.ok_or_else(Problem::not_found)?.record;
        check_involved(&about, call.caller.staff.record.staff, call.access_reason)?;
        let intake = found.take::<Intake>()?.ok_or_else(Problem::not_found)?.record;
        let authored = intake.submitted_at.ok_or_else(Problem::not_found)?;
        let opened = |section: Stored<Section>| Ok((section.record.section.clone(), section.open(&key)?));
        let sections = found.take_all::<Section>()?.into_iter().map(opened);
        let answers: AnswersBySection = sections.collect::<Result<_, StoreError>>()?;
        let form = self.forms.version(scope, intake.form_version).await?;
        let answered = Answered {
            intake: &intake.intake.to_string(),
            questionnaire: &format!("{}|{}", canonical(scope.clinic()), intake.form_version),
            patient: &patient.to_string(),
            authored,
        };
        // In the words that the patient read.
        let response = form.in_language(&intake.language).to_questionnaire_response(&answers, &answered);
        Ok(Reply::new(QuestionnaireResponse(response)))
    }
}
