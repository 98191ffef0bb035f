//! Sends what a queue gave up back to it, once the cause is mended. An engineer invokes it and says how much.
//!
//! Safe, because every worker bears a message that comes again: a photo that is done is left alone, a notice that was
//! claimed is never sent again, an order to purge finds what is left. Killed anywhere, it is invoked again.
//! What the stream's relay gave up is not for here: `sweep_outbox` hands that over from the table.

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::clock::Clock;
use visage_platform::{Errand, Occasion, Setup, SetupError, WorkerInfo};
use visage_store::StoreError;
use visage_store::queue::DeadLetters;

/// Messages per call of the queue.
const AT_ONCE: u32 = 10;
/// The most that one invocation moves.
const MOST: u32 = 1000;
/// How long an invocation goes on moving: its function lives for a minute (`infra/operations.yaml`).
const PATIENCE: SignedDuration = SignedDuration::from_secs(40);

/// A queue whose dead letters can be sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueName {
    /// Uploads to be cleaned.
    Incoming,
    /// Photos to be analysed.
    Analysis,
    /// Reports to be rendered.
    Reports,
    /// Notices to be sent.
    Notices,
    /// Purges to be run.
    Purge,
    /// Departures to be settled.
    Departures,
    /// Access reviews to be compiled.
    AccessReviews,
    /// Alerts to be sent.
    Alerts,
}

/// What an engineer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    /// Whose.
    queue: QueueName,
    /// How many at most: one to a thousand.
    #[serde(default = "a_hundred")]
    limit: u32,
    /// Whether to count only.
    #[serde(default)]
    dry_run: bool,
}

const fn a_hundred() -> u32 {
    100
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Redriven {
    queue: QueueName,
    /// About how many lay there before.
    waiting: u64,
    /// How many were sent back.
    moved: u32,
    /// Whether it stopped because nothing was left, and not at its limit or for want of time.
    emptied: bool,
}

/// Why nothing, or not all, was moved.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("a limit is from 1 to {MOST}")]
    Limit,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The queues that have a way back.
#[derive(Debug)]
pub struct RedriveDeadLetters {
    incoming: DeadLetters,
    analysis: DeadLetters,
    reports: DeadLetters,
    notices: DeadLetters,
    purge: DeadLetters,
    departures: DeadLetters,
    access_reviews: DeadLetters,
    alerts: DeadLetters,
}

impl RedriveDeadLetters {
    const fn of(&self, name: QueueName) -> &DeadLetters {
        match name {
            QueueName::Incoming => &self.incoming,
            QueueName::Analysis => &self.analysis,
            QueueName::Reports => &self.reports,
            QueueName::Notices => &self.notices,
            QueueName::Purge => &self.purge,
            QueueName::Departures => &self.departures,
            QueueName::AccessReviews => &self.access_reviews,
            QueueName::Alerts => &self.alerts,
        }
    }
}

impl Errand for RedriveDeadLetters {
    const INFO: WorkerInfo = WorkerInfo { name: "redrive_dead_letters", purpose: Purpose::Operations };
    type Event = Order;
    type Outcome = Redriven;

    fn build(setup: &Setup) -> Result<Self, SetupError> {
        let Setup { aws, config, .. } = setup;
        Ok(Self {
            incoming: DeadLetters::new(aws, config.incoming_dlq_url()?, config.incoming_queue_url()?),
            analysis: DeadLetters::new(aws, config.analysis_dlq_url()?, config.analysis_queue_url()?),
            reports: DeadLetters::new(aws, config.reports_dlq_url()?, config.reports_queue_url()?),
            notices: DeadLetters::new(aws, config.notices_dlq_url()?, config.notices_queue_url()?),
            purge: DeadLetters::new(aws, config.purge_dlq_url()?, config.purge_queue_url()?),
            departures: DeadLetters::new(aws, config.departures_dlq_url()?, config.departures_queue_url()?),
            access_reviews: DeadLetters::new(
                aws,
                config.access_reviews_dlq_url()?,
                config.access_reviews_queue_url()?,
            ),
            alerts: DeadLetters::new(aws, config.alerts_dlq_url()?, config.alerts_queue_url()?),
        })
    }

    async fn run(&self, order: Order, occasion: Occasion<'_>) -> Result<Redriven, Error> {
        let redriven = redrive(self.of(order.queue), order, occasion.clock).await?;
        tracing::info!(
            request = occasion.request,
            queue = ?redriven.queue,
            dry_run = order.dry_run,
            waiting = redriven.waiting,
            moved = redriven.moved,
            "redriven"
        );
        Ok(redriven)
    }
}

async fn redrive(letters: &DeadLetters, order: Order, clock: &dyn Clock) -> Result<Redriven, Failed> {
    let Order { queue, limit, dry_run } = order;
    if !(1..=MOST).contains(&limit) {
        return Err(Failed::Limit);
    }
    let began = clock.now();
    let mut redriven = Redriven { queue, waiting: letters.waiting().await?, moved: 0, emptied: false };
    while !dry_run && redriven.moved < limit && goes_on(began, clock.now()) {
        let some = letters.take(AT_ONCE.min(limit - redriven.moved)).await?;
        if some.is_empty() {
            redriven.emptied = true;
            break;
        }
        let moved = try_join_all(some.into_iter().map(|letter| letters.redrive(letter))).await?;
        redriven.moved += u32::try_from(moved.len()).unwrap_or(AT_ONCE);
    }
    Ok(redriven)
}

/// Whether there is time for more.
fn goes_on(began: Timestamp, now: Timestamp) -> bool {
    now.duration_since(began) < PATIENCE
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_a_queue_with_a_way_back_and_nothing_unknown() {
        let order: Order = serde_json::from_str(r#"{"queue":"purge"}"#).unwrap();
        assert_eq!(order, Order { queue: QueueName::Purge, limit: 100, dry_run: false });
        for wrong in [
            r#"{"queue":"relay"}"#,
            r"{}",
            r#"{"queue":"purge","dryrun":true}"#,
            r#"{"queue":"purge","limit":-1}"#,
        ] {
            assert!(serde_json::from_str::<Order>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_stops_before_its_function_is_stopped() {
        let began = Timestamp::UNIX_EPOCH;
        assert!(goes_on(began, began + SignedDuration::from_secs(39)));
        assert!(!goes_on(began, began + SignedDuration::from_secs(40)));
    }
}
