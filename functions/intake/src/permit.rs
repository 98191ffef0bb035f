//! Permitting one upload: its record, what it is to become, and the signed form, bound to type, size and key.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use visage_domain::document::{Document, FileType};
use visage_domain::evaluation::Evaluation;
use visage_domain::fields::{Field, shown};
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{DocumentId, IntakeId, PatientId, PhotoId, UploadId};
use visage_domain::intake::Intake;
use visage_domain::photo::{
    Photo, UPLOAD_LIFETIME, UPLOAD_MAX_BYTES, UPLOADS_PER_INTAKE, Upload, UploadCount, Uploaded,
};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::{Audited, Problem, Reply, Setup, SetupError, Trail};
use visage_store::objects::incoming_key;
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::upload_form::UploadForms;

/// How often the count is read again when several uploads are asked for at once.
const ATTEMPTS: usize = 8;

/// The form to send, its `file` field last.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UploadForm")]
pub struct Form {
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<PhotoId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentId>,
    url: String,
    fields: BTreeMap<&'static str, String>,
    /// S3 takes no larger file.
    max_bytes: u64,
    expires_at: Timestamp,
}

impl Form {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("photo"),
        shown("document"),
        shown("url"),
        shown("fields").by_key(),
        shown("maxBytes"),
        shown("expiresAt"),
    ];
}

/// What an upload is to become.
#[derive(Clone, Debug)]
pub(crate) enum Arrival {
    Photo(Photo),
    Document(Document),
}

/// What must hold at the moment of the permission.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until<'a> {
    /// The intake is still being filled in.
    HandedIn(&'a Intake),
    /// The evaluation is still open, whatever staff write on it.
    Closed(&'a Evaluation),
}

/// Who asks, and when.
pub(crate) struct Asking<'a, P> {
    pub(crate) scope: &'a Scope<P>,
    pub(crate) trail: &'a Trail,
    pub(crate) request: &'a Idempotent,
    pub(crate) now: Timestamp,
}

/// Permits uploads.
pub(crate) struct Permits {
    records: Records,
    forms: UploadForms,
    setup: Setup,
}

impl Arrival {
    fn subject(&self) -> (PatientId, IntakeId, UploadId, Uploaded) {
        match self {
            Self::Photo(it) => (it.patient, it.intake, it.upload, Uploaded::Photo(it.photo)),
            Self::Document(it) => (it.patient, it.intake, it.upload, Uploaded::Document(it.document)),
        }
    }

    fn declared(&self) -> FileType {
        match self {
            Self::Photo(photo) => photo.declared.into(),
            Self::Document(document) => document.declared,
        }
    }
}

impl Permits {
    pub(crate) fn new(setup: &Setup) -> Result<Self, SetupError> {
        let forms = UploadForms::new(setup.aws.clone(), setup.config.incoming_bucket()?);
        Ok(Self { records: setup.records()?, forms, setup: setup.clone() })
    }

    /// Permits an upload; the same request again gets the same one, signed anew.
    pub(crate) async fn grant<P>(
        &self,
        asking: &Asking<'_, P>,
        arrival: &Arrival,
        until: Until<'_>,
    ) -> Result<Audited<Reply<Form>>, Problem> {
        let (patient, intake, ..) = arrival.subject();
        for _ in 0..ATTEMPTS {
            let count = self.records.get(asking.scope, keys::upload_count(patient, intake)).await?;
            if count.as_ref().is_some_and(|count| count.record.permitted >= UPLOADS_PER_INTAKE) {
                // The last one, asked for twice at once, is not one more.
                let earlier = self.again(asking, arrival.declared()).await?;
                return earlier.ok_or_else(Problem::too_many_uploads);
            }
            match self.permit(asking, arrival, until, count.as_ref()).await? {
                Ok((audited, upload)) => {
                    let reply = self.sign(asking, &upload, arrival.declared()).await?;
                    return Ok(audited.map(|()| reply));
                }
                Err(CommitError::Conflict(idempotency::LABEL)) => {
                    return self.again(asking, arrival.declared()).await?.ok_or_else(Problem::conflict);
                }
                Err(CommitError::Conflict(UploadCount::TYPE)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }

    async fn permit<P>(
        &self,
        asking: &Asking<'_, P>,
        arrival: &Arrival,
        until: Until<'_>,
        count: Option<&Stored<UploadCount>>,
    ) -> Result<Result<(Audited<()>, Upload), CommitError>, Problem> {
        let (patient, intake, upload, file) = arrival.subject();
        let (scope, now) = (asking.scope, asking.now);
        let expires_at = now.checked_add(UPLOAD_LIFETIME).unwrap_or(now);
        let upload = Upload { upload, patient, intake, file, requested_at: now, expires_at };
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = asking.request.mark(transaction, vec![upload.upload.to_string()], now)?;
        let transaction = match until {
            Until::HandedIn(intake) => transaction.require_draft(Intake::TYPE, intake)?,
            Until::Closed(evaluation) => transaction.require_open(Evaluation::TYPE, evaluation)?,
        };
        let transaction = match arrival {
            Arrival::Photo(photo) => transaction.create_unsealed(Photo::TYPE, photo)?,
            Arrival::Document(document) => transaction.create(Document::TYPE, document)?,
        };
        let transaction = transaction.create(Upload::TYPE, &upload)?;
        let first = UploadCount { intake, patient, permitted: 1, since: now };
        let transaction = match count {
            None => transaction.create(UploadCount::TYPE, &first)?,
            Some(count) => {
                let more = UploadCount { permitted: count.record.permitted + 1, ..count.record.clone() };
                transaction.replace(UploadCount::TYPE, count, &more)?
            }
        };
        Ok(asking.trail.commit(transaction).await.map(|audited| (audited, upload)))
    }

    /// The answer to a request that was made before: the same upload, signed anew if its time isn't over. None if this
    /// is the first.
    pub(crate) async fn again<P>(
        &self,
        asking: &Asking<'_, P>,
        declared: FileType,
    ) -> Result<Option<Audited<Reply<Form>>>, Problem> {
        let earlier: Option<Stored<IdempotentRequest>> =
            asking.request.earlier(&self.records, asking.scope, asking.now).await?;
        let Some(earlier) = earlier else { return Ok(None) };
        let upload = earlier.record.created.first().and_then(|id| id.parse().ok());
        let upload =
            self.records.get(asking.scope, keys::upload(upload.ok_or_else(Problem::conflict)?)).await?;
        let upload = upload.filter(|upload| asking.now < upload.record.expires_at);
        let upload = upload.ok_or_else(Problem::conflict)?;
        asking.trail.alongside(self.sign(asking, &upload.record, declared)).await.map(Some)
    }

    async fn sign<P>(
        &self,
        asking: &Asking<'_, P>,
        upload: &Upload,
        declared: FileType,
    ) -> Result<Reply<Form>, Problem> {
        let key = incoming_key(asking.scope.clinic(), upload.upload);
        let left = upload.expires_at.duration_since(asking.now);
        let form = self.forms.sign(&key, declared, asking.now, left).await?;
        let (photo, document) = match upload.file {
            Uploaded::Photo(photo) => (Some(photo), None),
            Uploaded::Document(document) => (None, Some(document)),
        };
        Ok(Reply::new(Form {
            photo,
            document,
            url: form.url,
            fields: form.fields,
            max_bytes: UPLOAD_MAX_BYTES,
            expires_at: upload.expires_at,
        }))
    }
}
