//! Errands: functions that are set off by the clock, by a stream, or by an operator's hand, and do one thing with one event.
//! What fails is set off again by whatever set it off.

use crate::setup::{Setup, SetupError};
use crate::telemetry;
use crate::worker::WorkerInfo;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// A function that runs one errand per event.
pub trait Errand: Sized + Send + Sync + 'static {
    /// What is known of it.
    const INFO: WorkerInfo;
    /// What sets it off.
    type Event: DeserializeOwned + Send + 'static;
    /// What it answers.
    type Outcome: Serialize + Send + 'static;

    /// Makes it with what it needs, once, before the first event.
    ///
    /// # Errors
    /// If the configuration lacks something.
    fn build(setup: &Setup) -> Result<Self, SetupError>;

    /// Does it at the instant `now`. Must bear being called again with the same event.
    fn run(
        &self,
        event: Self::Event,
        now: Timestamp,
    ) -> impl Future<Output = Result<Self::Outcome, Error>> + Send;
}

/// Runs errand `E` as a Lambda function.
///
/// # Errors
/// If the function can't start, or the runtime ends.
pub async fn run<E: Errand>() -> Result<(), Error> {
    telemetry::start();
    let setup = Setup::of_worker().await;
    let (errand, calls, clock) = (E::build(&setup)?, setup.aws.calls(), &setup.clock);
    let (errand, calls) = (&errand, &calls);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E::Event>| async move {
        let _ = calls.take();
        let outcome = errand.run(event.payload, clock.now()).await;
        let text = outcome.as_ref().map_or_else(ToString::to_string, |_| "done".to_owned());
        telemetry::work_line(&event.context.request_id, E::INFO.name, &text, &calls.take());
        outcome
    }))
    .await
}
