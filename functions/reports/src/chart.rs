//! What a report is rendered from.

use crate::content::{Addition, Shown, Source};
use crate::picture::{MeasuredFace, for_report, measured_face};
use crate::render_report::Key;
use visage_domain::clinic::Clinic;
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::evaluation::{Addendum, Assessment, Evaluation, Signature};
use visage_domain::face::{MeasureSet, View};
use visage_domain::ids::ReportId;
use visage_domain::intake::Intake;
use visage_domain::keys::PatientKey;
use visage_domain::language::Language;
use visage_domain::outbox::OutboxMessage;
use visage_domain::patient::{Identity, Patient};
use visage_domain::photo::{AnalysisState, FaceAnalysis, Photo, PhotoState};
use visage_domain::staff::StaffDetails;
use visage_platform::WorkError;
use visage_store::StoreError;
use visage_store::objects::{Bucket, Fetched};
use visage_store::records::{Found, Records, Stored, keys};
use visage_store::vault::{DataKey, Subject, Vault};

/// The largest clean photo, in bytes.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// Everything that a report says, and what its notices need.
pub(crate) struct Chart {
    pub(crate) identity: Identity,
    pub(crate) sms: bool,
    clinic: Clinic,
    language: Language,
    provider: StaffDetails,
    assessment: Assessment,
    signature: Signature,
    addenda: Vec<Addition>,
    photos: Vec<Shown>,
    measures: Option<MeasureSet>,
    face: Option<MeasuredFace>,
}

impl Chart {
    /// Reads it; `visit` is what was read of the visit already.
    pub(crate) async fn read(
        records: &Records,
        vault: &Vault,
        bucket: &Bucket,
        scope: &Key,
        message: &OutboxMessage,
        mut visit: Found,
    ) -> Result<Self, WorkError> {
        let evaluation = visit.take::<Evaluation>()?.ok_or(WorkError::Poison("no evaluation"))?;
        let intake = visit.take::<Intake>()?.ok_or(WorkError::Poison("no intake"))?.record;
        let signature = evaluation.record.signature.clone().ok_or(WorkError::Poison("not signed"))?;
        let patients = [message.patient];
        let (clinic, signer, patient) = tokio::join!(
            records.get(scope, keys::clinic()),
            records.get(scope, keys::staff(signature.signed_by)),
            records.patients_with_keys(scope, &patients)
        );
        let clinic = clinic?.ok_or(WorkError::Poison("no clinic"))?.record;
        let signer = signer?.ok_or(WorkError::Poison("no signer"))?;
        let mut found = patient?;
        let wrapped = found.take::<PatientKey>()?.ok_or(WorkError::Poison("no key"))?.record;
        let patient = found.take::<Patient>()?.ok_or(WorkError::Poison("no patient"))?;
        let key = vault.unwrap_key(scope, &wrapped.key, Subject::Patient(message.patient)).await?;
        let clinic_key = vault.unwrap_key(scope, &clinic.key, Subject::Clinic).await?;
        let consents: Vec<_> = visit.take_all::<Consent>()?.into_iter().map(|stored| stored.record).collect();
        let taken: Vec<Stored<Photo>> = visit.take_all()?;
        let analysis = frontal_analysis(&taken, &key)?;
        let (photos, face) = included(bucket, &taken, &signature, analysis.as_ref()).await?;
        Ok(Self {
            identity: patient.open(&key)?,
            sms: holds(&consents, ConsentPurpose::Sms),
            clinic,
            language: Language::of_tag(&intake.language),
            provider: signer.open(&clinic_key)?,
            assessment: evaluation.open(&key)?,
            signature,
            addenda: additions(records, scope, visit.take_all()?, &key, &clinic_key).await?,
            photos,
            measures: analysis.and_then(|analysis| analysis.measures),
            face,
        })
    }

    /// What the report with this id and number is worded from.
    pub(crate) fn source(&self, report: ReportId, number: u32) -> Source<'_> {
        Source {
            clinic: &self.clinic,
            language: self.language,
            identity: &self.identity,
            report,
            number,
            provider: &self.provider,
            assessment: &self.assessment,
            signature: &self.signature,
            addenda: &self.addenda,
            photos: &self.photos,
            measures: self.measures.as_ref(),
            face: self.face.as_ref(),
        }
    }
}

/// What was added after the signature, in order, with the names of those who did.
async fn additions(
    records: &Records,
    scope: &Key,
    addenda: Vec<Stored<Addendum>>,
    key: &DataKey,
    clinic_key: &DataKey,
) -> Result<Vec<Addition>, WorkError> {
    if addenda.is_empty() {
        return Ok(Vec::new());
    }
    let authors = addenda.iter().map(|addendum| keys::staff(addendum.record.signed_by));
    let authors = records.get_each(scope, authors).await?;
    let mut additions = Vec::with_capacity(addenda.len());
    for addendum in &addenda {
        let by = authors.iter().find(|author| author.record.staff == addendum.record.signed_by);
        additions.push(Addition {
            text: addendum.open(key)?.text.expose().clone(),
            by: by.ok_or(WorkError::Poison("no author of an addendum"))?.open(clinic_key)?,
            at: addendum.record.signed_at,
        });
    }
    Ok(additions)
}

/// What was found on the frontal photo that counts.
fn frontal_analysis(photos: &[Stored<Photo>], key: &DataKey) -> Result<Option<FaceAnalysis>, StoreError> {
    let frontal = photos.iter().find(|photo| {
        photo.record.view == View::Frontal
            && photo.record.counts_for_view()
            && matches!(photo.record.analysis, AnalysisState::Done { .. })
    });
    Ok(frontal.map(|photo| photo.open(key)).transpose()?.flatten())
}

/// The photos that were chosen at the signature, and of the frontal one the face to draw on.
async fn included(
    bucket: &Bucket,
    taken: &[Stored<Photo>],
    signature: &Signature,
    analysis: Option<&FaceAnalysis>,
) -> Result<(Vec<Shown>, Option<MeasuredFace>), WorkError> {
    let (mut shown, mut face) = (Vec::new(), None);
    for photo in &signature.report_photos {
        let photo = taken.iter().find(|it| it.record.photo == *photo);
        let photo = &photo.ok_or(WorkError::Poison("no such photo"))?.record;
        let PhotoState::Stored { file } = &photo.photo_state else {
            return Err(WorkError::Poison("no clean photo"));
        };
        let Fetched::Bytes(jpeg) = bucket.fetch(&file.key, &file.version, MOST_BYTES).await? else {
            return Err(WorkError::Poison("no file of a photo"));
        };
        if let (View::Frontal, Some([one])) = (photo.view, analysis.map(|it| it.faces.as_slice())) {
            face = measured_face(&jpeg, one);
        }
        let jpeg = for_report(&jpeg).ok_or(WorkError::Poison("a photo that can't be read"))?;
        shown.push(Shown { jpeg, view: photo.view, taken_in: photo.requested_at });
    }
    Ok((shown, face))
}
