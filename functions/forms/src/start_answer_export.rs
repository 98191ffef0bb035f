//! Starts taking out the answers of all intakes of a span of time. Who answers for the clinic is told at once; the answers
//! are then read page by page, for an hour.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::access_reason::AccessReason;
use visage_domain::alert::{Alert, AlertEvent};
use visage_domain::answer_export::AnswerExport;
use visage_domain::audit::Purpose;
use visage_domain::evaluation::EvaluationStatus;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{AlertId, ExportId};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::BulkPermission;
use visage_platform::idempotency::{Idempotent, LABEL};
use visage_platform::operation::{Empty, check_bulk};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::Vault;

/// The operation.
pub struct StartAnswerExport {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// Which answers, and why.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Those of intakes that came in then or later.
    since: Timestamp,
    /// Those of intakes that came in then or earlier, and before the export was started.
    until: Timestamp,
    /// How far their evaluations are; all if it isn't said.
    status: Option<EvaluationStatus>,
    /// Why they are taken out. It is recorded with the export and with each of its pages.
    reason: AccessReason,
}

/// The export that can be read now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    export: ExportId,
    since: Timestamp,
    until: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<EvaluationStatus>,
    reason: AccessReason,
    /// From when on it is read no more.
    expires_at: Timestamp,
}

impl From<AnswerExport> for Output {
    fn from(export: AnswerExport) -> Self {
        let expires_at = export.ends_at();
        let AnswerExport { export, since, until, status, reason, .. } = export;
        Self { export, since, until, status, reason, expires_at }
    }
}

impl Operation for StartAnswerExport {
    const INFO: Info = Info {
        name: "start_answer_export",
        method: "POST",
        path: "/v1/answer-exports",
        purpose: Purpose::Operations,
        status: 201,
        body_limit: 1_024,
        background: false,
        phi: true,
        // It is sent to be able to read: so a clinic that may do nothing else takes out what is its own.
        changes: false,
        problems: &[Problem::bulk_permission_required(), Problem::invalid_fields()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[
        shown("export"),
        shown("since"),
        shown("until"),
        shown("status"),
        shown("reason"),
        shown("expiresAt"),
    ];
    type Caller = Staff<permission::ExportAnswersInBulk>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    /// The export, and that it is told of, are one transaction: nobody reads what nobody was told of.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let Staff { scope, staff, .. } = &call.caller;
        check_bulk(&staff.record, BulkPermission::Export, call.now)?;
        let Input { since, until, status, reason } = call.input;
        let until = until.min(call.now);
        if since > until {
            return Err(Problem::invalid_fields().with_errors([FieldProblem::new("/since", "too_late")]));
        }
        let request = Idempotent::of_staff(&self.vault, &call, Self::INFO.name, &[&call.body]).await?;
        let (entropy, started_by) = (&*self.setup.entropy, staff.record.staff);
        let export = ExportId::new(entropy);
        let export = AnswerExport { export, started_by, since, until, status, reason, started_at: call.now };
        let alert = Alert::pending(AlertId::new(entropy), AlertEvent::BulkExport, call.now);
        let transaction = self.records.transaction(scope, entropy);
        let transaction = request
            .mark(transaction, vec![export.export.to_string()], call.now)?
            .create(AnswerExport::TYPE, &export)?
            .create_unsealed(Alert::TYPE, &alert)?;
        let trail = call.trail.clone().regarding(export.summary());
        match trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(export.into()))),
            Err(CommitError::Conflict(LABEL)) => self.again(&call, &request).await,
            Err(error) => Err(error.into()),
        }
    }
}

impl StartAnswerExport {
    /// The second click: the export was started, and told of, once.
    async fn again(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let Staff { scope, staff, .. } = &call.caller;
        let export: ExportId = request.created(&self.records, scope, call.now).await?;
        let key = keys::answer_export(staff.record.staff, export);
        let export = self.records.get(scope, key).await?.ok_or_else(Problem::internal)?.record;
        let trail = call.trail.clone().regarding(format!("{};unchanged", export.summary()));
        trail.after(Vec::new(), Reply::new(export.into())).await
    }
}
