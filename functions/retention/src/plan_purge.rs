//! Orders a purge of every clinic, by the clock or by hand.
//!
//! Each clinic gets an order of its own in the queue, so that one with much to destroy, or something that can't be,
//! holds up no other. A plan that is made again names the same run and orders what is left of it.

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::purge::PurgeOrder;
use visage_platform::{Setup, WorkerInfo, telemetry, worker};
use visage_store::StoreError;
use visage_store::directory::Directory;
use visage_store::queue::Queue;

/// What is known of this function.
pub const INFO: WorkerInfo = WorkerInfo { name: "plan_purge", purpose: Purpose::Operations };

/// What the schedule, or an operator, asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Plan {
    /// What is due by then is destroyed; now, if it isn't said or lies ahead.
    run: Option<Timestamp>,
    /// Whether to say only what would be destroyed.
    #[serde(default)]
    dry_run: bool,
}

/// What was ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ordered {
    run: Timestamp,
    clinics: usize,
}

/// Runs as a Lambda function.
///
/// # Errors
/// If the function can't start, or the runtime ends.
pub async fn run() -> Result<(), Error> {
    telemetry::start();
    let setup = Setup::of_worker().await;
    let directory = setup.directory()?;
    let queue = Queue::new(&setup.aws, setup.config.purge_queue_url()?);
    let telemetry = setup.telemetry()?;
    let (setup, telemetry, directory, queue) = (&setup, &telemetry, &directory, &queue);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Plan>| async move {
        let ordering = Box::pin(order(directory, queue, event.payload, setup.clock.now()));
        Ok::<_, Error>(worker::event(setup, telemetry, &INFO, &event.context.request_id, ordering).await?)
    }))
    .await
}

async fn order(
    directory: &Directory,
    queue: &Queue,
    plan: Plan,
    now: Timestamp,
) -> Result<Ordered, StoreError> {
    let run = plan.run.map_or(now, |run| run.min(now));
    let mut ordered = Ordered { run, clinics: 0 };
    let mut after = None;
    loop {
        let (clinics, next) = directory.clinics(after).await?;
        let order = |&clinic| PurgeOrder { clinic, run, dry_run: plan.dry_run, after: None };
        queue.send_all(&clinics.iter().map(order).collect::<Vec<_>>()).await?;
        ordered.clinics += clinics.len();
        if next.is_none() {
            return Ok(ordered);
        }
        after = next;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_event_is_a_run_in_earnest_and_a_wrong_one_is_none() {
        assert_eq!(serde_json::from_str::<Plan>("{}").unwrap(), Plan::default());
        let dry: Plan = serde_json::from_str(r#"{"dryRun":true,"run":"2026-11-22T08:17:00Z"}"#).unwrap();
        assert!(dry.dry_run && dry.run.is_some());
        assert!(serde_json::from_str::<Plan>(r#"{"dryrun":true}"#).is_err());
    }
}
