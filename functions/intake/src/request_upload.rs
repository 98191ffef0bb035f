//! Permits the upload of one photo: a signed form, bound to type, size and key, for fifteen minutes.

use crate::draft::{Draft, form_of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use visage_domain::audit::Purpose;
use visage_domain::consent::ConsentPurpose;
use visage_domain::face::View;
use visage_domain::ids::{PhotoId, UploadId};
use visage_domain::intake::Intake;
use visage_domain::permission;
use visage_domain::photo::{
    AnalysisState, Photo, PhotoState, PhotoType, UPLOAD_LIFETIME, UPLOADS_PER_INTAKE, UPLOADS_PER_VIEW, Upload,
};
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::objects::incoming_key;
use visage_store::records::{CommitError, Records, keys};
use visage_store::upload_form::UploadForms;

/// The operation.
pub struct RequestUpload {
    records: Records,
    forms: UploadForms,
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
        let forms = UploadForms::new(setup.aws.clone(), setup.config.incoming_bucket()?);
        Ok(Self { records: setup.records()?, forms, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.caller.require_draft()?;
        let caller = call.caller.intake.record.intake.to_string();
        let key = call.idempotency_key.as_deref();
        let request = Idempotent::new(&call.caller.key, &caller, Self::INFO.name, key, &call.body)?;
        let (draft, form) =
            tokio::join!(Draft::read(&self.records, &call.caller), form_of(&self.records, &call.caller));
        let (draft, form) = (draft?, form?);
        if !draft.consented(ConsentPurpose::Photographs) {
            return Err(Problem::consent_required());
        }
        if !form.form().views.iter().any(|asked| asked.view == call.input.view) {
            let error = FieldProblem::new("/view", "not_asked");
            return Err(Problem::invalid_fields().with_errors([error]));
        }
        let of_view = draft.photos.iter().filter(|photo| photo.view == call.input.view).count();
        if of_view >= UPLOADS_PER_VIEW || call.caller.intake.record.uploads >= UPLOADS_PER_INTAKE {
            return Err(Problem::too_many_uploads());
        }
        match self.permit(&call, &request).await {
            Err(CommitError::Conflict(idempotency::LABEL)) => self.again(&call, &request).await,
            Err(error) => Err(error.into()),
            Ok((audited, upload)) => {
                let reply = self.sign(&call, &upload).await?;
                Ok(audited.map(|()| reply))
            }
        }
    }
}

impl RequestUpload {
    async fn permit(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
    ) -> Result<(Audited<()>, Upload), CommitError> {
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
            replaced: false,
        };
        let counted = Intake { uploads: intake.uploads + 1, ..intake.clone() };
        let transaction = self
            .records
            .transaction(&call.caller.scope, entropy)
            .replace("intake", &call.caller.intake, &counted)?
            .create_unsealed("photo", &photo)?
            .create("upload", &upload)?;
        let transaction = request.mark(transaction, vec![upload.upload.to_string()], call.now)?;
        Ok((call.trail.commit(transaction).await?, upload))
    }

    /// The same request again: the same upload, signed anew if its time isn't over.
    async fn again(&self, call: &Call<Self>, request: &Idempotent) -> Result<Audited<Reply<Output>>, Problem> {
        let earlier = request.earlier(&self.records, &call.caller.scope).await?.ok_or_else(Problem::conflict)?;
        let upload = earlier.record.created.first().and_then(|id| id.parse().ok()).ok_or_else(Problem::conflict)?;
        let upload = self.records.get(&call.caller.scope, keys::upload(upload)).await?;
        let upload = upload.filter(|upload| call.now < upload.record.expires_at).ok_or_else(Problem::conflict)?;
        call.trail.alongside(self.sign(call, &upload.record)).await
    }

    async fn sign(&self, call: &Call<Self>, upload: &Upload) -> Result<Reply<Output>, Problem> {
        let key = incoming_key(call.caller.scope.clinic(), upload.upload);
        let left = upload.expires_at.duration_since(call.now);
        let form = self.forms.sign(&key, call.input.content_type, call.now, left).await?;
        Ok(Reply::new(Output {
            photo: upload.photo,
            url: form.url,
            fields: form.fields,
            expires_at: upload.expires_at,
        }))
    }
}
