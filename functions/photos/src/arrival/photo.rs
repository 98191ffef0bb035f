//! A photo arrives: kept as JPEG; the one of its view that was asked for last counts.

use super::{Arrival, Beside, Clean, Stage, Writes};
use crate::apart::PhotoFacts;
use crate::clean::Rejection;
use visage_domain::channel::ConfirmedChannel;
use visage_domain::ids::ClinicId;
use visage_domain::outbox::OutboxItem;
use visage_domain::photo::{Photo, PhotoState, StoredPhoto, UploadKind, Uploaded};
use visage_domain::retake::Retake;
use visage_domain::retention::Record;
use visage_platform::{Event, WorkError};
use visage_store::objects::PhotoKey;
use visage_store::records::Stored;
use visage_store::vault::sha256_hex;

impl Arrival for Photo {
    const KIND: UploadKind = UploadKind::Photo;
    type Facts = PhotoFacts;
    type File = StoredPhoto;

    fn is(&self, file: Uploaded) -> bool {
        file == Uploaded::Photo(self.photo)
    }

    fn stage(&self) -> Stage<'_> {
        match &self.photo_state {
            PhotoState::Awaited => Stage::Awaited,
            PhotoState::Received { version } => Stage::Received(version),
            PhotoState::Stored { .. } | PhotoState::Rejected { .. } => Stage::Over,
        }
    }

    fn is_taken_again(&self) -> bool {
        self.retake.is_some()
    }

    fn pinned(&self, version: String) -> Self {
        Self { photo_state: PhotoState::Received { version }, ..self.clone() }
    }

    fn kept(&self, clinic: ClinicId, facts: PhotoFacts, bytes: Vec<u8>) -> Clean<StoredPhoto> {
        let PhotoFacts { width, height, picture } = facts;
        let (patient, intake) = (self.patient, self.intake);
        let key = PhotoKey { clinic, patient, intake, photo: self.photo }.encode();
        let file = StoredPhoto {
            key: key.clone(),
            version: String::new(),
            sha256: sha256_hex(&bytes),
            width,
            height,
            picture,
        };
        Clean { key, media_type: "image/jpeg", bytes, file }
    }

    fn stored(file: StoredPhoto, version: String) -> StoredPhoto {
        StoredPhoto { version, ..file }
    }

    fn place(file: &StoredPhoto) -> (&str, &str) {
        (&file.key, &file.version)
    }

    fn event(outcome: &Result<StoredPhoto, Rejection>) -> Event {
        match outcome {
            Ok(_) => Event::PhotoCleaned,
            Err(code) => Event::PhotoRejected(*code),
        }
    }

    fn concluded<'t>(
        &self,
        outcome: &Result<StoredPhoto, Rejection>,
        mut beside: Beside<'_, Self>,
        mut writes: Writes<'t>,
    ) -> Result<(Self, Writes<'t>), WorkError> {
        let counts = |other: &Self| other.view == self.view && other.counts_for_view();
        beside.others.retain(|other| counts(&other.record));
        let others = &beside.others;
        let at = self.requested_at;
        match outcome {
            Ok(file) => {
                let is_stored =
                    |other: &Stored<Self>| matches!(other.record.photo_state, PhotoState::Stored { .. });
                let replaced = others.iter().any(|it| it.record.requested_at > at && is_stored(it));
                for other in others.iter().filter(|other| other.record.requested_at < at) {
                    let replaced = Self { replaced: true, ..other.record.clone() };
                    writes = writes.replace("replaced", other, &replaced)?;
                }
                let photo_state = PhotoState::Stored { file: file.clone() };
                Ok((Self { photo_state, replaced, ..self.clone() }, writes))
            }
            Err(code) => {
                let rejected = Self { photo_state: PhotoState::Rejected { code: *code }, ..self.clone() };
                if others.is_empty() && self.retake.is_none() && beside.is_being_evaluated() {
                    writes = ask_again(&rejected, &mut beside, writes)?;
                }
                Ok((rejected, writes))
            }
        }
    }
}

/// The intake was handed in on the strength of a photo that can't be used, and its view has no other: the patient is
/// asked for one, unless somebody asked already.
fn ask_again<'t>(
    rejected: &Photo,
    beside: &mut Beside<'_, Photo>,
    writes: Writes<'t>,
) -> Result<Writes<'t>, WorkError> {
    if beside.take::<Retake>()?.iter().any(|asked| asked.view == rejected.view) {
        return Ok(writes);
    }
    let confirmed = beside.take::<ConfirmedChannel>()?;
    let (retake, notice) = Retake::following(rejected, &confirmed, beside.entropy, beside.now);
    let writes = writes.create_unsealed(Retake::TYPE, &retake)?;
    Ok(writes.create(OutboxItem::TYPE, &notice)?)
}
