//! Takes in an original: checks it, cleans it, keeps the clean file, and destroys the original.
//!
//! What counts is the upload on record, not the object's key, and the object in the bucket, not what an event says of
//! it. The object's first version is pinned by a conditional write, whichever event comes first; a later one, or one
//! that comes after the intake was handed in, is destroyed and changes nothing. An event about a version that isn't
//! there changes nothing either. Killed anywhere, the message comes again and finds how far it got.

use crate::clean::{CleanPhoto, Limits, Rejection, clean};
use crate::object_event::{NewObject, new_objects};
use visage_domain::audit::{Outcome, Purpose};
use visage_domain::evaluation::Evaluation;
use visage_domain::ids::ClinicId;
use visage_domain::intake::{Intake, IntakeStatus};
use visage_domain::permission;
use visage_domain::photo::{Photo, PhotoState, StoredPhoto, UPLOAD_MAX_BYTES, Upload};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_platform::{Audited, Event, Job, Setup, SetupError, Trail, WorkError, Worker, WorkerInfo};
use visage_store::objects::{Bucket, Fetched, PhotoKey, parse_incoming_key};
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::sha256_hex;

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
struct Visit {
    intake: Intake,
    /// What it led to, once it is handed in.
    evaluation: Option<Stored<Evaluation>>,
    photo: Stored<Photo>,
    /// The other photos of its view that count.
    others: Vec<Stored<Photo>>,
}

/// What an upload's photo asks for.
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
        for _ in 0..ATTEMPTS {
            let outcome = self.step(&case).await;
            match outcome {
                // Another photo of the intake was worked on at the same moment: look again.
                Err(WorkError::Conflict(_)) => {}
                outcome => return outcome,
            }
        }
        Err(WorkError::Conflict("photo"))
    }

    async fn step(&self, case: &Case<'_>) -> Result<(), WorkError> {
        let (key, version) = (&case.object.key, &case.object.version);
        let Some(visit) = self.visit(case).await? else {
            // The photo was destroyed before its file was looked at.
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
                    let photo = self.pin(case, &visit).await?;
                    self.finish(case, &photo).await
                }
                // Overtaken: the event of the first version is still to come.
                Some(_) => {
                    case.note("second_version").await?;
                    Ok(self.incoming.destroy_version(key, version).await?)
                }
                // Nothing was uploaded, whatever the event says; or another worker is done with it.
                None => case.note("no_object").await,
            },
            Next::Clean => self.finish(case, &visit.photo).await,
        }
    }

    /// What is known of the upload's visit; none if its photo isn't there any more.
    async fn visit(&self, case: &Case<'_>) -> Result<Option<Visit>, WorkError> {
        let upload = case.upload;
        let mut found = self.records.visit(case.scope, upload.patient, upload.intake).await?;
        let Some(intake) = found.take::<Intake>()? else { return Ok(None) };
        let evaluation = found.take::<Evaluation>()?;
        let mut photos = found.take_all::<Photo>()?;
        let place = photos.iter().position(|photo| photo.record.photo == upload.photo);
        let Some(place) = place else { return Ok(None) };
        let photo = photos.swap_remove(place);
        photos.retain(|other| other.record.view == photo.record.view && other.record.counts_for_view());
        Ok(Some(Visit { intake: intake.record, evaluation, photo, others: photos }))
    }

    /// Makes this version the one that counts, if the intake is still being filled in.
    async fn pin(&self, case: &Case<'_>, visit: &Visit) -> Result<Stored<Photo>, WorkError> {
        let photo = &visit.photo;
        let photo_state = PhotoState::Received { version: case.object.version.clone() };
        let pinned = Photo { photo_state, ..photo.record.clone() };
        let transaction = self
            .records
            .transaction(case.scope, &*self.setup.entropy)
            .require_draft(Intake::TYPE, &visit.intake)?
            .replace(Photo::TYPE, photo, &pinned)?;
        let _: Audited<()> = case.trail("pinned").commit(transaction).await?;
        Ok(photo.followed_by(pinned))
    }

    async fn finish(&self, case: &Case<'_>, photo: &Stored<Photo>) -> Result<(), WorkError> {
        let (state, photo_state) = match self.clean(case, photo).await? {
            Ok(file) => ("stored", PhotoState::Stored { file }),
            Err(code) => ("rejected", PhotoState::Rejected { code }),
        };
        for _ in 0..ATTEMPTS {
            match self.conclude(case, state, &photo_state).await {
                Err(WorkError::Conflict(_)) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(self.incoming.destroy(&case.object.key).await?),
            }
        }
        Err(WorkError::Conflict("photo"))
    }

    /// The clean file, or why there is none.
    async fn clean(
        &self,
        case: &Case<'_>,
        photo: &Stored<Photo>,
    ) -> Result<Result<StoredPhoto, Rejection>, WorkError> {
        // Whatever killed us four times would kill us now: then the patient is asked for another photo instead.
        if case.job.last_attempt {
            return Ok(Err(Rejection::Unreadable));
        }
        let original = self.incoming.fetch(&case.object.key, &case.object.version, UPLOAD_MAX_BYTES).await?;
        let cleaned = match &original {
            Fetched::Bytes(bytes) => clean(bytes, &Limits::default()),
            Fetched::TooLarge => Err(Rejection::TooLarge),
            // Another worker may be done with it; if not, the next attempts tell.
            Fetched::Missing => return Err(WorkError::Conflict("original")),
        };
        match cleaned {
            Ok(cleaned) => Ok(Ok(self.keep(case.scope.clinic(), &photo.record, cleaned).await?)),
            Err(rejection) => Ok(Err(rejection)),
        }
    }

    async fn keep(
        &self,
        clinic: ClinicId,
        photo: &Photo,
        clean: CleanPhoto,
    ) -> Result<StoredPhoto, WorkError> {
        let (patient, intake) = (photo.patient, photo.intake);
        let key = PhotoKey { clinic, patient, intake, photo: photo.photo }.encode();
        let sha256 = sha256_hex(&clean.jpeg);
        let version = self.photos.store(&key, "image/jpeg", clean.jpeg).await?;
        Ok(StoredPhoto {
            key,
            version,
            sha256,
            width: clean.width,
            height: clean.height,
            picture: clean.quality,
        })
    }

    /// Records how it went. Of the good photos of a view the one that was asked for last counts.
    async fn conclude(
        &self,
        case: &Case<'_>,
        state: &'static str,
        photo_state: &PhotoState,
    ) -> Result<(), WorkError> {
        let Some(visit) = self.visit(case).await? else {
            // Destroyed while it was being cleaned: nothing leads to the clean file any more.
            if let PhotoState::Stored { file } = photo_state {
                self.photos.destroy_version(&file.key, &file.version).await?;
            }
            return Ok(());
        };
        let mine = matches!(&visit.photo.record.photo_state,
            PhotoState::Received { version } if *version == case.object.version);
        if !mine || visit.is_signed() {
            // Concluded by another worker, or too late for anything.
            return Ok(());
        }
        let good = matches!(photo_state, PhotoState::Stored { .. });
        let at = visit.photo.record.requested_at;
        let is_stored = |other: &Stored<Photo>| matches!(other.record.photo_state, PhotoState::Stored { .. });
        let later = visit.others.iter().any(|other| other.record.requested_at > at && is_stored(other));
        let concluded =
            Photo { photo_state: photo_state.clone(), replaced: later, ..visit.photo.record.clone() };
        let mut transaction = self.records.transaction(case.scope, &*self.setup.entropy).replace(
            Photo::TYPE,
            &visit.photo,
            &concluded,
        )?;
        for other in visit.others.iter().filter(|other| good && other.record.requested_at < at) {
            let replaced = Photo { replaced: true, ..other.record.clone() };
            transaction = transaction.replace("replaced", other, &replaced)?;
        }
        // Signed at this very moment, it changes nothing any more.
        if let Some(evaluation) = &visit.evaluation {
            transaction = transaction.require_unsigned(Evaluation::TYPE, &evaluation.record)?;
        }
        let _: Audited<()> = case.trail(state).commit(transaction).await?;
        match photo_state {
            PhotoState::Stored { .. } => case.job.count(Event::PhotoCleaned),
            PhotoState::Rejected { code } => case.job.count(Event::PhotoRejected(*code)),
            PhotoState::Awaited | PhotoState::Received { .. } => {}
        }
        Ok(())
    }
}

impl Case<'_> {
    fn trail(&self, state: &str) -> Trail {
        let Upload { intake, photo, .. } = self.upload;
        let resource = format!("intake={intake};state={state};photo={photo}");
        self.job.trail(self.scope.clinic(), self.upload.patient, resource)
    }

    /// Notes that something arrived that changes nothing, before it is destroyed.
    async fn note(&self, code: &str) -> Result<(), WorkError> {
        Ok(self.trail(code).note(Outcome::Refused { code: code.to_owned() }).await?)
    }
}

impl Visit {
    fn is_signed(&self) -> bool {
        self.evaluation.as_ref().is_some_and(|evaluation| evaluation.record.signature.is_some())
    }

    fn next(&self, version: &str) -> Next {
        match &self.photo.record.photo_state {
            PhotoState::Awaited if self.intake.status == IntakeStatus::Draft => Next::Pin,
            PhotoState::Awaited => Next::Nothing,
            PhotoState::Stored { .. } | PhotoState::Rejected { .. } => Next::Done,
            PhotoState::Received { version: pinned } if pinned == version => Next::Clean,
            PhotoState::Received { .. } => Next::Ignore,
        }
    }
}
