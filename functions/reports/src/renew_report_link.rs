//! Has a fresh link sent in the place of one that expired, was locked, or got lost.
//!
//! It goes the way of the old one, if the patient confirmed that channel; otherwise staff hand a link over. The old link
//! ends in the transaction in which the fresh one is made to be sent: should that never come to pass, it isn't lost too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::channel::ConfirmedChannel;
use visage_domain::evaluation::Withdrawal;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{EvaluationId, LinkId, OutboxId, PatientId};
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, Task};
use visage_domain::permission;
use visage_domain::report::{IssuedLink, ReportLink};
use visage_domain::retention::Record;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::vault::Vault;

/// How often a link that is being tried at the same moment is read again.
const ATTEMPTS: usize = 5;

/// The operation.
pub struct RenewReportLink {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// Which link.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
    evaluation: EvaluationId,
    link: LinkId,
}

/// The notice that will carry the fresh link.
#[derive(Serialize, JsonSchema)]
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
        changes: true,
        problems: &[Problem::withdrawn(), Problem::channel_not_confirmed()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[shown("notice"), shown("channel")];
    type Caller = Staff<permission::IssueReportLink>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    /// A link has one successor: whoever asks again, with whatever key, is told of the notice that brings it, unless that
    /// one won't go out.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let caller = &call.caller;
        // The link is the path's, not the body's: under the same key no other one is renewed.
        let link = call.path.link.to_string();
        let asked: [&[u8]; 2] = [&call.body, link.as_bytes()];
        let request = Idempotent::of_staff(&self.vault, &call, Self::INFO.name, &asked).await?;
        let (earlier, channel) =
            tokio::join!(request.replay(&self.records, &caller.scope, call.now), self.channel(&call));
        let (earlier, channel): (Option<OutboxId>, Channel) = (earlier?, channel?);
        if let Some(notice) = earlier {
            return call.trail.after(Vec::new(), Reply::new(Output { notice, channel })).await;
        }
        for _ in 0..ATTEMPTS {
            let stored = self.records.get(&caller.scope, keys::report_link(call.path.link)).await?;
            let stored = stored.ok_or_else(Problem::not_found)?;
            if let Some(notice) = self.under_way(&call, &stored).await? {
                return call.trail.after(Vec::new(), Reply::new(Output { notice, channel })).await;
            }
            let notice = OutboxId::new(&*self.setup.entropy);
            match self.renew(&call, &request, &stored, notice, channel).await? {
                Ok(audited) => return Ok(audited.map(|()| Reply::new(Output { notice, channel }))),
                Err(CommitError::Conflict(idempotency::LABEL)) => {
                    let notice = request.created(&self.records, &caller.scope, call.now).await?;
                    return call.trail.after(Vec::new(), Reply::new(Output { notice, channel })).await;
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
        let channel = issued.ok_or_else(Problem::not_found)?.record.channel.sent_by();
        let channel = channel.ok_or_else(Problem::channel_not_confirmed)?;
        let confirmed: Option<Stored<ConfirmedChannel>> =
            self.records.get(scope, keys::confirmed_channel(patient, evaluation, channel)).await?;
        confirmed.map(|_| channel).ok_or_else(Problem::channel_not_confirmed)
    }

    /// The notice that brings the link's successor, if one does: the one that the link names, or, where that was held back,
    /// the one that was made of it once the patient confirmed the channel.
    async fn under_way(
        &self,
        call: &Call<Self>,
        link: &Stored<ReportLink>,
    ) -> Result<Option<OutboxId>, Problem> {
        if link.record.renewal.is_none() {
            return Ok(None);
        }
        let Path { patient, evaluation, link } = call.path;
        let mut visit = self.records.visit(&call.caller.scope, patient, evaluation.into()).await?;
        let items: Vec<Stored<OutboxItem>> = visit.take_all()?;
        Ok(items.iter().find(|item| item.record.succeeds(link)).map(|item| item.record.outbox))
    }

    async fn renew(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        stored: &Stored<ReportLink>,
        notice: OutboxId,
        channel: Channel,
    ) -> Result<Result<Audited<()>, CommitError>, Problem> {
        let Path { patient, evaluation, link } = call.path;
        let renewed = ReportLink { renewal: Some(notice), ..stored.record.clone() };
        let task = Task::Notice { channel, event: NoticeEvent::ReportReady };
        let item = OutboxItem::pending(notice, patient, evaluation, task, call.now).regarding(link);
        let transaction = self.records.transaction(&call.caller.scope, &*self.setup.entropy);
        let transaction = request
            .mark(transaction, vec![notice.to_string()], call.now)?
            .require_absent(Withdrawal::TYPE, &keys::withdrawal(patient, evaluation))?
            .replace(ReportLink::TYPE, stored, &renewed)?
            .create(OutboxItem::TYPE, &item)?;
        Ok(call.trail.commit(transaction).await)
    }
}
