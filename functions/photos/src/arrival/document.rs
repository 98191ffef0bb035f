//! A document arrives: kept as what it is, without what could act or tell more than it shows.

use super::{Arrival, Beside, Clean, Stage, Writes};
use crate::apart::DocumentFacts;
use crate::clean::Rejection;
use visage_domain::document::{Document, DocumentState, StoredDocument};
use visage_domain::ids::ClinicId;
use visage_domain::photo::{UploadKind, Uploaded};
use visage_platform::{Event, WorkError};
use visage_store::objects::DocumentKey;
use visage_store::vault::sha256_hex;

impl Arrival for Document {
    const KIND: UploadKind = UploadKind::Document;
    type Facts = DocumentFacts;
    type File = StoredDocument;

    fn is(&self, file: Uploaded) -> bool {
        file == Uploaded::Document(self.document)
    }

    fn stage(&self) -> Stage<'_> {
        match &self.document_state {
            DocumentState::Awaited => Stage::Awaited,
            DocumentState::Received { version } => Stage::Received(version),
            DocumentState::Stored { .. } | DocumentState::Rejected { .. } => Stage::Over,
        }
    }

    fn is_taken_again(&self) -> bool {
        false
    }

    fn pinned(&self, version: String) -> Self {
        Self { document_state: DocumentState::Received { version }, ..self.clone() }
    }

    fn kept(&self, clinic: ClinicId, facts: DocumentFacts, bytes: Vec<u8>) -> Clean<StoredDocument> {
        let kind = facts.kind;
        let (patient, intake) = (self.patient, self.intake);
        let key = DocumentKey { clinic, patient, intake, document: self.document }.encode();
        let file = StoredDocument {
            key: key.clone(),
            version: String::new(),
            sha256: sha256_hex(&bytes),
            kind,
            length: bytes.len() as u64,
        };
        Clean { key, media_type: kind.media_type(), bytes, file }
    }

    fn stored(file: StoredDocument, version: String) -> StoredDocument {
        StoredDocument { version, ..file }
    }

    fn place(file: &StoredDocument) -> (&str, &str) {
        (&file.key, &file.version)
    }

    fn event(outcome: &Result<StoredDocument, Rejection>) -> Event {
        match outcome {
            Ok(_) => Event::DocumentCleaned,
            Err(code) => Event::DocumentRejected(*code),
        }
    }

    fn concluded<'t>(
        &self,
        outcome: &Result<StoredDocument, Rejection>,
        _: Beside<'_, Self>,
        writes: Writes<'t>,
    ) -> Result<(Self, Writes<'t>), WorkError> {
        let document_state = match outcome {
            Ok(file) => DocumentState::Stored { file: file.clone() },
            Err(code) => DocumentState::Rejected { code: *code },
        };
        Ok((Self { document_state, ..self.clone() }, writes))
    }
}
