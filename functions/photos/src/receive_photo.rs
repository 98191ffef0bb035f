//! Takes in an original, of a photo or a document: checks it, cleans it, keeps the clean file, and destroys the original.
//!
//! What counts is the upload on record, not the object's key, and the object in the bucket, not what an event says of
//! it. The object's first version is pinned by a conditional write, whichever event comes first; a later one, or one
//! that comes after the intake was handed in, is destroyed and changes nothing. An event about a version that isn't
//! there changes nothing either. Killed anywhere, the message comes again and finds how far it got.
//! A photo that was asked for again may come after the intake was handed in, as long as the evaluation is open.

use crate::apart;
use crate::arrival::{Arrival, Beside, Clean, Stage};
use crate::clean::Rejection;
use crate::object_event::{NewObject, new_objects};
use visage_domain::audit::{Outcome, Purpose};
use visage_domain::document::Document;
use visage_domain::evaluation::Evaluation;
use visage_domain::intake::{Intake, IntakeStatus};
use visage_domain::permission;
use visage_domain::photo::{Photo, UPLOAD_MAX_BYTES, Upload, Uploaded};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_platform::{Audited, Job, Setup, SetupError, Trail, WorkError, Worker, WorkerInfo};
use visage_store::objects::{Bucket, Fetched, parse_incoming_key};
use visage_store::records::{Found, Records, Stored, keys};

type Key = Scope<permission::ReceivePhoto>;

/// How often a visit that is being worked on elsewhere is looked at again.
const ATTEMPTS: usize = 6;

/// The worker.
pub struct ReceivePhoto {
    records: Records,
    incoming: Bucket,
    photos: Bucket,
    setup: Setup,
}

/// An object that arrived, and the upload it belongs to.
struct Case<'a> {
    job: &'a Job,
    scope: &'a Key,
    upload: &'a Upload,
    object: &'a NewObject,
}

/// What is known of the upload's visit.
struct Visit<A> {
    intake: Intake,
    /// What it led to, once it is handed in.
    evaluation: Option<Stored<Evaluation>>,
    /// What the upload is to become.
    arrival: Stored<A>,
    /// The others of its kind.
    others: Vec<Stored<A>>,
    /// All else.
    found: Found,
}

/// What an upload asks for.
enum Next {
    /// It comes too late.
    Nothing,
    /// Another delivery of what is done.
    Done,
    /// This version doesn't count.
    Ignore,
    /// This version is the first.
    Pin,
    /// This version was pinned; go on.
    Clean,
}

impl Worker for ReceivePhoto {
    const INFO: WorkerInfo = WorkerInfo { name: "receive_photo", purpose: Purpose::Treatment };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            incoming: Bucket::new(&setup.aws, setup.config.incoming_bucket()?),
            photos: setup.photos()?,
            setup: setup.clone(),
        })
    }

    async fn work(&self, job: Job) -> Result<(), WorkError> {
        for object in new_objects(&job.body)? {
            // An event of another bucket isn't ours to act on, whatever it says.
            if object.bucket == self.incoming.name() {
                self.receive(&job, &object).await?;
            }
        }
        Ok(())
    }
}

impl ReceivePhoto {
    async fn receive(&self, job: &Job, object: &NewObject) -> Result<(), WorkError> {
        let (clinic, upload) = parse_incoming_key(&object.key).ok_or(WorkError::Poison("a foreign key"))?;
        let scope: Key = job.scope_in(clinic)?;
        let Some(upload) = self.records.get(&scope, keys::upload(upload)).await? else {
            // Nobody permitted this, or so long ago that nobody waits for it.
            return Ok(self.incoming.destroy(&object.key).await?);
        };
        let case = Case { job, scope: &scope, upload: &upload.record, object };
        match case.upload.file {
            Uploaded::Photo(_) => self.take_in::<Photo>(&case).await,
            Uploaded::Document(_) => self.take_in::<Document>(&case).await,
        }
    }

    async fn take_in<A: Arrival>(&self, case: &Case<'_>) -> Result<(), WorkError> {
        for _ in 0..ATTEMPTS {
            match self.step::<A>(case).await {
                // Something else of the intake was worked on at the same moment: look again.
                Err(WorkError::Conflict(_)) => {}
                outcome => return outcome,
            }
        }
        Err(WorkError::Conflict(A::TYPE))
    }

    async fn step<A: Arrival>(&self, case: &Case<'_>) -> Result<(), WorkError> {
        let (key, version) = (&case.object.key, &case.object.version);
        let Some(visit) = self.visit::<A>(case).await? else {
            // It was destroyed before its file was looked at.
            case.note("destroyed").await?;
            return Ok(self.incoming.destroy(key).await?);
        };
        match visit.next(version) {
            Next::Nothing => {
                case.note("late").await?;
                Ok(self.incoming.destroy(key).await?)
            }
            Next::Ignore => {
                case.note("second_version").await?;
                Ok(self.incoming.destroy_version(key, version).await?)
            }
            Next::Done => Ok(self.incoming.destroy(key).await?),
            Next::Pin => match self.incoming.first_version(key).await? {
                Some(first) if first == *version => {
                    let pinned = self.pin(case, &visit).await?;
                    self.finish(case, &pinned).await
                }
                // Overtaken: the event of the first version is still to come.
                Some(_) => {
                    case.note("second_version").await?;
                    Ok(self.incoming.destroy_version(key, version).await?)
                }
                // Nothing was uploaded, whatever the event says; or another worker is done with it.
                None => case.note("no_object").await,
            },
            Next::Clean => self.finish(case, &visit.arrival).await,
        }
    }

    /// What is known of the upload's visit; none if what it was to become isn't there any more.
    async fn visit<A: Arrival>(&self, case: &Case<'_>) -> Result<Option<Visit<A>>, WorkError> {
        let upload = case.upload;
        let mut found = self.records.visit(case.scope, upload.patient, upload.intake).await?;
        let Some(intake) = found.take::<Intake>()? else { return Ok(None) };
        let evaluation = found.take::<Evaluation>()?;
        let mut others = found.take_all::<A>()?;
        let place = others.iter().position(|it| it.record.is(upload.file));
        let Some(place) = place else { return Ok(None) };
        let arrival = others.swap_remove(place);
        Ok(Some(Visit { intake: intake.record, evaluation, arrival, others, found }))
    }

    /// Makes this version the one that counts, if it is still taken.
    async fn pin<A: Arrival>(&self, case: &Case<'_>, visit: &Visit<A>) -> Result<Stored<A>, WorkError> {
        let arrival = &visit.arrival;
        let pinned = arrival.record.pinned(case.object.version.clone());
        let transaction = self.records.transaction(case.scope, &*self.setup.entropy);
        let transaction = match &visit.evaluation {
            Some(evaluation) if arrival.record.is_taken_again() => {
                transaction.require_open(Evaluation::TYPE, &evaluation.record)?
            }
            _ => transaction.require_draft(Intake::TYPE, &visit.intake)?,
        };
        let transaction = transaction.replace(A::TYPE, arrival, &pinned)?;
        let _: Audited<()> = case.trail("pinned").commit(transaction).await?;
        Ok(arrival.followed_by(pinned))
    }

    async fn finish<A: Arrival>(&self, case: &Case<'_>, arrival: &Stored<A>) -> Result<(), WorkError> {
        let outcome = self.clean(case, &arrival.record).await?;
        for _ in 0..ATTEMPTS {
            match self.conclude::<A>(case, &outcome).await {
                Err(WorkError::Conflict(_)) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(self.incoming.destroy(&case.object.key).await?),
            }
        }
        Err(WorkError::Conflict(A::TYPE))
    }

    /// The clean file as it is kept, or why there is none.
    async fn clean<A: Arrival>(
        &self,
        case: &Case<'_>,
        arrival: &A,
    ) -> Result<Result<A::File, Rejection>, WorkError> {
        // Whatever killed us four times would kill us now: then the patient is asked for another file instead.
        if case.job.last_attempt {
            return Ok(Err(Rejection::Unreadable));
        }
        let original = self.incoming.fetch(&case.object.key, &case.object.version, UPLOAD_MAX_BYTES).await?;
        let cleaned = match &original {
            Fetched::Bytes(bytes) => apart::cleaned::<A::Facts>(A::KIND, bytes)
                .map_err(|error| WorkError::Process(error.kind()))?,
            Fetched::TooLarge => Err(Rejection::TooLarge),
            // Another worker may be done with it; if not, the next attempts tell.
            Fetched::Missing => return Err(WorkError::Conflict("original")),
        };
        let Clean { key, media_type, bytes, file } = match cleaned {
            Ok((facts, bytes)) => arrival.kept(case.scope.clinic(), facts, bytes),
            Err(rejection) => return Ok(Err(rejection)),
        };
        let version = self.photos.store(&key, media_type, bytes).await?;
        Ok(Ok(A::stored(file, version)))
    }

    /// Records how it went.
    async fn conclude<A: Arrival>(
        &self,
        case: &Case<'_>,
        outcome: &Result<A::File, Rejection>,
    ) -> Result<(), WorkError> {
        let Some(visit) = self.visit::<A>(case).await? else {
            // Destroyed while it was being cleaned: nothing leads to the clean file any more.
            if let Ok(file) = outcome {
                let (key, version) = A::place(file);
                self.photos.destroy_version(key, version).await?;
            }
            return Ok(());
        };
        let stage = visit.arrival.record.stage();
        let is_pinned = matches!(stage, Stage::Received(version) if version == case.object.version);
        if !is_pinned || visit.is_signed() {
            // Concluded by another worker, or too late for anything.
            return Ok(());
        }
        let entropy = &*self.setup.entropy;
        let Visit { evaluation, arrival, others, found, .. } = visit;
        let under = evaluation.as_ref().map(|evaluation| &evaluation.record);
        let beside = Beside { others, found, evaluation: under, entropy, now: case.job.now };
        let writes = self.records.transaction(case.scope, entropy);
        let (concluded, writes) = arrival.record.concluded(outcome, beside, writes)?;
        let mut writes = writes.replace(A::TYPE, &arrival, &concluded)?;
        // Signed at this very moment, it changes nothing any more.
        if let Some(evaluation) = under {
            writes = writes.require_unsigned(Evaluation::TYPE, evaluation)?;
        }
        let state = if outcome.is_ok() { "stored" } else { "rejected" };
        let _: Audited<()> = case.trail(state).commit(writes).await?;
        case.job.count(A::event(outcome));
        Ok(())
    }
}

impl Case<'_> {
    fn trail(&self, state: &str) -> Trail {
        let Upload { intake, file, .. } = self.upload;
        let what = match file {
            Uploaded::Photo(photo) => format!("photo={photo}"),
            Uploaded::Document(document) => format!("document={document}"),
        };
        let resource = format!("intake={intake};state={state};{what}");
        self.job.trail(self.scope.clinic(), self.upload.patient, resource)
    }

    /// Notes that something arrived that changes nothing, before it is destroyed.
    async fn note(&self, code: &str) -> Result<(), WorkError> {
        Ok(self.trail(code).note(Outcome::Refused { code: code.to_owned() }).await?)
    }
}

impl<A: Arrival> Visit<A> {
    fn is_signed(&self) -> bool {
        self.evaluation.as_ref().is_some_and(|evaluation| evaluation.record.signature.is_some())
    }

    /// Whether something may still come.
    fn is_taken(&self) -> bool {
        match &self.evaluation {
            Some(evaluation) => self.arrival.record.is_taken_again() && evaluation.record.is_open(),
            None => self.intake.status == IntakeStatus::Draft,
        }
    }

    fn next(&self, version: &str) -> Next {
        match self.arrival.record.stage() {
            Stage::Awaited if self.is_taken() => Next::Pin,
            Stage::Awaited => Next::Nothing,
            Stage::Over => Next::Done,
            Stage::Received(pinned) if pinned == version => Next::Clean,
            Stage::Received(_) => Next::Ignore,
        }
    }
}
