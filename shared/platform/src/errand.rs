//! Errands: functions that are set off by the clock, by a stream, or by an engineer's hand, and do one thing with one
//! event. What fails is set off again by whatever set it off.

use crate::config::MissingVariable;
use crate::meter::Meter;
use crate::setup::{Setup, SetupError};
use crate::telemetry::{self, Event, Telemetry, Work, WorkOutcome};
use crate::trail::Trail;
use crate::worker::{Scribe, WorkerInfo};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::Future;
use visage_domain::clock::Clock;
use visage_domain::ids::ClinicId;

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

    /// Does it. Must bear being called again with the same event.
    fn run(
        &self,
        event: Self::Event,
        occasion: Occasion<'_>,
    ) -> impl Future<Output = Result<Self::Outcome, Error>> + Send;
}

/// What sets off an errand that the clock has nothing to say to.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Tick {}

/// When an errand is run, and what counts what happens.
pub struct Occasion<'a> {
    /// The invocation.
    pub request: &'a str,
    /// The instant at which it was set off.
    pub now: Timestamp,
    /// For an errand that watches how long it takes.
    pub clock: &'a dyn Clock,
    telemetry: &'a Telemetry,
    scribe: Option<&'a Scribe>,
}

impl std::fmt::Debug for Occasion<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Occasion({} at {})", self.request, self.now)
    }
}

impl Occasion<'_> {
    /// The audit trail of what this errand does in the log of `clinic`.
    ///
    /// # Errors
    /// If the configuration doesn't name the log's table.
    pub fn trail(&self, clinic: ClinicId, resource: String) -> Result<Trail, MissingVariable> {
        let scribe = self.scribe.ok_or(MissingVariable("AUDIT_TABLE"))?;
        Ok(scribe.trail((self.request, self.now), clinic, None, resource))
    }

    /// Counts something that happened.
    pub fn count(&self, event: Event) {
        self.telemetry.count(self.request, self.now, event);
    }
}

/// Runs errand `E` as a Lambda function.
///
/// # Errors
/// If the function can't start, or the runtime ends.
pub async fn run<E: Errand>() -> Result<(), Error> {
    telemetry::start();
    let setup = Setup::of_worker()?;
    let (errand, telemetry) = (E::build(&setup)?, setup.telemetry()?);
    // Some write nothing, and have no log to write to.
    let scribe = Scribe::new(&setup, &E::INFO).ok();
    let (errand, telemetry, setup, scribe) = (&errand, &telemetry, &setup, scribe.as_ref());
    telemetry::started(E::INFO.name);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E::Event>| async move {
        let (request, clock, calls) = (&event.context.request_id, &*setup.clock, setup.aws.calls());
        let meter = Meter::start(clock, &calls);
        let occasion = Occasion { request, now: meter.began(), clock, telemetry, scribe };
        // Boxed: an errand's future is deep, and its layout would have to be known through all of it.
        let outcome = Box::pin(errand.run(event.payload, occasion)).await;
        let work = Work { request, operation: E::INFO.name, spent: meter.stop() };
        telemetry.work(&work, WorkOutcome::of(&outcome, false), outcome.as_ref().err());
        outcome
    }))
    .await
}
