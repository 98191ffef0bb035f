//! Takes in an original: checks it, cleans it, keeps the clean file, and destroys the original.
//!
//! What counts is the upload on record, not the object's key. Its first version is pinned by a conditional write; a
//! later one, or one that comes after the intake was handed in, is destroyed and changes nothing. Killed anywhere, the
//! message comes again and finds how far it got.

use crate::clean::{CleanPhoto, Limits, Rejection, clean};
use crate::object_event::{NewObject, new_objects};
use visage_domain::audit::Purpose;
use visage_domain::ids::ClinicId;
use visage_domain::intake::{Intake, IntakeStatus};
use visage_domain::permission;
use visage_domain::photo::{Photo, PhotoState, StoredPhoto, UPLOAD_MAX_BYTES, Upload};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::objects::{Bucket, Fetched, PhotoKey, parse_incoming_key};
use visage_store::records::{Found, Records, Stored, keys};
use visage_store::vault::sha256_hex;

type Key = Scope<permission::ReceivePhoto>;

/// The worker.
pub struct ReceivePhoto {
    records: Records,
    incoming: Bucket,
    photos: Bucket,
    setup: Setup,
}

/// What an upload's photo asks for.
enum Next {
    /// Nothing any more.
    Nothing,
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
        let upload = upload.record;
        let mut visit = self.records.visit(&scope, upload.patient, upload.intake).await?;
        let (intake, photo, others) = read(&mut visit, &upload)?;
        match next(&intake.record, &photo.record, &object.version) {
            Next::Nothing => Ok(self.incoming.destroy(&object.key).await?),
            Next::Ignore => Ok(self.incoming.destroy_version(&object.key, &object.version).await?),
            Next::Pin => {
                let photo = self.pin(job, &scope, &intake, photo, &object.version).await?;
                self.finish(job, &scope, photo, &others, object).await
            }
            Next::Clean => self.finish(job, &scope, photo, &others, object).await,
        }
    }

    /// Makes this version the one that counts, if the intake is still being filled in.
    async fn pin(
        &self,
        job: &Job,
        scope: &Key,
        intake: &Stored<Intake>,
        photo: Stored<Photo>,
        version: &str,
    ) -> Result<Stored<Photo>, WorkError> {
        let record = &photo.record;
        let photo_state = PhotoState::Received { version: version.to_owned() };
        let pinned = Photo { photo_state, ..record.clone() };
        let transaction = self
            .records
            .transaction(scope, &*self.setup.entropy)
            .require(Intake::TYPE, intake)?
            .replace(Photo::TYPE, &photo, &pinned)?;
        let _: Audited<()> = job.trail(scope.clinic(), record.patient, resource(record)).commit(transaction).await?;
        let key = keys::photo(record.patient, record.intake, record.photo);
        self.records.get(scope, key).await?.ok_or(WorkError::Conflict("photo"))
    }

    async fn finish(
        &self,
        job: &Job,
        scope: &Key,
        photo: Stored<Photo>,
        others: &[Stored<Photo>],
        object: &NewObject,
    ) -> Result<(), WorkError> {
        let original = self.incoming.fetch(&object.key, &object.version, UPLOAD_MAX_BYTES).await?;
        let cleaned = match &original {
            Fetched::Bytes(bytes) => clean(bytes, &Limits::default()),
            Fetched::TooLarge => Err(Rejection::TooLarge),
            // Gone after it was pinned: only we destroy, and only after we have said so.
            Fetched::Missing => return Err(WorkError::Conflict("original")),
        };
        let photo_state = match cleaned {
            Ok(cleaned) => {
                PhotoState::Stored { file: self.keep(scope.clinic(), &photo.record, cleaned).await? }
            }
            Err(rejection) => PhotoState::Rejected { code: rejection.code().to_owned() },
        };
        self.conclude(job, scope, &photo, others, photo_state).await?;
        Ok(self.incoming.destroy(&object.key).await?)
    }

    async fn keep(&self, clinic: ClinicId, photo: &Photo, clean: CleanPhoto) -> Result<StoredPhoto, WorkError> {
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

    /// Records how it went. A good photo takes the place of those of its view that came before.
    async fn conclude(
        &self,
        job: &Job,
        scope: &Key,
        photo: &Stored<Photo>,
        others: &[Stored<Photo>],
        photo_state: PhotoState,
    ) -> Result<(), WorkError> {
        let good = matches!(photo_state, PhotoState::Stored { .. });
        let concluded = Photo { photo_state, ..photo.record.clone() };
        let mut transaction = self
            .records
            .transaction(scope, &*self.setup.entropy)
            .replace(Photo::TYPE, photo, &concluded)?;
        for other in others.iter().filter(|_| good) {
            let replaced = Photo { replaced: true, ..other.record.clone() };
            transaction = transaction.replace("replaced", other, &replaced)?;
        }
        let trail = job.trail(scope.clinic(), concluded.patient, resource(&concluded));
        let _: Audited<()> = trail.commit(transaction).await?;
        Ok(())
    }
}

/// The upload's intake and photo, and the photos of the same view that came before.
fn read(
    visit: &mut Found,
    upload: &Upload,
) -> Result<(Stored<Intake>, Stored<Photo>, Vec<Stored<Photo>>), WorkError> {
    let intake = visit.take::<Intake>()?.ok_or(WorkError::Poison("an upload without intake"))?;
    let mut photos = visit.take_all::<Photo>()?;
    let place = photos.iter().position(|photo| photo.record.photo == upload.photo);
    let photo = photos.swap_remove(place.ok_or(WorkError::Poison("an upload without photo"))?);
    let earlier = |other: &Stored<Photo>| {
        other.record.view == photo.record.view
            && other.record.requested_at < photo.record.requested_at
            && other.record.counts_for_view()
    };
    photos.retain(earlier);
    Ok((intake, photo, photos))
}

fn next(intake: &Intake, photo: &Photo, version: &str) -> Next {
    match &photo.photo_state {
        PhotoState::Awaited if intake.status == IntakeStatus::Draft => Next::Pin,
        PhotoState::Awaited | PhotoState::Stored { .. } | PhotoState::Rejected { .. } => Next::Nothing,
        PhotoState::Received { version: pinned } if pinned == version => Next::Clean,
        PhotoState::Received { .. } => Next::Ignore,
    }
}

fn resource(photo: &Photo) -> String {
    format!("intake={};photo={}", photo.intake, photo.photo)
}
