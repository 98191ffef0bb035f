//! Tells who was asked for another photo which view it is about, why, and how the new one fared.
//!
//! Nothing that was saved is shown: not the old photo, not an answer, not a name. Once a usable photo came the link says
//! only that, so that a page that waits for it learns how it ended.

use crate::draft::shown_in;
use crate::retaken::Retaken;
use crate::shown::{Photo, Why};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::face::View;
use visage_domain::fields::{Field, shown};
use visage_domain::form::PublishableForm;
use visage_domain::language::Language;
use visage_domain::permission;
use visage_domain::retake::RetakeState;
use visage_platform::forms::Forms;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Retaker, Setup, SetupError};
use visage_store::records::Records;

/// The operation.
#[derive(Debug)]
pub struct GetRetake {
    records: Records,
    forms: Forms,
}

/// The ask as it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    view: View,
    state: RetakeState,
    /// How to take it, in the form's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<String>,
    /// What to mind this time; empty where staff or the analysis gave no reason.
    reasons: Vec<Why>,
    photos: Vec<Photo>,
    expires_at: Timestamp,
}

impl Operation for GetRetake {
    const INFO: Info = Info {
        name: "get_retake",
        method: "GET",
        path: "/v1/retake",
        purpose: Purpose::PatientRequest,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[
        shown("view"),
        shown("state"),
        shown("instructions"),
        shown("reasons").of(Why::FIELDS),
        shown("photos").of(Photo::FIELDS),
        shown("expiresAt"),
    ];
    type Caller = Retaker<permission::TakeAgain>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let read = async {
            let retaken = Retaken::read(&self.records, &call.caller, call.now).await?;
            let intake = &retaken.intake;
            let form = self.forms.version(&call.caller.scope, intake.form_version).await?;
            let form = shown_in(&form, Some(&intake.language)).unwrap_or(form);
            Ok(Reply::new(tell(&call, &retaken, &form)?))
        };
        call.trail.alongside(read).await
    }
}

fn tell(call: &Call<GetRetake>, retaken: &Retaken, form: &PublishableForm) -> Result<Output, Problem> {
    let (retake, language) = (&retaken.retake.record, Language::of_tag(&retaken.intake.language));
    let asked = form.form().views.iter().find(|asked| asked.view == retake.view);
    let reasons = match retake.rejection {
        Some(code) => vec![Why::of_rejection(code, language)],
        None => {
            let reasons = retaken.retake.open(&call.caller.key)?.into_iter();
            reasons.map(|reason| Why::of(reason, language)).collect()
        }
    };
    Ok(Output {
        view: retake.view,
        state: retaken.state,
        instructions: asked.map(|asked| asked.instructions.clone()),
        reasons,
        photos: retaken.photos.iter().map(|photo| Photo::of(photo, language)).collect(),
        expires_at: retake.expires_at(),
    })
}
