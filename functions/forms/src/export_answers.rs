//! The answers of a submitted intake as a FHIR R4 `QuestionnaireResponse`.

use crate::resources::QuestionnaireResponse;
use crate::submitted::Submitted;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::form::fhir::MEDIA_TYPE;
use visage_domain::ids::{EvaluationId, PatientId};
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::operation::{Empty, check_involved};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;
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
    const FIELDS: &'static [Field] = QuestionnaireResponse::FIELDS;
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
    async fn read(&self, call: &Call<Self>) -> Result<Reply<QuestionnaireResponse>, Problem> {
        let (scope, Path { patient, evaluation }) = (&call.caller.scope, call.path);
        let wrapped = call.caller.patient_key.as_ref().ok_or_else(Problem::not_found)?;
        let (found, key) = tokio::join!(
            self.records.visit(scope, patient, evaluation.into()),
            self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(patient))
        );
        let submitted = Submitted::open(found?, &key?)?.ok_or_else(Problem::not_found)?;
        check_involved(&submitted.evaluation, &call.caller, call.access_reason)?;
        Ok(Reply::new(QuestionnaireResponse(submitted.response(scope, &self.forms).await?)))
    }
}
