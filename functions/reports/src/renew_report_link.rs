//! Has a fresh link sent in the place of one that expired, was locked, or got lost. The old one works no more.
//!
//! It goes the way of the old one, if the patient confirmed that channel; otherwise staff hand a link over.

use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::channel::ConfirmedChannel;
use visage_domain::evaluation::Withdrawal;
use visage_domain::ids::{EvaluationId, LinkId, OutboxId, PatientId};
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, Task};
use visage_domain::permission;
use visage_domain::report::{IssuedLink, LinkChannel, ReportLink};
use visage_domain::retention::Record;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

/// How often a link that is being tried at the same moment is read again.
const ATTEMPTS: usize = 5;

/// The operation.
pub struct RenewReportLink {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// Which link.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Path {
    patient: PatientId,
    evaluation: EvaluationId,
    link: LinkId,
}

/// The notice that will carry the fresh link.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    notice: OutboxId,
    channel: Channel,
}

impl Operation for RenewReportLink {
    const INFO: Info = Info {
        name: "renew_report_link",
        method: "POST",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/report-links/{link}/renewal",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 256,
        background: false,
        phi: true,
    };
    type Caller = Staff<permission::IssueReportLink>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let caller = &call.caller;
        let staff = caller.staff.record.staff.to_string();
        let clinic_key = self.vault.unwrap_key(&caller.scope, &caller.clinic.key, Subject::Clinic).await?;
        let given = call.idempotency_key.as_deref();
        // The link is the path's, not the body's: another link is another request.
        let named = [call.body.as_slice(), call.path.link.to_string().as_bytes()].concat();
        let request = Idempotent::new(&clinic_key, &staff, Self::INFO.name, given, &named)?;
        let channel = self.channel(&call).await?;
        let id = OutboxId::new(&*self.setup.entropy);
        for _ in 0..ATTEMPTS {
            match self.renew(&call, &request, id, channel).await? {
                Ok(audited) => return Ok(audited.map(|()| Reply::new(Output { notice: id, channel }))),
                Err(CommitError::Conflict(idempotency::LABEL)) => {
                    return self.again(&call, &request, channel).await;
                }
                Err(CommitError::Conflict(Withdrawal::TYPE)) => return Err(Problem::withdrawn()),
                // Each try counts the link up, so it may have changed between read and write.
                Err(CommitError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }
}

impl RenewReportLink {
    /// The channel by which the link went out, if it may go there again.
    async fn channel(&self, call: &Call<Self>) -> Result<Channel, Problem> {
        let Path { patient, evaluation, link } = call.path;
        let scope = &call.caller.scope;
        let issued: Option<Stored<IssuedLink>> =
            self.records.get(scope, keys::issued_link(patient, evaluation, link)).await?;
        let channel = match issued.ok_or_else(Problem::not_found)?.record.channel {
            LinkChannel::Email => Channel::Email,
            LinkChannel::Sms => Channel::Sms,
            LinkChannel::Hand => return Err(Problem::channel_not_confirmed()),
        };
        let confirmed: Option<Stored<ConfirmedChannel>> =
            self.records.get(scope, keys::confirmed_channel(patient, evaluation, channel)).await?;
        confirmed.map(|_| channel).ok_or_else(Problem::channel_not_confirmed)
    }

    async fn renew(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        id: OutboxId,
        channel: Channel,
    ) -> Result<Result<Audited<()>, CommitError>, Problem> {
        let Path { patient, evaluation, link } = call.path;
        let scope = &call.caller.scope;
        let stored = self.records.get(scope, keys::report_link(link)).await?;
        let stored = stored.ok_or_else(Problem::not_found)?;
        let revoked_at = stored.record.revoked_at.or(Some(call.now));
        let revoked = ReportLink { revoked_at, ..stored.record.clone() };
        let task = Task::Notice { channel, event: NoticeEvent::ReportReady };
        let notice = OutboxItem::pending(id, patient, evaluation, task, call.now);
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = request
            .mark(transaction, vec![id.to_string()], call.now)?
            .require_absent(Withdrawal::TYPE, &keys::withdrawal(patient, evaluation))?
            .replace(ReportLink::TYPE, &stored, &revoked)?
            .create(OutboxItem::TYPE, &notice)?;
        Ok(call.trail.commit(transaction).await)
    }

    /// The second click gets the answer of the first.
    async fn again(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        channel: Channel,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let earlier = request.earlier(&self.records, &call.caller.scope, call.now).await?;
        let created = earlier.ok_or_else(Problem::conflict)?.record.created;
        let notice = created.first().and_then(|id| id.parse().ok()).ok_or_else(Problem::internal)?;
        call.trail.after(Vec::new(), Reply::new(Output { notice, channel })).await
    }
}
