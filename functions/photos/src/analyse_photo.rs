//! Has a clean photo analysed, if patient and vendor registry allow it; if not, the record says why.

use crate::object_event::{NewObject, new_objects};
use jiff::Timestamp;
use std::time::Duration;
use visage_domain::audit::{Outcome, Purpose};
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::evaluation::Evaluation;
use visage_domain::face::{ErrorModel, FaceObservation, PixelSize, View, assess, measure};
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_domain::photo::{AnalysisState, FaceAnalysis, Photo, PhotoState, SkipReason, StoredPhoto};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::vendor::{Vendor, VendorName};
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::directory::Directory;
use visage_store::faces::{Detection, FaceDetector};
use visage_store::objects::{Bucket, PhotoKey};
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

type Key = Scope<permission::AnalysePhoto>;

/// The service and the version of its API; Rekognition doesn't say which of its models answered.
const MODEL: &str = "Amazon Rekognition DetectFaces 2016-06-27";
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
        let (state, analysis) = match self.skip_reason(&subject).await? {
            Some(reason) => skip(&subject, reason, job.now),
            None => {
                // The entry first: what a vendor was shown must be known, also if nobody lives to tell how it went.
                let showing = format!("intake={};vendor=rekognition;photo={}", place.intake, place.photo);
                job.trail(place.clinic, place.patient, showing).note(Outcome::Granted).await?;
                match self.detect(&subject, object, job.now).await {
                    Err(WorkError::Store(error)) if job.last_attempt => {
                        tracing::error!(%error, "a photo's analysis was given up");
                        (AnalysisState::Failed { code: "unavailable".into() }, None)
                    }
                    detected => detected?,
                }
            }
        };
        match self.record(job, &scope, place, &subject, &state, &analysis).await {
            // Somebody wrote to the evaluation meanwhile, or another worker was quicker: look again, once. The
            // vendor isn't asked again.
            Err(WorkError::Conflict(_)) => match self.subject(&scope, place, object).await? {
                Some(subject) => self.record(job, &scope, place, &subject, &state, &analysis).await,
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

    async fn skip_reason(&self, subject: &Subjected) -> Result<Option<SkipReason>, WorkError> {
        if !shows_a_face(subject.photo.record.view) {
            return Ok(Some(SkipReason::ViewHasNoFace));
        }
        if !holds(&subject.consents, ConsentPurpose::FaceAnalysis) {
            return Ok(Some(SkipReason::NoConsent));
        }
        let vendor = self.directory.vendor(VendorName::Rekognition).await?;
        let approved = vendor.as_ref().is_some_and(Vendor::may_see_phi);
        Ok((!approved).then_some(SkipReason::VendorNotApproved))
    }

    async fn detect(
        &self,
        subject: &Subjected,
        object: &NewObject,
        now: Timestamp,
    ) -> Result<(AnalysisState, Option<FaceAnalysis>), WorkError> {
        match self.detector.detect(&object.bucket, &object.key, &object.version).await? {
            Detection::Unusable(code) => Ok((AnalysisState::Failed { code }, None)),
            Detection::Faces(faces) => {
                let analysis = found(subject, faces, now);
                Ok((AnalysisState::Done { at: now }, Some(analysis)))
            }
        }
    }

    async fn record(
        &self,
        job: &Job,
        scope: &Key,
        place: PhotoKey,
        subject: &Subjected,
        state: &AnalysisState,
        analysis: &Option<FaceAnalysis>,
    ) -> Result<(), WorkError> {
        let key = self.records.get(scope, keys::patient_key(place.patient)).await?;
        let key = key.ok_or(WorkError::Poison("a patient without key"))?.record;
        let key = self.vault.unwrap_key(scope, &key.key, Subject::Patient(place.patient)).await?;
        let resource = format!("intake={};analysis={};photo={}", place.intake, state.code(), place.photo);
        let analysed = Photo { analysis: state.clone(), ..subject.photo.record.clone() };
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy).replace_sealed(
            Photo::TYPE,
            &subject.photo,
            &analysed,
            analysis,
            &key,
        )?;
        if let Some(evaluation) = &subject.evaluation {
            transaction = transaction.require(Evaluation::TYPE, evaluation)?;
        }
        let clinic: ClinicId = scope.clinic();
        let _: Audited<()> = job.trail(clinic, place.patient, resource).commit(transaction).await?;
        Ok(())
    }
}

/// Whether a detector of faces has anything to find in a view. Profiles are beyond its range.
const fn shows_a_face(view: View) -> bool {
    matches!(view, View::Frontal | View::ObliqueLeft45 | View::ObliqueRight45)
}

fn skip(subject: &Subjected, reason: SkipReason, now: Timestamp) -> (AnalysisState, Option<FaceAnalysis>) {
    // Light and sharpness are judged from our own pixels: no vendor sees them, and no geometry is taken.
    let assessment = assess(subject.photo.record.view, &[], Some(subject.file.picture));
    let own = (reason == SkipReason::ViewHasNoFace).then_some(FaceAnalysis {
        model: None,
        analysed_at: now,
        faces: Vec::new(),
        assessment,
        measures: None,
    });
    (AnalysisState::Skipped { reason }, own)
}

fn found(subject: &Subjected, faces: Vec<FaceObservation>, now: Timestamp) -> FaceAnalysis {
    let (view, file) = (subject.photo.record.view, &subject.file);
    let size = PixelSize { width: file.width, height: file.height };
    let measures = (view == View::Frontal).then(|| measure(view, &faces, size, MODEL, ErrorModel::default()));
    FaceAnalysis {
        model: Some(MODEL.to_owned()),
        analysed_at: now,
        assessment: assess(view, &faces, Some(file.picture)),
        measures,
        faces,
    }
}
