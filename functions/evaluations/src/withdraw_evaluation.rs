//! Withdraws an evaluation, with a reason.
//!
//! One that isn't signed ends. A signed one stays as it is: the withdrawal stands beside it, its report links are taken
//! back, and what was still to be rendered or sent of it isn't. All of that in one transaction.

use crate::beside::Withdrawn;
use crate::tag::{lost, tag};
use crate::visit::{Path, Visit};
use crate::wrong_fields;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{Addendum, Evaluation, EvaluationStatus, Reason, Withdrawal};
use visage_domain::fields::Field;
use visage_domain::ids::LinkId;
use visage_domain::outbox::{NoticeEvent, OutboxItem, OutboxState, Task};
use visage_domain::permission;
use visage_domain::report::ReportLink;
use visage_domain::retention::Record;
use visage_platform::operation::check_tag;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::vault::Vault;

/// How often it is tried anew where a link is being opened or a notice sent at the same moment.
const ATTEMPTS: usize = 5;
/// The most links that are revoked along.
const MOST_LINKS: usize = 50;

/// The operation.
pub struct WithdrawEvaluation {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// Why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    reason: Reason,
}

impl Operation for WithdrawEvaluation {
    const INFO: Info = Info {
        name: "withdraw_evaluation",
        method: "PUT",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/withdrawal",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 8 * 1024,
        background: false,
        phi: true,
        changes: false,
        problems: &[Problem::invalid_fields(), Problem::withdrawn(), Problem::conflict()],
        headers: &[Header::IfMatch, Header::ETag],
    };
    const FIELDS: &'static [Field] = Withdrawn::FIELDS;
    type Caller = Staff<permission::WithdrawEvaluation>;
    type Path = Path;
    type Input = Input;
    type Output = Withdrawn;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Withdrawn>>, Problem> {
        let mut met = None;
        for _ in 0..ATTEMPTS {
            let visit = Visit::read(&self.records, &self.vault, &call.caller, call.path).await?;
            if visit.withdrawal.is_some() {
                return Err(Problem::withdrawn());
            }
            check_tag(call.if_match.as_deref(), visit.tag())?;
            call.input.reason.check(true, "/reason").map_or(Ok(()), |error| Err(wrong_fields([error])))?;
            match self.withdraw(&call, &visit).await? {
                Ok(audited) => return Ok(audited),
                Err(error @ CommitError::Conflict(ReportLink::TYPE | OutboxItem::TYPE)) => met = Some(error),
                Err(error) => {
                    return Err(lost(&self.records, &self.vault, &call.caller, call.path, error).await);
                }
            }
        }
        Err(met.map_or_else(Problem::conflict, Problem::from))
    }
}

impl WithdrawEvaluation {
    async fn withdraw(
        &self,
        call: &Call<Self>,
        visit: &Visit,
    ) -> Result<Result<Audited<Reply<Withdrawn>>, CommitError>, Problem> {
        let (scope, stored) = (&call.caller.scope, &visit.evaluation);
        let links = self.links(call, visit).await?;
        let withdrawal = Withdrawal::of(&stored.record, call.caller.staff.record.staff, call.now);
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy).create_sealed(
            Withdrawal::TYPE,
            &withdrawal,
            &call.input.reason,
            &visit.key,
        )?;
        let tag = if withdrawal.was_signed {
            // Nobody adds at the same moment to what is being withdrawn.
            let next = visit.addenda.len() + 1;
            let next = keys::addendum(
                call.path.patient,
                call.path.evaluation,
                u32::try_from(next).unwrap_or(u32::MAX),
            );
            transaction = transaction.require_absent(Addendum::TYPE, &next)?;
            tag(stored.version, visit.addenda.len() + 1)
        } else {
            let ended = Evaluation { status: EvaluationStatus::Withdrawn, ..stored.record.clone() };
            transaction = transaction.replace(Evaluation::TYPE, stored, &ended)?;
            tag(stored.version + 1, 0)
        };
        for link in links.iter().filter(|link| link.record.revoked_at.is_none()) {
            let revoked = ReportLink { revoked_at: Some(call.now), ..link.record.clone() };
            transaction = transaction.replace(ReportLink::TYPE, link, &revoked)?;
        }
        for item in visit.outbox.iter().filter(|item| is_to_be_stopped(&item.record)) {
            let outbox_state = OutboxState::Suppressed { reason: "withdrawn".to_owned() };
            let stopped = OutboxItem { outbox_state, ..item.record.clone() };
            transaction = transaction.replace(OutboxItem::TYPE, item, &stopped)?;
        }
        let output = Withdrawn::because(&withdrawal, call.input.reason.clone());
        let committed = call.trail.commit(transaction).await;
        Ok(committed.map(|audited| audited.map(|()| Reply::new(output).with_tag(tag))))
    }

    /// The newest report links of this evaluation, sent or handed over. Older ones than a transaction holds open nothing
    /// either once the withdrawal is there; that they are marked as revoked is for the eye.
    async fn links(&self, call: &Call<Self>, visit: &Visit) -> Result<Vec<Stored<ReportLink>>, StoreError> {
        let mut issued: Vec<_> = visit.issued.iter().collect();
        issued.sort_by_key(|issued| std::cmp::Reverse(issued.issued_at));
        let issued: Vec<LinkId> = issued.iter().take(MOST_LINKS).map(|issued| issued.link).collect();
        self.records.get_each(&call.caller.scope, issued.into_iter().map(keys::report_link)).await
    }
}

/// Whether it would still bring the patient a report of what is withdrawn.
fn is_to_be_stopped(item: &OutboxItem) -> bool {
    let is_of_a_report = match item.task {
        Task::RenderReport => true,
        Task::Notice { event, .. } => event != NoticeEvent::IntakeReceived,
    };
    is_of_a_report && item.outbox_state == OutboxState::Pending
}
