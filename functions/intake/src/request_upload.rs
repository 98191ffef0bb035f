//! Permits the upload of one photo: a signed form, bound to type, size and key, for fifteen minutes.

use crate::draft::{Draft, form_of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use visage_domain::audit::Purpose;
use visage_domain::consent::ConsentPurpose;
use visage_domain::face::View;
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{PhotoId, UploadId};
use visage_domain::permission;
use visage_domain::photo::{
    AnalysisState, Photo, PhotoState, PhotoType, UPLOAD_LIFETIME, UPLOAD_MAX_BYTES, UPLOADS_PER_INTAKE,
    UPLOADS_PER_VIEW, Upload, UploadCount,
};
use visage_domain::retention::Record;
use visage_platform::forms::Forms;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::objects::incoming_key;
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::upload_form::UploadForms;

/// How often the count is read again when several uploads are asked for at once.
const ATTEMPTS: usize = 8;

/// The operation.
pub struct RequestUpload {
    records: Records,
    forms: Forms,
    uploads: UploadForms,
    setup: Setup,
}

/// The photo to upload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    view: View,
    content_type: PhotoType,
}

/// The form to send, its `file` field last.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    photo: PhotoId,
    url: String,
    fields: BTreeMap<&'static str, String>,
    /// S3 takes no larger file.
    max_bytes: u64,
    expires_at: Timestamp,
}

impl Operation for RequestUpload {
    const INFO: Info = Info {
        name: "request_upload",
        method: "POST",
        path: "/v1/intake/uploads",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 4_096,
        background: false,
        phi: true,
    };
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        let uploads = UploadForms::new(setup.aws.clone(), setup.config.incoming_bucket()?);
        Ok(Self { records: setup.records()?, forms: setup.forms()?, uploads, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.caller.require_draft()?;
        let caller = call.caller.intake.record.intake.to_string();
        let key = call.idempotency_key.as_deref();
        let request = Idempotent::new(&call.caller.key, &caller, Self::INFO.name, key, &call.body)?;
        let (draft, form) =
            tokio::join!(Draft::read(&self.records, &call.caller), form_of(&self.forms, &call.caller));
        let (draft, form) = (draft?, form?);
        // Analysis may be refused, but it is asked before the first upload: a yes that comes later would come too late.
        let undecided = [
            (!draft.consented(ConsentPurpose::Photographs), ConsentPurpose::Photographs),
            (!draft.decided(ConsentPurpose::FaceAnalysis), ConsentPurpose::FaceAnalysis),
        ];
        let undecided: Vec<_> = undecided.into_iter().filter(|(missing, _)| *missing).collect();
        if !undecided.is_empty() {
            let error = |(_, purpose): (bool, ConsentPurpose)| {
                FieldProblem::new(format!("/consents/{}", purpose.code()), "consent_required")
            };
            return Err(Problem::consent_required().with_errors(undecided.into_iter().map(error)));
        }
        if !form.form().views.iter().any(|asked| asked.view == call.input.view) {
            let error = FieldProblem::new("/view", "not_asked");
            return Err(Problem::invalid_fields().with_errors([error]));
        }
        if draft.photos.iter().filter(|photo| counts(photo, &call)).count() >= UPLOADS_PER_VIEW {
            // The limit's last upload, asked for again, is no sixth one.
            let earlier = request.earlier(&self.records, &call.caller.scope, call.now).await?;
            return self.again(&call, earlier.ok_or_else(Problem::too_many_uploads)?).await;
        }
        for _ in 0..ATTEMPTS {
            match self.permit(&call, &request).await? {
                Ok((audited, upload)) => {
                    let reply = self.sign(&call, &upload).await?;
                    return Ok(audited.map(|()| reply));
                }
                Err(CommitError::Conflict(idempotency::LABEL)) => {
                    let earlier = request.earlier(&self.records, &call.caller.scope, call.now).await?;
                    return self.again(&call, earlier.ok_or_else(Problem::conflict)?).await;
                }
                Err(CommitError::Conflict(UploadCount::TYPE)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }
}

/// Whether a photo uses up one of its view's uploads: it came, or its form can still be sent.
fn counts(photo: &Photo, call: &Call<RequestUpload>) -> bool {
    let came = photo.photo_state != PhotoState::Awaited;
    photo.view == call.input.view && (came || photo.is_on_its_way(call.now))
}

impl RequestUpload {
    async fn permit(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
    ) -> Result<Result<(Audited<()>, Upload), CommitError>, Problem> {
        let entropy = &*self.setup.entropy;
        let intake = &call.caller.intake.record;
        let count = keys::upload_count(intake.patient, intake.intake);
        let count = self.records.get(&call.caller.scope, count).await?;
        if count.as_ref().is_some_and(|count| count.record.permitted >= UPLOADS_PER_INTAKE) {
            return Err(Problem::too_many_uploads());
        }
        let upload = Upload {
            upload: UploadId::new(entropy),
            patient: intake.patient,
            intake: intake.intake,
            photo: PhotoId::new(entropy),
            requested_at: call.now,
            expires_at: call.now.checked_add(UPLOAD_LIFETIME).unwrap_or(call.now),
        };
        let photo = Photo {
            photo: upload.photo,
            patient: intake.patient,
            intake: intake.intake,
            view: call.input.view,
            upload: upload.upload,
            declared: call.input.content_type,
            requested_at: call.now,
            photo_state: PhotoState::Awaited,
            analysis: AnalysisState::Pending,
            sensitive: true,
            replaced: false,
        };
        let transaction = self.records.transaction(&call.caller.scope, entropy);
        let transaction = request
            .mark(transaction, vec![upload.upload.to_string()], call.now)?
            .require_draft("intake", intake)?
            .create_unsealed("photo", &photo)?
            .create("upload", &upload)?;
        let first =
            UploadCount { intake: intake.intake, patient: intake.patient, permitted: 1, since: call.now };
        let transaction = match &count {
            None => transaction.create(UploadCount::TYPE, &first)?,
            Some(count) => {
                let more = UploadCount { permitted: count.record.permitted + 1, ..count.record.clone() };
                transaction.replace(UploadCount::TYPE, count, &more)?
            }
        };
        Ok(call.trail.commit(transaction).await.map(|audited| (audited, upload)))
    }

    /// The same request again: the same upload, signed anew if its time isn't over.
    async fn again(
        &self,
        call: &Call<Self>,
        earlier: Stored<IdempotentRequest>,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let upload =
            earlier.record.created.first().and_then(|id| id.parse().ok()).ok_or_else(Problem::conflict)?;
        let upload = self.records.get(&call.caller.scope, keys::upload(upload)).await?;
        let upload =
            upload.filter(|upload| call.now < upload.record.expires_at).ok_or_else(Problem::conflict)?;
        call.trail.alongside(self.sign(call, &upload.record)).await
    }

    async fn sign(&self, call: &Call<Self>, upload: &Upload) -> Result<Reply<Output>, Problem> {
        let key = incoming_key(call.caller.scope.clinic(), upload.upload);
        let left = upload.expires_at.duration_since(call.now);
        let form = self.uploads.sign(&key, call.input.content_type, call.now, left).await?;
        Ok(Reply::new(Output {
            photo: upload.photo,
            url: form.url,
            fields: form.fields,
            max_bytes: UPLOAD_MAX_BYTES,
            expires_at: upload.expires_at,
        }))
    }
}
