//! Hands work over: from the records' stream to the queue of whoever does it.
//!
//! The whole batch is handed over or none of it; a piece that was handed over twice is done once, by its claim. What the
//! stream lost is still pending in the table.

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use visage_domain::ids::ClinicId;
use visage_domain::outbox::{OutboxItem, OutboxMessage, OutboxState, Task};
use visage_platform::{Setup, WorkerInfo, telemetry};
use visage_store::queue::Queue;

/// What is known of this function.
pub const INFO: WorkerInfo =
    WorkerInfo { name: "relay_outbox", purpose: visage_domain::audit::Purpose::Operations };

/// Whose work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desk {
    Notices,
    Reports,
}

/// A record that isn't what it should be. Says nothing of what stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unreadable;

/// Runs as a Lambda function.
///
/// # Errors
/// If the function can't start, or the runtime ends.
pub async fn run() -> Result<(), Error> {
    telemetry::start();
    let setup = Setup::of_worker().await;
    let notices = Queue::new(&setup.aws, setup.config.notices_queue_url()?);
    let reports = Queue::new(&setup.aws, setup.config.reports_queue_url()?);
    let unreadable = Queue::new(&setup.aws, setup.config.relay_dlq_url()?);
    let (notices, reports, unreadable) = (&notices, &reports, &unreadable);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
        for record in event.payload.records {
            let sequence = record.change.sequence_number.clone();
            match read(record) {
                Ok(None) => {}
                Ok(Some((Desk::Notices, message))) => notices.send(&message).await?,
                Ok(Some((Desk::Reports, message))) => reports.send(&message).await?,
                // One unreadable record must not hold up the rest: it is set aside by itself.
                Err(Unreadable) => {
                    unreadable.send(&serde_json::json!({ "sequenceNumber": sequence })).await?
                }
            }
        }
        Ok::<_, Error>(())
    }))
    .await
}

/// The message for a new piece of work; none for what isn't one.
fn read(record: EventRecord) -> Result<Option<(Desk, OutboxMessage)>, Unreadable> {
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let image = record.change.new_image;
    let partition: Partition = serde_dynamo::from_item(image.clone()).map_err(|_| Unreadable)?;
    if partition.item_type != "outbox" {
        return Ok(None);
    }
    let item: OutboxItem = serde_dynamo::from_item(image).map_err(|_| Unreadable)?;
    let clinic = clinic_of(&partition.pk).ok_or(Unreadable)?;
    let message =
        OutboxMessage { clinic, patient: item.patient, evaluation: item.evaluation, outbox: item.outbox };
    let desk = match item.task {
        Task::Notice { .. } => Desk::Notices,
        Task::RenderReport => Desk::Reports,
    };
    Ok((item.outbox_state == OutboxState::Pending).then_some((desk, message)))
}

#[derive(serde::Deserialize)]
struct Partition {
    pk: String,
    item_type: String,
}

fn clinic_of(partition: &str) -> Option<ClinicId> {
    partition.strip_prefix("C#")?.split('#').next()?.parse().ok()
}
