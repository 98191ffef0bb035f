//! Writes the assessment: findings by area, and what is recommended. Until it is signed it may be written again.

use crate::visit::{Path, check_version};
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{Assessment, Evaluation, EvaluationStatus};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct AssessEvaluation {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// How far the evaluation is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    status: EvaluationStatus,
}

impl Operation for AssessEvaluation {
    const INFO: Info = Info {
        name: "assess_evaluation",
        method: "PUT",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/assessment",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 512 * 1024,
        background: false,
        phi: true,
    };
    type Caller = Staff<permission::AssessEvaluation>;
    type Path = Path;
    type Input = Assessment;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, path) = (&call.caller.scope, call.path);
        let wrapped = call.caller.patient_key.as_ref().ok_or_else(Problem::not_found)?;
        let (stored, key) = tokio::join!(
            self.records.get(scope, keys::evaluation(path.patient, path.evaluation)),
            self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(path.patient))
        );
        let (stored, key) = (stored?.ok_or_else(Problem::not_found)?, key?);
        if stored.record.status == EvaluationStatus::Signed {
            return Err(Problem::already_signed());
        }
        check_version(call.if_match.as_deref(), stored.version)?;
        let field =
            |error: visage_domain::evaluation::AssessmentError| FieldProblem::new(error.pointer, error.code);
        call.input
            .check()
            .map_err(|errors| Problem::invalid_fields().with_errors(errors.into_iter().map(field)))?;
        let record = Evaluation { status: EvaluationStatus::InProgress, ..stored.record.clone() };
        let transaction = self.records.transaction(scope, &*self.setup.entropy).replace_sealed(
            Evaluation::TYPE,
            &stored,
            &record,
            &call.input,
            &key,
        )?;
        let audited = call.trail.commit(transaction).await.map_err(changed)?;
        let reply = Reply::new(Output { status: record.status }).with_etag(stored.version + 1);
        Ok(audited.map(|()| reply))
    }
}

/// Somebody was quicker between our read and our write.
pub(crate) fn changed(error: CommitError) -> Problem {
    match error {
        CommitError::Conflict(_) => Problem::changed_meanwhile(),
        CommitError::Store(error) => StoreError::into(error),
    }
}
