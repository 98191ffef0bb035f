//! Confirms the channel that a message came by: from now on it may carry links to a report, and to take a photo
//! again.
//!
//! The link's secret stands in the address's fragment, so that what merely fetches a message's links, as mail scanners
//! do, confirms nothing.
//!
//! What was held back for want of this channel goes out with the confirmation. A notice may be held back at the very moment
//! of the confirmation: it looks again after it has committed, and so does a second click, until nothing is left.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::channel::ConfirmedChannel;
use visage_domain::clock::Entropy;
use visage_domain::evaluation::Withdrawal;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::OutboxId;
use visage_domain::outbox::{Channel, OutboxItem, OutboxState, REPLACED, Task};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Confirmer, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::StoreError;
use visage_store::records::{CommitError, Found, Records, Stored, Transaction};

/// How often the visit is read again.
const ATTEMPTS: usize = 5;

/// The operation.
pub struct ConfirmChannel {
    records: Records,
    setup: Setup,
}

/// What was confirmed.
#[derive(Debug, Serialize, JsonSchema)]
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
        changes: false,
        problems: &[Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("channel")];
    type Caller = Confirmer<permission::ConfirmChannel>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// Whatever a look finds left to do is one transaction; two clicks at once share the work without doing any twice.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, link) = (&call.caller.scope, &call.caller.link.record);
        let channel = link.channel;
        let mut last: Option<Audited<()>> = None;
        for _ in 0..ATTEMPTS {
            let visit = self.records.visit(scope, link.patient, link.evaluation.into()).await?;
            let Some(transaction) = self.left_to_do(&call, visit)? else {
                let reply = Reply::new(Output { channel });
                return match last {
                    Some(audited) => Ok(audited.map(|()| reply)),
                    None => call.trail.after(Vec::new(), reply).await,
                };
            };
            match call.trail.commit(transaction).await {
                Ok(audited) => last = Some(audited),
                // The same click, or the sender, a moment earlier.
                Err(CommitError::Conflict(ConfirmedChannel::TYPE | OutboxItem::TYPE)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // Confirmed it is; what is still held back at every look is for staff to see.
        last.map(|audited| audited.map(|()| Reply::new(Output { channel }))).ok_or_else(Problem::conflict)
    }
}

impl ConfirmChannel {
    /// What is left to do of the confirmation; none if nothing is.
    fn left_to_do<'a>(
        &'a self,
        call: &'a Call<Self>,
        mut visit: Found,
    ) -> Result<Option<Transaction<'a, permission::ConfirmChannel>>, Problem> {
        let link = &call.caller.link.record;
        let confirmed = visit.take_all::<ConfirmedChannel>()?;
        let is_confirmed = confirmed.iter().any(|it| it.record.channel == link.channel);
        let is_withdrawn = visit.take::<Withdrawal>()?.is_some();
        let held: Vec<Stored<OutboxItem>> = visit.take_all()?;
        let held: Vec<_> = held.into_iter().filter(|it| it.record.waits_for(link.channel)).collect();
        if is_confirmed && (is_withdrawn || held.is_empty()) {
            return Ok(None);
        }
        let mut transaction = self.records.transaction(&call.caller.scope, &*self.setup.entropy);
        if !is_confirmed {
            let record = ConfirmedChannel {
                patient: link.patient,
                evaluation: link.evaluation,
                channel: link.channel,
                link: link.link,
                confirmed_at: call.now,
            };
            let address = call.caller.link.open(&call.caller.key)?;
            transaction =
                transaction.create_sealed(ConfirmedChannel::TYPE, &record, &address, &call.caller.key)?;
        }
        if !is_withdrawn {
            transaction = release(transaction, &held, &*self.setup.entropy, call.now)?;
        }
        Ok(Some(transaction))
    }
}

/// Has what was held back sent. Of the reports only the last on each channel: the newest is behind every link. Of the asks
/// for another photo each, whose views differ: whether one is still open is seen before it is sent.
fn release<'a, P>(
    mut transaction: Transaction<'a, P>,
    held: &[Stored<OutboxItem>],
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Transaction<'a, P>, StoreError> {
    for item in held {
        let outbox_state = OutboxState::Suppressed { reason: REPLACED.to_owned() };
        let replaced = OutboxItem { outbox_state, ..item.record.clone() };
        transaction = transaction.replace(OutboxItem::TYPE, item, &replaced)?;
    }
    let reports = [Channel::Email, Channel::Sms].into_iter().filter_map(|by| last_report_by(by, held));
    let retakes = held.iter().map(|item| &item.record).filter(|item| item.retake.is_some());
    for item in reports.chain(retakes) {
        let (outbox, outbox_state) = (OutboxId::new(entropy), OutboxState::Pending);
        let fresh = OutboxItem { outbox, outbox_state, created_at: now, ..item.clone() };
        transaction = transaction.create(OutboxItem::TYPE, &fresh)?;
    }
    Ok(transaction)
}

fn last_report_by(channel: Channel, held: &[Stored<OutboxItem>]) -> Option<&OutboxItem> {
    let goes_by = |item: &&OutboxItem| match item.task {
        Task::Notice { channel: by, event } => by == channel && event.carries_report_link(),
        Task::RenderReport => false,
    };
    held.iter().map(|item| &item.record).filter(goes_by).max_by_key(|item| item.created_at)
}
