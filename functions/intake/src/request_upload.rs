//! Permits the upload of one photo: a signed form, bound to type, size and key, for fifteen minutes.

use crate::draft::{Draft, form_of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use visage_domain::audit::Purpose;
use visage_domain::consent::ConsentPurpose;
use visage_domain::face::View;
use visage_domain::form::Form;
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
use visage_store::StoreError;
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
        let caller = call.caller.intake.record.intake.to_string();
        let key = call.idempotency_key.as_deref();
        let request = Idempotent::new(&call.caller.key, &caller, Self::INFO.name, key, &call.body)?;
        // All that is judged is read before the first request's mark is looked for: what that request did is then either
        // not judged here, or known to be its doing.
        let (draft, form, count) = tokio::join!(
            Draft::read(&self.records, &call.caller),
            form_of(&self.forms, &call.caller),
            self.count(&call)
        );
        let (draft, form, mut count) = (draft?, form?, count?);
        for _ in 0..ATTEMPTS {
            if let Some(earlier) = request.earlier(&self.records, &call.caller.scope, call.now).await? {
                return self.again(&call, &earlier.record).await;
            }
            check(&call, &draft, form.form(), count.as_ref())?;
            match self.permit(&call, &request, count.as_ref()).await? {
                Ok((audited, upload)) => {
                    let reply = self.sign(&call, &upload).await?;
                    return Ok(audited.map(|()| reply));
                }
                // Several are asked for at once, this same one perhaps among them.
                Err(CommitError::Conflict(idempotency::LABEL | UploadCount::TYPE)) => {
                    count = self.count(&call).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }
}

/// Whether a photo of this view may still be asked for.
fn check(
    call: &Call<RequestUpload>,
    draft: &Draft,
    form: &Form,
    count: Option<&Stored<UploadCount>>,
) -> Result<(), Problem> {
    call.caller.require_draft()?;
    // Analysis may be refused, but it is asked before the first upload: a yes that comes later would come too late.
    let undecided = [
        (!draft.consented(ConsentPurpose::Photographs), ConsentPurpose::Photographs),
        (!draft.decided(ConsentPurpose::FaceAnalysis), ConsentPurpose::FaceAnalysis),
    ];
    let missing = |(is, purpose): (bool, ConsentPurpose)| {
        is.then(|| FieldProblem::new(format!("/consents/{}", purpose.code()), "consent_required"))
    };
    let missing: Vec<_> = undecided.into_iter().filter_map(missing).collect();
    if !missing.is_empty() {
        return Err(Problem::consent_required().with_errors(missing));
    }
    if !form.views.iter().any(|asked| asked.view == call.input.view) {
        let error = FieldProblem::new("/view", "not_asked");
        return Err(Problem::invalid_fields().with_errors([error]));
    }
    let of_view = draft.photos.iter().filter(|photo| counts(photo, call)).count() >= UPLOADS_PER_VIEW;
    let of_intake = count.is_some_and(|count| count.record.permitted >= UPLOADS_PER_INTAKE);
    if of_view || of_intake { Err(Problem::too_many_uploads()) } else { Ok(()) }
}

/// Whether a photo uses up one of its view's uploads: it came, or its form can still be sent.
fn counts(photo: &Photo, call: &Call<RequestUpload>) -> bool {
    let came = photo.photo_state != PhotoState::Awaited;
    photo.view == call.input.view && (came || photo.is_on_its_way(call.now))
}

impl RequestUpload {
    /// How many uploads the intake was permitted.
    async fn count(&self, call: &Call<Self>) -> Result<Option<Stored<UploadCount>>, StoreError> {
        let intake = &call.caller.intake.record;
        self.records.get(&call.caller.scope, keys::upload_count(intake.patient, intake.intake)).await
    }

    async fn permit(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        count: Option<&Stored<UploadCount>>,
    ) -> Result<Result<(Audited<()>, Upload), CommitError>, Problem> {
        let entropy = &*self.setup.entropy;
        let intake = &call.caller.intake.record;
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
        let transaction = match count {
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
        earlier: &IdempotentRequest,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let upload = earlier.created.first().and_then(|id| id.parse().ok()).ok_or_else(Problem::conflict)?;
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
