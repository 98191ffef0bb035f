//! Has a clean photo analysed and moderated, if patient and vendor registry allow it; if not, the record says why.

use crate::findings::{Findings, Shot, first_answer};
use crate::object_event::{NewObject, new_objects};
use jiff::Timestamp;
use std::time::Duration;
use visage_domain::audit::{Outcome, Purpose};
use visage_domain::clock::utc_day;
use visage_domain::consent::Consent;
use visage_domain::evaluation::Evaluation;
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_domain::photo::{AnalysisState, FaceAnalysis, Photo, PhotoState, SkipReason, StoredPhoto};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::vendor::{Clearance, NotCleared, Rekognition, VendorName, has_consent};
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::StoreError;
use visage_store::directory::Directory;
use visage_store::faces::{Detection, FaceDetector, Moderated};
use visage_store::objects::{Bucket, PhotoKey};
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::{DataKey, Subject, Vault};

type Key = Scope<permission::AnalysePhoto>;

/// The event may overtake the record that it is about by moments.
const PATIENCE: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
];

/// The worker.
pub struct AnalysePhoto {
    records: Records,
    directory: Directory,
    vault: Vault,
    detector: FaceDetector,
    photos: Bucket,
    setup: Setup,
}

/// A photo that waits for its analysis.
struct Subjected {
    photo: Stored<Photo>,
    file: StoredPhoto,
    /// What was answered before, if one question was and the other wasn't.
    earlier: Option<FaceAnalysis>,
    consents: Vec<Consent>,
    /// The evaluation, if the intake was handed in already.
    evaluation: Option<Stored<Evaluation>>,
}

impl Worker for AnalysePhoto {
    const INFO: WorkerInfo = WorkerInfo { name: "analyse_photo", purpose: Purpose::Treatment };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            directory: setup.directory()?,
            vault: setup.vault()?,
            detector: FaceDetector::new(&setup.aws),
            photos: setup.photos()?,
            setup: setup.clone(),
        })
    }

    async fn work(&self, job: Job) -> Result<(), WorkError> {
        for object in new_objects(&job.body)? {
            if object.bucket == self.photos.name() {
                self.analyse(&job, &object).await?;
            }
        }
        Ok(())
    }
}

impl AnalysePhoto {
    async fn analyse(&self, job: &Job, object: &NewObject) -> Result<(), WorkError> {
        let place = PhotoKey::decode(&object.key).ok_or(WorkError::Poison("a foreign key"))?;
        let scope: Key = job.scope_in(place.clinic)?;
        let Some(subject) = self.subject(&scope, place, object).await? else { return Ok(()) };
        let shot = Shot { view: subject.photo.record.view, file: &subject.file };
        let (findings, unanswered) = match self.cleared(&scope, &subject, job.now).await? {
            // Whoever isn't asked about a view without a face misses only its moderation.
            Err(_) if !shot.view.rules().detection => {
                (Findings::unasked(shot, SkipReason::ViewHasNoFace, job.now), None)
            }
            Err(reason) => (Findings::unasked(shot, reason, job.now), None),
            Ok(cleared) => {
                // The entry first: what a vendor was shown must be known, also if nobody lives to tell how it went.
                let showing = format!("intake={};vendor=rekognition;photo={}", place.intake, place.photo);
                job.trail(place.clinic, place.patient, showing).note(Outcome::Granted).await?;
                self.ask(job, &cleared, shot, &subject, object).await?
            }
        };
        let recorded = match self.record(job, &scope, place, &subject, &findings).await {
            // Somebody wrote to the evaluation meanwhile, or another worker was quicker: look again, once. The
            // vendor isn't asked again.
            Err(WorkError::Conflict(_)) => match self.subject(&scope, place, object).await? {
                Some(subject) => self.record(job, &scope, place, &subject, &findings).await,
                None => Ok(()),
            },
            outcome => outcome,
        };
        // One question was answered and is on record; the queue brings the message again for the other.
        recorded.and(unanswered.map_or(Ok(()), |error| Err(error.into())))
    }

    /// The photo that this version belongs to, if it still waits.
    async fn subject(
        &self,
        scope: &Key,
        place: PhotoKey,
        object: &NewObject,
    ) -> Result<Option<Subjected>, WorkError> {
        for pause in PATIENCE.map(Some).into_iter().chain([None]) {
            let mut visit = self.records.visit(scope, place.patient, place.intake).await?;
            let photos = visit.take_all::<Photo>()?;
            let evaluation = visit.take::<Evaluation>()?;
            if evaluation.as_ref().is_some_and(|evaluation| evaluation.record.signature.is_some()) {
                // Signed: nothing changes any more.
                return Ok(None);
            }
            let Some(photo) = photos.into_iter().find(|photo| photo.record.photo == place.photo) else {
                return Ok(None);
            };
            match &photo.record.photo_state {
                PhotoState::Received { .. } => match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(WorkError::Conflict("photo")),
                },
                PhotoState::Stored { file }
                    if file.version == object.version
                        && photo.record.analysis == AnalysisState::Pending
                        && !photo.record.replaced =>
                {
                    let consents =
                        visit.take_all::<Consent>()?.into_iter().map(|consent| consent.record).collect();
                    let file = file.clone();
                    let earlier = match photo.is_sealed() {
                        true => photo.open(&self.patient_key(scope, place).await?)?,
                        false => None,
                    };
                    return Ok(Some(Subjected { photo, file, earlier, consents, evaluation }));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Leave to ask the vendor, or why there is none.
    async fn cleared(
        &self,
        scope: &Key,
        subject: &Subjected,
        now: Timestamp,
    ) -> Result<Result<Clearance<Rekognition>, SkipReason>, WorkError> {
        // Nothing has to be read, or to be there, to refuse what the patient refused.
        if !has_consent::<Rekognition>(&subject.consents) {
            return Ok(Err(SkipReason::NoConsent));
        }
        let (vendor, clinic) = tokio::join!(
            self.directory.vendor(VendorName::Rekognition),
            self.records.get(scope, keys::clinic())
        );
        let clinic = clinic?.ok_or(WorkError::Poison("no clinic"))?.record;
        Ok(match Clearance::of(vendor?.as_ref(), &subject.consents, utc_day(now)) {
            Err(NotCleared::NoConsent) => Err(SkipReason::NoConsent),
            Err(NotCleared::Vendor) => Err(SkipReason::VendorNotApproved),
            Ok(_) if !clinic.admits_work(now) => Err(SkipReason::ClinicClosed),
            Ok(cleared) => Ok(cleared),
        })
    }

    /// Asks the vendor both questions at once, each unless it was answered before; for faces only where the view should
    /// show one. Where one question is answered and the other may still be, that is told beside what to keep.
    ///
    /// What is unavailable at the last attempt is given up, each question for itself.
    async fn ask(
        &self,
        job: &Job,
        cleared: &Clearance<Rekognition>,
        shot: Shot<'_>,
        subject: &Subjected,
        object: &NewObject,
    ) -> Result<(Findings, Option<StoreError>), StoreError> {
        let NewObject { bucket, key, version } = object;
        let earlier = subject.earlier.as_ref();
        let faces = async {
            match earlier.filter(|earlier| earlier.model.is_some()) {
                _ if !shot.view.rules().detection => Ok(None),
                Some(earlier) => Ok(Some(Detection::Faces(earlier.faces.clone()))),
                None => self.detector.detect(cleared, bucket, key, version).await.map(Some),
            }
        };
        let moderated = async {
            match earlier.and_then(|earlier| earlier.moderation.clone()) {
                Some(moderation) => Ok(Moderated::Answer(moderation)),
                None => self.detector.moderate(cleared, bucket, key, version).await,
            }
        };
        let gave_up = |error: &StoreError| {
            tracing::error!(%error, "a photo's analysis was given up");
            "unavailable".to_owned()
        };
        let (faces, moderated) = match tokio::join!(faces, moderated) {
            (Err(error), moderated) if job.last_attempt => {
                (Ok(Some(Detection::Unusable(gave_up(&error)))), moderated)
            }
            answers => answers,
        };
        let moderated = match moderated {
            Err(error) if job.last_attempt => Ok(Moderated::Unusable(gave_up(&error))),
            moderated => moderated,
        };
        match (faces, moderated) {
            (Ok(faces), Ok(moderated)) => Ok((Findings::of(shot, faces, moderated, job.now), None)),
            (Ok(Some(Detection::Faces(faces))), Err(error)) => {
                Ok((first_answer(shot, Some(faces), None, job.now), Some(error)))
            }
            (Err(error), Ok(Moderated::Answer(moderation))) => {
                Ok((first_answer(shot, None, Some(moderation), job.now), Some(error)))
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    async fn patient_key(&self, scope: &Key, place: PhotoKey) -> Result<DataKey, WorkError> {
        let key = self.records.get(scope, keys::patient_key(place.patient)).await?;
        let key = key.ok_or(WorkError::Poison("a patient without key"))?.record;
        Ok(self.vault.unwrap_key(scope, &key.key, Subject::Patient(place.patient)).await?)
    }

    async fn record(
        &self,
        job: &Job,
        scope: &Key,
        place: PhotoKey,
        subject: &Subjected,
        findings: &Findings,
    ) -> Result<(), WorkError> {
        let key = self.patient_key(scope, place).await?;
        let Findings { state, analysis, sensitive } = findings;
        let resource = format!("intake={};analysis={};photo={}", place.intake, state.code(), place.photo);
        let analysed =
            Photo { analysis: state.clone(), sensitive: *sensitive, ..subject.photo.record.clone() };
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy).replace_sealed(
            Photo::TYPE,
            &subject.photo,
            &analysed,
            analysis,
            &key,
        )?;
        if let Some(evaluation) = &subject.evaluation {
            transaction = transaction.require_unsigned(Evaluation::TYPE, &evaluation.record)?;
        }
        let clinic: ClinicId = scope.clinic();
        let _: Audited<()> = job.trail(clinic, place.patient, resource).commit(transaction).await?;
        if let Some(event) = findings.event() {
            job.count(event);
        }
        Ok(())
    }
}
