//! Workers: functions that an event sets off. They answer per message, and a message that can't be worked on ends in
//! the dead-letter queue.

use crate::errand::Errand;
use crate::meter::Meter;
use crate::setup::{Setup, SetupError};
use crate::telemetry::{self, Event, Telemetry, Work, WorkOutcome};
use crate::trail::{Naming, Trail};
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use std::future::Future;
use std::sync::Arc;
use visage_domain::audit::Purpose;
use visage_domain::clock::{Clock, Entropy};
use visage_domain::ids::{ClinicId, PatientId};
use visage_domain::permission::Permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::scope::{Scope, authorize};
use visage_store::StoreError;
use visage_store::audit::AuditLog;
use visage_store::aws::CallLog;
use visage_store::records::CommitError;

/// How often a queue brings a message before it goes to the dead-letter queue (`maxReceiveCount` in `infra/queues.yaml`).
const MAX_RECEIVES: u32 = 5;

fn attempts(message: &SqsMessage) -> u32 {
    let count = message.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// What is known of a worker without running it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerInfo {
    /// Its name: the same in its file, bin, function, sample event and audit entries.
    pub name: &'static str,
    /// Why it reads and writes what it does.
    pub purpose: Purpose,
}

/// Why a message isn't done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The store failed; the queue brings the message again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else changed what this was about; the queue brings the message again.
    #[error("conflict at {0}")]
    Conflict(&'static str),
    /// A process that does part of the work didn't; the queue brings the message again.
    #[error("no process: {0}")]
    Process(std::io::ErrorKind),
    /// The message makes no sense; it will end in the dead-letter queue.
    #[error("the message makes no sense: {0}")]
    Poison(&'static str),
}

impl From<CommitError> for WorkError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(label) => Self::Conflict(label),
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

/// A message to work on.
#[derive(Clone, Debug)]
pub struct Job {
    /// The message's body.
    pub body: String,
    /// The instant.
    pub now: Timestamp,
    /// Whether the queue gives up on the message if this fails.
    pub last_attempt: bool,
    tools: Tools,
    request: String,
}

#[derive(Clone)]
struct Tools {
    telemetry: Telemetry,
    scribe: Scribe,
}

/// What a function of ours writes the audit log with.
#[derive(Clone)]
pub(crate) struct Scribe {
    log: AuditLog,
    entropy: Arc<dyn Entropy>,
    info: &'static WorkerInfo,
}

impl Scribe {
    pub(crate) fn new(setup: &Setup, info: &'static WorkerInfo) -> Result<Self, SetupError> {
        Ok(Self { log: setup.audit_log()?, entropy: Arc::clone(&setup.entropy), info })
    }

    /// The trail of an invocation in the log of `clinic`.
    pub(crate) fn trail(
        &self,
        (request, at): (&str, Timestamp),
        clinic: ClinicId,
        patient: Option<PatientId>,
        resource: String,
    ) -> Trail {
        Trail {
            log: self.log.clone(),
            entropy: Arc::clone(&self.entropy),
            at,
            action: self.info.name,
            purpose: self.info.purpose,
            request: request.to_owned(),
            resource,
            break_glass: None,
            actor: self.actor(),
            clinic: Some(clinic),
            patient,
            naming: Naming::Internal,
        }
    }

    fn actor(&self) -> Actor {
        Actor::Function { name: self.info.name.to_owned() }
    }
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

impl Job {
    /// The key to the records of `clinic`, as far as `P` goes.
    ///
    /// # Errors
    /// If `P` isn't a function's.
    pub fn scope_in<P: Permission>(&self, clinic: ClinicId) -> Result<Scope<P>, WorkError> {
        let actor = self.tools.scribe.actor();
        authorize(&Principal { clinic, actor }).map_err(|_| WorkError::Poison("permission"))
    }

    /// The audit trail of this message, in the log of `clinic` and, where it concerns one, about a patient.
    pub fn trail(&self, clinic: ClinicId, patient: impl Into<Option<PatientId>>, resource: String) -> Trail {
        self.tools.scribe.trail((&self.request, self.now), clinic, patient.into(), resource)
    }

    /// Counts something that happened.
    pub fn count(&self, event: Event) {
        self.tools.telemetry.count(&self.request, self.now, event);
    }
}

/// A worker as checks see it.
#[derive(Clone, Copy, Debug)]
pub struct ListedWorker {
    /// Its name.
    pub name: &'static str,
    /// Whether an event is what it gets.
    pub reads: fn(&str) -> bool,
}

impl ListedWorker {
    /// An errand, that reads its event whole.
    pub const fn errand<E: Errand>() -> Self {
        Self { name: E::INFO.name, reads: |event| serde_json::from_str::<E::Event>(event).is_ok() }
    }

    /// A worker on messages that are each a `B`.
    pub const fn of<W: Worker, B: DeserializeOwned>() -> Self {
        let reads = |event: &str| brings_messages(event, |body| serde_json::from_str::<B>(body).is_ok());
        Self { name: W::INFO.name, reads }
    }
}

/// Whether `event` brings messages of a queue, and `read` knows the body of each.
pub fn brings_messages(event: &str, read: impl Fn(&str) -> bool) -> bool {
    let messages = serde_json::from_str::<SqsEvent>(event).map(|event| event.records).unwrap_or_default();
    !messages.is_empty() && messages.iter().all(|message| message.body.as_deref().is_some_and(&read))
}

/// A function that works on the messages of a queue.
pub trait Worker: Sized + Send + Sync + 'static {
    /// What is known of it.
    const INFO: WorkerInfo;

    /// Makes the worker with what it needs, once, before the first message.
    fn build(setup: &Setup) -> impl Future<Output = Result<Self, SetupError>> + Send;

    /// Works on one message. Must bear being called again with the same one.
    fn work(&self, job: Job) -> impl Future<Output = Result<(), WorkError>> + Send;
}

struct Bench<W> {
    worker: W,
    tools: Tools,
    calls: CallLog,
    clock: Arc<dyn Clock>,
}

/// Runs worker `W` as a Lambda function.
///
/// # Errors
/// If the function can't start, or the runtime ends.
pub async fn work<W: Worker>() -> Result<(), Error> {
    telemetry::start();
    let setup = Setup::of_worker()?;
    let bench = Bench {
        worker: W::build(&setup).await?,
        tools: Tools { telemetry: setup.telemetry()?, scribe: Scribe::new(&setup, &W::INFO)? },
        calls: setup.aws.calls(),
        clock: Arc::clone(&setup.clock),
    };
    let bench = &bench;
    telemetry::started(W::INFO.name);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(bench.batch(event.payload.records, &event.context.request_id).await)
    }))
    .await
}

impl<W: Worker> Bench<W> {
    /// Works on every message and names those that are to come again.
    async fn batch(&self, messages: Vec<SqsMessage>, request: &str) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in messages {
            if !self.one(&message, request).await {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = message.message_id.unwrap_or_default();
                response.batch_item_failures.push(failure);
            }
        }
        response
    }

    async fn one(&self, message: &SqsMessage, request: &str) -> bool {
        let meter = Meter::start_with_processes(&*self.clock, &self.calls);
        let last_attempt = attempts(message) >= MAX_RECEIVES;
        let job = Job {
            body: message.body.clone().unwrap_or_default(),
            now: meter.began(),
            last_attempt,
            tools: self.tools.clone(),
            request: request.to_owned(),
        };
        // Boxed: a worker's future is deep, and its layout would have to be known through all of it.
        let outcome = Box::pin(self.worker.work(job)).await;
        let line = Work { request, operation: W::INFO.name, spent: meter.stop() };
        self.tools.telemetry.work(&line, WorkOutcome::of(&outcome, last_attempt), outcome.as_ref().err());
        outcome.is_ok()
    }
}
