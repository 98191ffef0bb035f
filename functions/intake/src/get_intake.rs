//! What was saved so far, to go on with.

use crate::draft::{Draft, form_of};
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::consent::Decided;
use visage_domain::face::View;
use visage_domain::form::{AnswersBySection, Form};
use visage_domain::ids::{IntakeId, PhotoId};
use visage_domain::intake::IntakeStatus;
use visage_domain::permission;
use visage_domain::photo::{Photo, PhotoState};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::Records;

/// The operation.
#[derive(Debug)]
pub struct GetIntake {
    records: Records,
}

/// The intake as it stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    intake: IntakeId,
    status: IntakeStatus,
    form_version: u32,
    form: Form,
    sections: AnswersBySection,
    consents: Vec<Decided>,
    photos: Vec<Shown>,
}

/// A photo and how it fared.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    photo: PhotoId,
    view: View,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl From<&Photo> for Shown {
    fn from(photo: &Photo) -> Self {
        let (state, code) = match &photo.photo_state {
            PhotoState::Awaited => ("awaited", None),
            PhotoState::Received { .. } => ("received", None),
            PhotoState::Stored { .. } => ("stored", None),
            PhotoState::Rejected { code } => ("rejected", Some(code.clone())),
        };
        Self { photo: photo.photo, view: photo.view, state, code }
    }
}

impl Operation for GetIntake {
    const INFO: Info = Info {
        name: "get_intake",
        method: "GET",
        path: "/v1/intake",
        purpose: Purpose::PatientRequest,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
    };
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.caller.require_draft()?;
        let read = async {
            let (draft, form) =
                tokio::join!(Draft::read(&self.records, &call.caller), form_of(&self.records, &call.caller));
            let (draft, form) = (draft?, form?);
            let intake = &call.caller.intake.record;
            Ok(Reply::new(Output {
                intake: intake.intake,
                status: intake.status,
                form_version: intake.form_version,
                form: form.into_form(),
                sections: draft.answers(&call.caller)?,
                consents: draft.consents.iter().map(Decided::from).collect(),
                photos: draft.photos.iter().filter(|photo| !photo.replaced).map(Shown::from).collect(),
            }))
        };
        call.trail.alongside(read).await
    }
}
