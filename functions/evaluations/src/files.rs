//! The files of a visit as staff see them, each by a signed link of fifteen minutes.

use crate::visit::Visit;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::document::{self, DocumentKind, DocumentState};
use visage_domain::face::{RetakeReason, View};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{DocumentId, PhotoId, RetakeId, StaffId};
use visage_domain::photo::{self, AnalysisState, FaceAnalysis, PhotoState, Rejection, VIEW_LIFETIME};
use visage_domain::report::LinkChannel;
use visage_domain::retake::{self, RetakeState};
use visage_store::StoreError;
use visage_store::records::Stored;
use visage_store::signed_links::SignedLinks;

/// A link, and until when it works.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Link {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url_expires_at: Option<Timestamp>,
}

/// A photo.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Photo {
    photo: PhotoId,
    view: View,
    /// `received` while it is being cleaned, then `stored`; `rejected` if it couldn't be used and its view has no other.
    state: &'static str,
    /// Why it couldn't be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Rejection>,
    #[serde(flatten)]
    link: Link,
    /// To be shown only on demand: so until a moderation found nothing.
    sensitive: bool,
    analysis: AnalysisState,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<FaceAnalysis>,
}

impl Photo {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("photo"),
        shown("view"),
        shown("state"),
        shown("code"),
        shown("url"),
        shown("urlExpiresAt"),
        shown("sensitive"),
        shown("analysis").of(AnalysisState::FIELDS),
        shown("findings").of(FaceAnalysis::FIELDS),
    ];
}

/// A document. Its link offers it to be saved: it isn't shown beside the evaluation.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    document: DocumentId,
    /// The `linkId` of the question that it answers.
    question: String,
    /// `received` while it is being cleaned, then `stored` or `rejected`.
    state: &'static str,
    /// Why it couldn't be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Rejection>,
    /// What it was found to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'static str>,
    /// In bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    #[serde(flatten)]
    link: Link,
}

impl Document {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("document"),
        shown("question"),
        shown("state"),
        shown("code"),
        shown("contentType"),
        shown("length"),
        shown("url"),
        shown("urlExpiresAt"),
    ];
}

/// A photo that was asked for again.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Retake {
    retake: RetakeId,
    view: View,
    state: RetakeState,
    channel: LinkChannel,
    /// Nobody did where it followed from the photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<StaffId>,
    asked_at: Timestamp,
    /// What was to be minded; or why the file couldn't be used.
    reasons: Vec<&'static str>,
}

impl Retake {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("retake"),
        shown("view"),
        shown("state"),
        shown("channel"),
        shown("askedBy"),
        shown("askedAt"),
        shown("reasons"),
    ];
}

/// Shows the files of a visit.
pub(crate) struct Files<'a> {
    pub(crate) links: &'a SignedLinks,
    pub(crate) visit: &'a Visit,
    pub(crate) now: Timestamp,
}

impl Files<'_> {
    /// A photo with its analysis.
    pub(crate) async fn photo(&self, photo: &Stored<photo::Photo>) -> Result<Photo, StoreError> {
        let record = &photo.record;
        let (state, code, link) = match &record.photo_state {
            PhotoState::Stored { file } => {
                let name = format!("{}.jpg", record.photo);
                let url = self.links.view(&file.key, &file.version, &name, self.now).await?;
                ("stored", None, self.link(url))
            }
            PhotoState::Rejected { code } => ("rejected", Some(*code), Link::default()),
            PhotoState::Awaited | PhotoState::Received { .. } => ("received", None, Link::default()),
        };
        // An analysis that failed may have a moderation that didn't.
        let is_over = record.analysis != AnalysisState::Pending;
        let findings = if is_over { photo.open(&self.visit.key)? } else { None };
        Ok(Photo {
            photo: record.photo,
            view: record.view,
            state,
            code,
            link,
            sensitive: record.sensitive,
            analysis: record.analysis.clone(),
            findings,
        })
    }

    /// A document. Its name is ours: what the patient called it stands in the answer.
    pub(crate) async fn document(&self, document: &document::Document) -> Result<Document, StoreError> {
        let mut shown = Document {
            document: document.document,
            question: document.question.clone(),
            state: "received",
            code: None,
            content_type: None,
            length: None,
            link: Link::default(),
        };
        match &document.document_state {
            DocumentState::Stored { file } => {
                let kind: DocumentKind = file.kind;
                let name = format!("{}.{}", document.document, kind.extension());
                let url = self.links.download(&file.key, &file.version, &name, kind, self.now).await?;
                shown.link = self.link(url);
                shown.content_type = Some(kind.media_type());
                (shown.state, shown.length) = ("stored", Some(file.length));
            }
            DocumentState::Rejected { code } => (shown.state, shown.code) = ("rejected", Some(*code)),
            DocumentState::Awaited | DocumentState::Received { .. } => {}
        }
        Ok(shown)
    }

    /// What was asked for again.
    pub(crate) fn retakes(&self) -> Result<Vec<Retake>, StoreError> {
        let visit = self.visit;
        let mut retakes: Vec<_> = visit.retakes.iter().collect();
        retakes.sort_by_key(|it| it.record.asked_at);
        retakes.into_iter().map(|it| self.retake(it)).collect()
    }

    fn retake(&self, retake: &Stored<retake::Retake>) -> Result<Retake, StoreError> {
        let (visit, record) = (self.visit, &retake.record);
        let others = visit.retakes.iter().map(|it| &it.record);
        let photos = visit.photos.iter().map(|it| &it.record);
        Ok(Retake {
            retake: record.retake,
            view: record.view,
            state: record.state(&visit.evaluation.record, others, photos, self.now),
            channel: record.channel,
            asked_by: record.asked_by,
            asked_at: record.asked_at,
            reasons: match record.rejection {
                Some(code) => vec![code.code()],
                None => retake.open(&visit.key)?.into_iter().map(RetakeReason::code).collect(),
            },
        })
    }

    fn link(&self, url: String) -> Link {
        Link { url: Some(url), url_expires_at: self.now.checked_add(VIEW_LIFETIME).ok() }
    }
}
