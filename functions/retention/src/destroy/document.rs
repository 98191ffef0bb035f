//! Documents that can't be used, or that no answer names.

use super::{Destroyer, count};
use visage_domain::document::{Document, DocumentState};
use visage_domain::purge::Reason;
use visage_domain::retention::Record;
use visage_platform::WorkError;
use visage_store::objects::{DocumentKey, incoming_key};
use visage_store::records::Stored;

impl Destroyer<'_> {
    /// Destroys the clean file and what may be left of the original, then the record.
    pub(crate) async fn document(&self, document: &Stored<Document>) -> Result<(), WorkError> {
        let Document { patient, intake, document: id, upload, .. } = document.record;
        if !self.is_due(document.record.due_at()) {
            return Ok(());
        }
        let clinic = self.scope.clinic();
        if !self.order.dry_run {
            let clean = DocumentKey { clinic, patient, intake, document: id }.encode();
            let original = incoming_key(clinic, upload);
            let (clean, original) =
                tokio::join!(self.photos.destroy(&clean), self.incoming.destroy(&original));
            clean.and(original)?;
        }
        let mut record = self.record(Reason::DiscardedDocument, Some((patient, intake)), &id.to_string());
        count(&mut record, Document::TYPE);
        record.objects = u32::from(matches!(document.record.document_state, DocumentState::Stored { .. }));
        self.commit(self.transaction().delete(Document::TYPE, document)?, &record).await
    }
}
