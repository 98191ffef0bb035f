//! Hands work over: from the records' stream to the queue of whoever does it.
//!
//! The whole batch is handed over or none of it; a piece that was handed over twice is done once, by its claim. What the
//! stream lost is still pending in the table, where the sweeper finds it.

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use lambda_runtime::Error;
use visage_domain::alert::{Alert, AlertMessage};
use visage_domain::audit::Purpose;
use visage_domain::ids::ClinicId;
use visage_domain::outbox::{OutboxItem, OutboxMessage, OutboxState, Task};
use visage_domain::retention::Record;
use visage_platform::{Errand, Occasion, Setup, SetupError, WorkerInfo};
use visage_store::StoreError;
use visage_store::queue::Queue;

/// The queues that work is handed over to, by whose work it is.
#[derive(Clone, Debug)]
pub(crate) struct Desks {
    notices: Queue,
    reports: Queue,
    alerts: Queue,
}

/// A piece of work that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Waiting {
    Notice(OutboxMessage),
    Report(OutboxMessage),
    Alert(AlertMessage),
}

impl Waiting {
    /// The work that an item of the outbox is about.
    pub(crate) const fn of(clinic: ClinicId, item: &OutboxItem) -> Self {
        let message = OutboxMessage::of(clinic, item);
        match item.task {
            Task::Notice { .. } => Self::Notice(message),
            Task::RenderReport => Self::Report(message),
        }
    }
}

impl Desks {
    /// The queues that the configuration names.
    pub(crate) fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            notices: Queue::new(&setup.aws, setup.config.notices_queue_url()?),
            reports: Queue::new(&setup.aws, setup.config.reports_queue_url()?),
            alerts: Queue::new(&setup.aws, setup.config.alerts_queue_url()?),
        })
    }

    /// Hands a piece of work to who does such work.
    pub(crate) async fn hand_over(&self, work: Waiting) -> Result<(), StoreError> {
        match work {
            Waiting::Notice(message) => self.notices.send(&message).await,
            Waiting::Report(message) => self.reports.send(&message).await,
            Waiting::Alert(message) => self.alerts.send(&message).await,
        }
    }
}

/// A record that isn't what it should be. Says nothing of what stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unreadable;

/// The relay.
#[derive(Debug)]
pub struct RelayOutbox {
    desks: Desks,
    unreadable: Queue,
}

impl Errand for RelayOutbox {
    const INFO: WorkerInfo = WorkerInfo { name: "relay_outbox", purpose: Purpose::Operations };
    type Event = Event;
    type Outcome = ();

    fn build(setup: &Setup) -> Result<Self, SetupError> {
        let unreadable = Queue::new(&setup.aws, setup.config.relay_dlq_url()?);
        Ok(Self { desks: Desks::new(setup)?, unreadable })
    }

    async fn run(&self, event: Event, _occasion: Occasion<'_>) -> Result<(), Error> {
        for record in event.records {
            let sequence = record.change.sequence_number.clone();
            match read(record) {
                Ok(None) => {}
                Ok(Some(work)) => self.desks.hand_over(work).await?,
                // One unreadable record must not hold up the rest: it is set aside by itself.
                Err(Unreadable) => {
                    self.unreadable.send(&serde_json::json!({ "sequenceNumber": sequence })).await?
                }
            }
        }
        Ok(())
    }
}

/// Whether an event is what the function gets, with a piece of work in each of its records.
pub fn reads(event: &str) -> bool {
    let records = serde_json::from_str::<Event>(event).map(|event| event.records).unwrap_or_default();
    !records.is_empty() && records.into_iter().all(|record| matches!(read(record), Ok(Some(_))))
}

/// What a new piece of work is; none for what isn't one.
fn read(record: EventRecord) -> Result<Option<Waiting>, Unreadable> {
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let image = record.change.new_image;
    let partition: Partition = serde_dynamo::from_item(image.clone()).map_err(|_| Unreadable)?;
    let clinic = clinic_of(&partition.pk).ok_or(Unreadable)?;
    match partition.item_type.as_str() {
        OutboxItem::TYPE => {
            let item: OutboxItem = serde_dynamo::from_item(image).map_err(|_| Unreadable)?;
            Ok((item.outbox_state == OutboxState::Pending).then(|| Waiting::of(clinic, &item)))
        }
        Alert::TYPE => {
            let item: Alert = serde_dynamo::from_item(image).map_err(|_| Unreadable)?;
            let message = AlertMessage { clinic, alert: item.alert };
            Ok(item.sent_at.is_none().then_some(Waiting::Alert(message)))
        }
        _ => Ok(None),
    }
}

#[derive(serde::Deserialize)]
struct Partition {
    pk: String,
    item_type: String,
}

fn clinic_of(partition: &str) -> Option<ClinicId> {
    partition.strip_prefix("C#")?.split('#').next()?.parse().ok()
}
