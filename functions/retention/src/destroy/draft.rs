//! Intakes that were never handed in.

use super::{Destroyer, count};
use visage_domain::consent::Consent;
use visage_domain::document::{Document, DocumentState};
use visage_domain::intake::{Intake, IntakeStatus};
use visage_domain::keys::PatientKey;
use visage_domain::photo::{Photo, PhotoState};
use visage_domain::purge::Reason;
use visage_domain::retention::Record;
use visage_platform::{Audited, WorkError};
use visage_store::objects::{Folder, incoming_key};
use visage_store::records::{Doomed, Stored, keys};

/// A transaction takes a hundred writes; two are the records of the step.
const AT_ONCE: usize = 90;

/// What there is of a draft.
struct Remains {
    photos: Vec<Stored<Photo>>,
    documents: Vec<Stored<Document>>,
    /// All else. The intake and its key come last: whatever a crash leaves, they still lead to it.
    others: Vec<Doomed>,
}

impl Destroyer<'_> {
    /// Destroys a draft: answers, photos and documents in all versions, the intake, and the patient's key if it sealed nothing else.
    ///
    /// The consents stay, as what was consented to was done. What they sealed can't be opened without the key.
    pub(crate) async fn draft(&self, draft: &Stored<Intake>) -> Result<(), WorkError> {
        if !self.is_due(draft.record.due_at()) {
            return Ok(());
        }
        if draft.record.status == IntakeStatus::Draft && !self.order.dry_run {
            self.close(draft).await?;
        }
        let remains = self.remains(&draft.record).await?;
        if !self.order.dry_run {
            self.objects(&draft.record, &remains).await?;
        }
        let whose = Some((draft.record.patient, draft.record.intake));
        for (step, photos) in remains.photos.chunks(AT_ONCE).enumerate() {
            let mut record = self.record(Reason::AbandonedDraft, whose, &format!("photos {step}"));
            let mut transaction = self.transaction();
            for photo in photos {
                transaction = transaction.delete(Photo::TYPE, photo)?;
                count(&mut record, Photo::TYPE);
                record.objects += u32::from(is_stored(&photo.record));
            }
            self.commit(transaction, &record).await?;
        }
        for (step, documents) in remains.documents.chunks(AT_ONCE).enumerate() {
            let mut record = self.record(Reason::AbandonedDraft, whose, &format!("documents {step}"));
            let mut transaction = self.transaction();
            for document in documents {
                transaction = transaction.delete(Document::TYPE, document)?;
                count(&mut record, Document::TYPE);
                let is_stored = matches!(document.record.document_state, DocumentState::Stored { .. });
                record.objects += u32::from(is_stored);
            }
            self.commit(transaction, &record).await?;
        }
        // Cut from the end, so that the last part has the intake and its key.
        for (step, others) in remains.others.rchunks(AT_ONCE).rev().enumerate() {
            let mut record = self.record(Reason::AbandonedDraft, whose, &format!("others {step}"));
            let mut transaction = self.transaction();
            for other in others {
                transaction = transaction.destroy(other)?;
                count(&mut record, &other.kind);
                record.key_destroyed |= other.kind == PatientKey::TYPE;
            }
            self.commit(transaction, &record).await?;
        }
        Ok(())
    }

    /// Ends it, so that nobody writes to what is being destroyed. Handed in at this moment, it is not destroyed.
    async fn close(&self, draft: &Stored<Intake>) -> Result<(), WorkError> {
        let Intake { patient, intake, .. } = draft.record;
        let closed = Intake { status: IntakeStatus::Abandoned, ..draft.record.clone() };
        let transaction = self.transaction().replace(Intake::TYPE, draft, &closed)?;
        let resource = format!("intake={intake};state=abandoned");
        let trail = self.job.trail(self.scope.clinic(), Some(patient), resource);
        let _: Audited<()> = trail.commit(transaction).await?;
        Ok(())
    }

    async fn remains(&self, draft: &Intake) -> Result<Remains, WorkError> {
        let mut chart = self.records.chart(self.scope, draft.patient).await?;
        let _: Vec<Stored<Consent>> = chart.take_all()?;
        let photos = chart.take_of_visit::<Photo>(draft.intake)?;
        let documents = chart.take_of_visit::<Document>(draft.intake)?;
        let key = chart.doom(&keys::patient_key(draft.patient))?;
        let mut others = chart.doom_visit(draft.intake)?;
        others.sort_by_key(|other| other.kind == Intake::TYPE);
        // The patient's other visits, and the patient as such, are sealed by the same key.
        others.extend(key.filter(|_| chart.is_empty()));
        Ok(Remains { photos, documents, others })
    }

    async fn objects(&self, draft: &Intake, remains: &Remains) -> Result<(), WorkError> {
        let (clinic, patient, intake) = (self.scope.clinic(), draft.patient, draft.intake);
        self.photos.destroy_folder(&Folder::photos(clinic, patient, intake)).await?;
        if !remains.documents.is_empty() {
            self.photos.destroy_folder(&Folder::documents(clinic, patient, intake)).await?;
        }
        // Originals are gone after a day at most; what an event never came for is looked for all the same.
        let photos = remains.photos.iter().map(|photo| photo.record.upload);
        for upload in photos.chain(remains.documents.iter().map(|document| document.record.upload)) {
            self.incoming.destroy(&incoming_key(clinic, upload)).await?;
        }
        Ok(())
    }
}

const fn is_stored(photo: &Photo) -> bool {
    matches!(photo.photo_state, PhotoState::Stored { .. })
}
