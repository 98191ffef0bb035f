//! Takes a report link back. It works no more from that moment.

use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::ids::{EvaluationId, LinkId, PatientId};
use visage_domain::permission;
use visage_domain::report::ReportLink;
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};

/// How often a link that is being tried at the same moment is read again.
const ATTEMPTS: usize = 5;

/// The operation.
pub struct RevokeReportLink {
    records: Records,
    setup: Setup,
}

/// Which link.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
    evaluation: EvaluationId,
    link: LinkId,
}

impl Operation for RevokeReportLink {
    const INFO: Info = Info {
        name: "revoke_report_link",
        method: "DELETE",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/report-links/{link}",
        purpose: Purpose::Treatment,
        status: 204,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Staff<permission::RevokeReportLink>;
    type Path = Path;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        // Each try counts the link up, so it may have changed between read and write.
        for _ in 0..ATTEMPTS {
            match self.revoke(&call).await? {
                Ok(audited) => return Ok(audited.map(|()| Reply::empty())),
                Err(CommitError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }
}

impl RevokeReportLink {
    async fn revoke(&self, call: &Call<Self>) -> Result<Result<Audited<()>, CommitError>, Problem> {
        let scope = &call.caller.scope;
        let named =
            |link: &ReportLink| link.patient == call.path.patient && link.evaluation == call.path.evaluation;
        let stored = self.records.get(scope, keys::report_link(call.path.link)).await?;
        let stored = stored.filter(|link| named(&link.record)).ok_or_else(Problem::not_found)?;
        let revoked_at = stored.record.revoked_at.or(Some(call.now));
        let revoked = ReportLink { revoked_at, ..stored.record.clone() };
        let transaction = self.records.transaction(scope, &*self.setup.entropy).replace(
            ReportLink::TYPE,
            &stored,
            &revoked,
        )?;
        Ok(call.trail.commit(transaction).await)
    }
}
