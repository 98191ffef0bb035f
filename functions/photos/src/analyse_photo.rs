//! Has a clean photo analysed and moderated, if patient and vendor registry allow it; if not, the record says why.

use crate::findings::{Findings, Shot};
use crate::object_event::{NewObject, new_objects};
use std::time::Duration;
use visage_domain::audit::{Outcome, Purpose};
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::evaluation::Evaluation;
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_domain::photo::{AnalysisState, Photo, PhotoState, SkipReason, StoredPhoto};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::vendor::{Vendor, VendorName};
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::StoreError;
use visage_store::directory::Directory;
use visage_store::faces::{Detection, FaceDetector, Moderated};
use visage_store::objects::{Bucket, PhotoKey};
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

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
        let findings = match self.refusal(&subject).await? {
            // Whoever isn't asked about a view without a face misses only its moderation.
            Some(_) if !shot.view.rules().detection => {
                Findings::unasked(shot, SkipReason::ViewHasNoFace, job.now)
            }
            Some(reason) => Findings::unasked(shot, reason, job.now),
            None => {
                // The entry first: what a vendor was shown must be known, also if nobody lives to tell how it went.
                let showing = format!("intake={};vendor=rekognition;photo={}", place.intake, place.photo);
                job.trail(place.clinic, place.patient, showing).note(Outcome::Granted).await?;
                let (faces, moderated) = self.ask(job, shot, object).await?;
                Findings::of(shot, faces, moderated, job.now)
            }
        };
        match self.record(job, &scope, place, &subject, &findings).await {
            // Somebody wrote to the evaluation meanwhile, or another worker was quicker: look again, once. The
            // vendor isn't asked again.
            Err(WorkError::Conflict(_)) => match self.subject(&scope, place, object).await? {
                Some(subject) => self.record(job, &scope, place, &subject, &findings).await,
                None => Ok(()),
            },
            outcome => outcome,
        }
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
                    return Ok(Some(Subjected { photo, file, consents, evaluation }));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Why the vendor may not be asked.
    async fn refusal(&self, subject: &Subjected) -> Result<Option<SkipReason>, WorkError> {
        if !holds(&subject.consents, ConsentPurpose::FaceAnalysis) {
            return Ok(Some(SkipReason::NoConsent));
        }
        let vendor = self.directory.vendor(VendorName::Rekognition).await?;
        let approved = vendor.as_ref().is_some_and(Vendor::may_see_phi);
        Ok((!approved).then_some(SkipReason::VendorNotApproved))
    }

    /// Asks the vendor both questions at once; for faces only where the view should show one.
    ///
    /// What is unavailable at the last attempt is given up, each question for itself.
    async fn ask(
        &self,
        job: &Job,
        shot: Shot<'_>,
        object: &NewObject,
    ) -> Result<(Option<Detection>, Moderated), WorkError> {
        let NewObject { bucket, key, version } = object;
        let faces = async {
            match shot.view.rules().detection {
                true => self.detector.detect(bucket, key, version).await.map(Some),
                false => Ok(None),
            }
        };
        let (faces, moderated) = tokio::join!(faces, self.detector.moderate(bucket, key, version));
        let gave_up = |error: &StoreError| {
            tracing::error!(%error, "a photo's analysis was given up");
            "unavailable".to_owned()
        };
        let faces = match faces {
            Err(error) if job.last_attempt => Some(Detection::Unusable(gave_up(&error))),
            faces => faces?,
        };
        let moderated = match moderated {
            Err(error) if job.last_attempt => Moderated::Unusable(gave_up(&error)),
            moderated => moderated?,
        };
        Ok((faces, moderated))
    }

    async fn record(
        &self,
        job: &Job,
        scope: &Key,
        place: PhotoKey,
        subject: &Subjected,
        findings: &Findings,
    ) -> Result<(), WorkError> {
        let key = self.records.get(scope, keys::patient_key(place.patient)).await?;
        let key = key.ok_or(WorkError::Poison("a patient without key"))?.record;
        let key = self.vault.unwrap_key(scope, &key.key, Subject::Patient(place.patient)).await?;
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
        job.count(findings.event());
        Ok(())
    }
}
