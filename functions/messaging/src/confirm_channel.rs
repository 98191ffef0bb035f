//! Confirms the channel that a message came by: from now on it may carry links to a report.
//!
//! The link's secret stands in the address's fragment, so that what merely fetches a message's links, as mail scanners
//! do, confirms nothing.

use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::channel::ConfirmedChannel;
use visage_domain::evaluation::Withdrawal;
use visage_domain::ids::OutboxId;
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, OutboxState, Task};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Confirmer, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::{CommitError, Records};

/// Why a notice of a report wasn't sent to a channel.
pub(crate) const NOT_CONFIRMED: &str = "channel_not_confirmed";

/// The operation.
pub struct ConfirmChannel {
    records: Records,
    setup: Setup,
}

/// What was confirmed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    channel: Channel,
}

impl Operation for ConfirmChannel {
    const INFO: Info = Info {
        name: "confirm_channel",
        method: "POST",
        path: "/v1/channel-confirmations",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 256,
        background: false,
        phi: true,
    };
    type Caller = Confirmer<permission::ConfirmChannel>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// A second click finds it confirmed, and answers the same.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, link) = (&call.caller.scope, &call.caller.link.record);
        let channel = link.channel;
        let mut visit = self.records.visit(scope, link.patient, link.evaluation.into()).await?;
        let mut confirmed = visit.take_all::<ConfirmedChannel>()?.into_iter();
        if confirmed.any(|it| it.record.channel == channel) {
            return call.trail.after(Vec::new(), Reply::new(Output { channel })).await;
        }
        let notices: Vec<OutboxItem> =
            visit.take_all::<OutboxItem>()?.into_iter().map(|stored| stored.record).collect();
        let address = call.caller.link.open(&call.caller.key)?;
        let record = ConfirmedChannel {
            patient: link.patient,
            evaluation: link.evaluation,
            channel,
            link: link.link,
            confirmed_at: call.now,
        };
        let entropy = &*self.setup.entropy;
        let mut transaction = self.records.transaction(scope, entropy).create_sealed(
            ConfirmedChannel::TYPE,
            &record,
            &address,
            &call.caller.key,
        )?;
        let withdrawn = visit.take::<Withdrawal>()?.is_some();
        for held in held_back(&notices, channel).into_iter().filter(|_| !withdrawn) {
            let id = OutboxId::new(entropy);
            let notice = OutboxItem::pending(id, link.patient, link.evaluation, held.task.clone(), call.now);
            let notice = OutboxItem { retake: held.retake, ..notice };
            transaction = transaction.create(OutboxItem::TYPE, &notice)?;
        }
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Output { channel }))),
            // The same click, a moment earlier.
            Err(CommitError::Conflict(ConfirmedChannel::TYPE)) => {
                call.trail.after(Vec::new(), Reply::new(Output { channel })).await
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What the patient would have been told on this channel, had it been confirmed: the last of the report, and the last
/// ask for another photo. Whether that is still open is seen before it is sent.
fn held_back(notices: &[OutboxItem], channel: Channel) -> Vec<&OutboxItem> {
    let event_of = |item: &OutboxItem| match (&item.task, &item.outbox_state) {
        (Task::Notice { channel: on, event }, OutboxState::Suppressed { reason }) => {
            Some(*event).filter(|_| *on == channel && reason == NOT_CONFIRMED)
        }
        _ => None,
    };
    let last = |wanted: fn(NoticeEvent) -> bool| {
        let held = notices.iter().filter(|item| event_of(item).is_some_and(wanted));
        held.max_by_key(|item| item.created_at)
    };
    let retake = last(|event| event == NoticeEvent::RetakeAsked);
    last(NoticeEvent::tells_of_report).into_iter().chain(retake).collect()
}
