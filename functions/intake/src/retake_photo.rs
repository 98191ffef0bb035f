//! Permits the upload of the one photo that was asked for again.

use crate::permit::{Arrival, Asking, Form, Permits, Until};
use crate::retaken::Retaken;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::photo::{Photo, PhotoType, UPLOADS_PER_VIEW};
use visage_domain::retake::RetakeState;
use visage_platform::idempotency::Idempotent;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Retaker, Setup, SetupError};
use visage_store::records::Records;

/// The operation.
pub struct RetakePhoto {
    records: Records,
    permits: Permits,
    setup: Setup,
}

/// The file to upload. The view is the ask's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    content_type: PhotoType,
}

impl Operation for RetakePhoto {
    const INFO: Info = Info {
        name: "retake_photo",
        method: "POST",
        path: "/v1/retake/uploads",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 1_024,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::too_many_uploads()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = Form::FIELDS;
    type Caller = Retaker<permission::TakeAgain>;
    type Path = Empty;
    type Input = Input;
    type Output = Form;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, permits: Permits::new(setup)?, setup: setup.clone() })
    }

    /// The permission is given only while the evaluation is open: one that is signed or withdrawn at this moment takes no
    /// photo any more.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Form>>, Problem> {
        let link = call.caller.link.record.link.to_string();
        let key = call.idempotency_key.as_deref();
        let request = Idempotent::new(&call.caller.key, &link, Self::INFO.name, key, &[&call.body])?;
        let retaken = Retaken::read(&self.records, &call.caller, call.now).await?;
        let asking =
            Asking { scope: &call.caller.scope, trail: &call.trail, request: &request, now: call.now };
        // Looked for after the photos were read: the first request's is either not judged here, or known to be its.
        if let Some(repeated) = self.permits.again(&asking, call.input.content_type.into()).await? {
            return Ok(repeated);
        }
        if retaken.state == RetakeState::Done {
            return Err(Problem::link_gone());
        }
        if retaken.photos.iter().filter(|photo| photo.counts_as_upload(call.now)).count() >= UPLOADS_PER_VIEW
        {
            return Err(Problem::too_many_uploads());
        }
        let retake = &retaken.retake.record;
        let whose = (retake.patient, retaken.intake.intake);
        let declared = call.input.content_type;
        let photo = Photo::awaited(&*self.setup.entropy, whose, retake.view, declared, call.now);
        let photo = Photo { retake: Some(retake.retake), ..photo };
        self.permits.grant(&asking, &Arrival::Photo(photo), Until::Closed(&retaken.evaluation)).await
    }
}
