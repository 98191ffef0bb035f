//! Documents: answers that are files. Checked and cleaned like photos, shown to staff, never to a vendor.

use crate::form::{Answer, AnswerValue, AnswersBySection};
use crate::ids::{DocumentId, IntakeId, PatientId, UploadId};
use crate::photo::{DISCARDED_LIFETIME, PhotoType, Rejection, SETTLING_LIMIT, UPLOAD_LIFETIME};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many documents of an intake may be uploaded. Each takes a write of the transaction that hands the intake in.
pub const DOCUMENTS_PER_INTAKE: usize = 20;

/// The type that a client says its file has. What it really is decides the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FileType {
    /// PDF.
    #[serde(rename = "application/pdf")]
    Pdf,
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// WebP.
    #[serde(rename = "image/webp")]
    Webp,
    /// HEIC.
    #[serde(rename = "image/heic")]
    Heic,
    /// MP4.
    #[serde(rename = "video/mp4")]
    Mp4,
    /// QuickTime, which phones save as MOV.
    #[serde(rename = "video/quicktime")]
    QuickTime,
}

impl FileType {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
        }
    }

    /// The same as a type of photos, if it is one.
    pub const fn of_photo(self) -> Option<PhotoType> {
        match self {
            Self::Jpeg => Some(PhotoType::Jpeg),
            Self::Png => Some(PhotoType::Png),
            Self::Webp => Some(PhotoType::Webp),
            Self::Heic => Some(PhotoType::Heic),
            Self::Pdf | Self::Mp4 | Self::QuickTime => None,
        }
    }

    /// Whether the patient may be seen in it: then it takes the consent to photographs, too.
    pub const fn may_show_the_patient(self) -> bool {
        !matches!(self, Self::Pdf)
    }
}

impl From<PhotoType> for FileType {
    fn from(photo: PhotoType) -> Self {
        match photo {
            PhotoType::Jpeg => Self::Jpeg,
            PhotoType::Png => Self::Png,
            PhotoType::Webp => Self::Webp,
            PhotoType::Heic => Self::Heic,
        }
    }
}

/// What a clean document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A PDF of pages and nothing else.
    Pdf,
    /// A picture, encoded anew as JPEG.
    Picture,
    /// An MP4 video.
    Mp4,
    /// A QuickTime video.
    QuickTime,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pdf, Self::Picture, Self::Mp4, Self::QuickTime];

    /// Its media type, as it is stored and shown.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Picture => "image/jpeg",
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
        }
    }

    /// What a file's name ends in.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Picture => "jpg",
            Self::Mp4 => "mp4",
            Self::QuickTime => "mov",
        }
    }
}

/// Where an upload stands. `Awaited → Received → Stored | Rejected`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DocumentState {
    /// Permitted, not seen yet.
    Awaited,
    /// Arrived: this version of the original is the one that counts.
    Received {
        /// The object's version.
        version: String,
    },
    /// Cleaned and kept.
    Stored {
        /// The clean file.
        file: StoredDocument,
    },
    /// Not a document that can be used.
    Rejected {
        /// Why.
        code: Rejection,
    },
}

/// The clean file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDocument {
    /// The object's key in the photo bucket.
    pub key: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// What it is.
    pub kind: DocumentKind,
    /// Its length in bytes.
    pub length: u64,
}

/// A document of an intake. Those that its answers name when it is handed in are shown to staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The document.
    pub document: DocumentId,
    /// Whose.
    pub patient: PatientId,
    /// The intake that it belongs to.
    pub intake: IntakeId,
    /// The `linkId` of the question that it answers.
    pub question: String,
    /// The permission under which it was uploaded.
    pub upload: UploadId,
    /// The type that was declared.
    pub declared: FileType,
    /// When the upload was permitted.
    pub requested_at: Timestamp,
    /// Where it stands.
    pub document_state: DocumentState,
    /// Whether no answer named it when the intake was handed in.
    pub unused: bool,
}

impl Document {
    /// Whether its form can still be sent, and nothing has come yet.
    pub fn is_on_its_way(&self, now: Timestamp) -> bool {
        self.document_state == DocumentState::Awaited
            && now.duration_since(self.requested_at) < UPLOAD_LIFETIME
    }

    /// Whether it can stand for an answer: it arrived and isn't rejected.
    pub const fn can_be_an_answer(&self) -> bool {
        !self.unused
            && matches!(self.document_state, DocumentState::Received { .. } | DocumentState::Stored { .. })
    }

    /// Whether cleaning is over, one way or another, or may be given up on.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        !matches!(self.document_state, DocumentState::Received { .. })
            || now.duration_since(self.requested_at) >= SETTLING_LIMIT
    }

    /// When it is destroyed: if it was rejected, or no answer names it.
    pub fn due_at(&self) -> Option<Timestamp> {
        let discarded = self.unused || matches!(self.document_state, DocumentState::Rejected { .. });
        discarded.then(|| self.requested_at.checked_add(DISCARDED_LIFETIME).ok()).flatten()
    }
}

impl Record for Document {
    const TYPE: &'static str = "document";
    const CLASS: RecordClass = RecordClass::Medical;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.requested_at
    }
}

/// A document that an answer names, and where it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Which document; none if it names something else.
    pub document: Option<DocumentId>,
    /// The `linkId` of the section.
    pub section: String,
    /// The `linkId` of the question.
    pub question: String,
    /// Which of several answers.
    pub index: Option<usize>,
}

/// Every document that the answers name.
pub fn named(answers: &AnswersBySection) -> Vec<Named> {
    let mut all = Vec::new();
    for (section, answers) in answers {
        for (question, answer) in answers.iter() {
            let values: Vec<(Option<usize>, &AnswerValue)> = match answer {
                Answer::One(value) => vec![(None, value)],
                Answer::Many(values) => values.iter().enumerate().map(|(at, it)| (Some(at), it)).collect(),
                Answer::Unreadable => Vec::new(),
            };
            for (index, value) in values {
                if let AnswerValue::Attachment(attachment) = value {
                    let (section, question) = (section.clone(), question.clone());
                    all.push(Named { document: attachment.url.parse().ok(), section, question, index });
                }
            }
        }
    }
    all
}
