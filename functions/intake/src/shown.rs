//! How uploads fared, as the patient is told.

use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::document::{self, DocumentState};
use visage_domain::face::{RetakeReason, View};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{DocumentId, PhotoId};
use visage_domain::language::Language;
use visage_domain::photo::{self, PhotoState, Rejection, UploadKind};

/// A photo and how it fared.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Photo {
    photo: PhotoId,
    view: View,
    #[serde(flatten)]
    fate: Fate,
}

/// A document and how it fared.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    document: DocumentId,
    question: String,
    #[serde(flatten)]
    fate: Fate,
}

/// `awaited`, `received`, `stored` or `rejected`.
#[derive(Debug, Serialize, JsonSchema)]
struct Fate {
    state: &'static str,
    /// Why it can't be used, and what to do about it in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Rejection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

/// A reason, and what to do about it in words.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Why {
    code: &'static str,
    message: &'static str,
}

impl Why {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[shown("code"), shown("message")];

    /// Why another photo would help.
    pub(crate) fn of(reason: RetakeReason, language: Language) -> Self {
        Self { code: reason.code(), message: reason.sentence(language) }
    }

    /// Why a photo can't be used.
    pub(crate) fn of_rejection(code: Rejection, language: Language) -> Self {
        Self { code: code.code(), message: code.sentence(UploadKind::Photo, language) }
    }
}

impl Fate {
    fn rejected(code: Rejection, of: UploadKind, language: Language) -> Self {
        Self { state: "rejected", code: Some(code), message: Some(code.sentence(of, language)) }
    }

    const fn at(state: &'static str) -> Self {
        Self { state, code: None, message: None }
    }
}

impl Photo {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] =
        &[shown("photo"), shown("view"), shown("state"), shown("code"), shown("message")];

    /// What the patient is told of `photo`.
    pub(crate) fn of(photo: &photo::Photo, language: Language) -> Self {
        let fate = match photo.photo_state {
            PhotoState::Awaited => Fate::at("awaited"),
            PhotoState::Received { .. } => Fate::at("received"),
            PhotoState::Stored { .. } => Fate::at("stored"),
            PhotoState::Rejected { code } => Fate::rejected(code, UploadKind::Photo, language),
        };
        Self { photo: photo.photo, view: photo.view, fate }
    }
}

impl Document {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] =
        &[shown("document"), shown("question"), shown("state"), shown("code"), shown("message")];

    /// What the patient is told of `document`.
    pub(crate) fn of(document: &document::Document, language: Language) -> Self {
        let fate = match document.document_state {
            DocumentState::Awaited => Fate::at("awaited"),
            DocumentState::Received { .. } => Fate::at("received"),
            DocumentState::Stored { .. } => Fate::at("stored"),
            DocumentState::Rejected { code } => Fate::rejected(code, UploadKind::Document, language),
        };
        Self { document: document.document, question: document.question.clone(), fate }
    }
}
