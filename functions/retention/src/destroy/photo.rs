//! Photos that don't count.

use super::{Destroyer, count};
use visage_domain::photo::{Photo, PhotoState};
use visage_domain::purge::Reason;
use visage_domain::retention::Record;
use visage_platform::WorkError;
use visage_store::objects::{PhotoKey, incoming_key};
use visage_store::records::Stored;

impl Destroyer<'_> {
    /// Destroys the clean file and what may be left of the original, then the record with what was found out about it.
    pub(crate) async fn photo(&self, photo: &Stored<Photo>) -> Result<(), WorkError> {
        let Photo { patient, intake, photo: id, upload, .. } = photo.record;
        if !self.is_due(photo.record.due_at()) {
            return Ok(());
        }
        let clinic = self.scope.clinic();
        if !self.order.dry_run {
            let clean = PhotoKey { clinic, patient, intake, photo: id }.encode();
            let original = incoming_key(clinic, upload);
            let (clean, original) =
                tokio::join!(self.photos.destroy(&clean), self.incoming.destroy(&original));
            clean.and(original)?;
        }
        let mut record = self.record(Reason::DiscardedPhoto, Some((patient, intake)), &id.to_string());
        count(&mut record, Photo::TYPE);
        record.objects = u32::from(matches!(photo.record.photo_state, PhotoState::Stored { .. }));
        self.commit(self.transaction().delete(Photo::TYPE, photo)?, &record).await
    }
}
