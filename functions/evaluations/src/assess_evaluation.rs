//! Saves the draft of the assessment: findings by area, and what is recommended. Until it is signed it may be saved
//! again, and much of it may be missing.

use crate::tag::{lost, tag};
use crate::visit::Path;
use crate::wrong_fields;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{Assessment, Evaluation, EvaluationStatus};
use visage_domain::fields::{Field, shown};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::operation::{check_open, check_tag};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct AssessEvaluation {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// How far the evaluation is.
#[derive(Debug, Serialize, JsonSchema)]
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
        changes: true,
        problems: &[Problem::invalid_fields(), Problem::already_signed(), Problem::withdrawn()],
        headers: &[Header::IfMatch, Header::ETag],
    };
    const FIELDS: &'static [Field] = &[shown("status")];
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
        check_open(stored.record.status)?;
        check_tag(call.if_match.as_deref(), tag(stored.version, 0))?;
        call.input.check_draft().map_err(wrong_fields)?;
        let record = stored.record.clone().written_by(call.caller.staff.record.staff, call.now);
        let transaction = self.records.transaction(scope, &*self.setup.entropy).replace_sealed(
            Evaluation::TYPE,
            &stored,
            &record,
            &call.input,
            &key,
        )?;
        match call.trail.commit(transaction).await {
            Ok(audited) => {
                let reply = Reply::new(Output { status: record.status }).with_etag(stored.version + 1);
                Ok(audited.map(|()| reply))
            }
            Err(error) => Err(lost(&self.records, &self.vault, &call.caller, path, error).await),
        }
    }
}
