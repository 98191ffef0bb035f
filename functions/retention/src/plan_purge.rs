//! Orders a purge of every clinic, by the clock or by hand.
//!
//! Each clinic gets an order of its own in the queue, so that one with much to destroy, or something that can't be,
//! holds up no other. A plan that is made again names the same run and orders what is left of it.

use jiff::Timestamp;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::purge::PurgeOrder;
use visage_platform::{Errand, Occasion, Setup, SetupError, WorkerInfo};
use visage_store::directory::{ClinicEntry, Directory};
use visage_store::queue::Queue;

/// What the schedule, or an operator, asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// What is due by then is destroyed; now, if it isn't said or lies ahead.
    run: Option<Timestamp>,
    /// Whether to say only what would be destroyed.
    #[serde(default)]
    dry_run: bool,
}

/// What was ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ordered {
    run: Timestamp,
    clinics: usize,
}

/// The planner.
#[derive(Debug)]
pub struct PlanPurge {
    directory: Directory,
    queue: Queue,
}

impl Errand for PlanPurge {
    const INFO: WorkerInfo = WorkerInfo { name: "plan_purge", purpose: Purpose::Operations };
    type Event = Plan;
    type Outcome = Ordered;

    fn build(setup: &Setup) -> Result<Self, SetupError> {
        let queue = Queue::new(&setup.aws, setup.config.purge_queue_url()?);
        Ok(Self { directory: setup.directory()?, queue })
    }

    async fn run(&self, plan: Plan, occasion: Occasion<'_>) -> Result<Ordered, Error> {
        let run = plan.run.map_or(occasion.now, |run| run.min(occasion.now));
        let mut ordered = Ordered { run, clinics: 0 };
        let mut after = None;
        loop {
            let (clinics, next) = self.directory.clinics(after).await?;
            let order =
                |it: &ClinicEntry| PurgeOrder { clinic: it.clinic, run, dry_run: plan.dry_run, after: None };
            self.queue.send_all(&clinics.iter().map(order).collect::<Vec<_>>()).await?;
            ordered.clinics += clinics.len();
            if next.is_none() {
                return Ok(ordered);
            }
            after = next;
        }
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
