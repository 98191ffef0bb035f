//! Permits the upload of one photo of a view, or of one document that answers a question.

use crate::draft::{Draft, form_of};
use crate::permit::{Arrival, Asking, Form, Permits, Until};
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::consent::ConsentPurpose;
use visage_domain::document::{DOCUMENTS_PER_INTAKE, Document, DocumentState, FileType};
use visage_domain::face::View;
use visage_domain::fields::Field;
use visage_domain::form::{Item, ItemType, PublishableForm};
use visage_domain::ids::{DocumentId, UploadId};
use visage_domain::permission;
use visage_domain::photo::{Photo, PhotoType, UPLOADS_PER_VIEW};
use visage_platform::forms::Forms;
use visage_platform::idempotency::Idempotent;
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Filler, Header, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::Records;

/// The operation.
pub struct RequestUpload {
    records: Records,
    forms: Forms,
    permits: Permits,
    setup: Setup,
}

/// The file to upload: a photo of a view, or a document for a question.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    view: Option<View>,
    /// The `linkId` of a question of type `attachment`.
    question: Option<String>,
    content_type: FileType,
}

/// What is asked for, of what the form asks for.
enum Asked {
    Photo(View, PhotoType),
    Document(String),
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
        changes: true,
        problems: &[
            Problem::already_submitted(),
            Problem::consent_required(),
            Problem::invalid_fields(),
            Problem::too_many_uploads(),
        ],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = Form::FIELDS;
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Form;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            forms: setup.forms()?,
            permits: Permits::new(setup)?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Form>>, Problem> {
        let caller = call.caller.intake.record.intake.to_string();
        let key = call.idempotency_key.as_deref();
        let request = Idempotent::new(&call.caller.key, &caller, Self::INFO.name, key, &[&call.body])?;
        let (draft, form) =
            tokio::join!(Draft::read(&self.records, &call.caller), form_of(&self.forms, &call.caller));
        let (draft, form) = (draft?, form?);
        let (scope, trail) = (&call.caller.scope, &call.trail);
        let asking = Asking { scope, trail, request: &request, now: call.now };
        // Looked for after the draft was read: the first request's photo is either not judged here, or known to be its.
        if let Some(repeated) = self.permits.again(&asking, call.input.content_type).await? {
            return Ok(repeated);
        }
        call.caller.require_draft()?;
        let asked = asked(&call.input, &form)?;
        check_consents(&draft, &asked, call.input.content_type)?;
        if has_enough(&draft, &asked, &call) {
            return Err(Problem::too_many_uploads());
        }
        let arrival = self.arrival(&call, asked);
        self.permits.grant(&asking, &arrival, Until::HandedIn(&call.caller.intake.record)).await
    }
}

/// What the form asks for, if it asks for this.
fn asked(input: &Input, form: &PublishableForm) -> Result<Asked, Problem> {
    let error = match (input.view, &input.question) {
        (Some(view), None) if !form.form().views.iter().any(|asked| asked.view == view) => {
            FieldProblem::new("/view", "not_asked")
        }
        (Some(view), None) => match input.content_type.of_photo() {
            Some(photo) => return Ok(Asked::Photo(view, photo)),
            None => FieldProblem::new("/contentType", "not_a_photo"),
        },
        (None, Some(question)) if takes_document(&form.form().item, question) => {
            return Ok(Asked::Document(question.clone()));
        }
        (None, Some(_)) => FieldProblem::new("/question", "not_asked"),
        (None, None) => FieldProblem::new("/view", "required"),
        (Some(_), Some(_)) => FieldProblem::new("/question", "not_with_view"),
    };
    Err(Problem::invalid_fields().with_errors([error]))
}

/// Whether there is such a question, and its answer is a document.
fn takes_document(items: &[Item], question: &str) -> bool {
    let is_it = |item: &Item| item.kind == ItemType::Attachment && item.link_id == question;
    items.iter().any(|item| is_it(item) || takes_document(&item.item, question))
}

/// What may show the patient takes the consent to photographs. Analysis may be refused, but it is asked before the first
/// photo: a yes that comes later would come too late. A document is never analysed.
fn check_consents(draft: &Draft, asked: &Asked, content_type: FileType) -> Result<(), Problem> {
    let is_photo = matches!(asked, Asked::Photo(..));
    let undecided = [
        (
            content_type.may_show_the_patient() && !draft.consented(ConsentPurpose::Photographs),
            ConsentPurpose::Photographs,
        ),
        (is_photo && !draft.decided(ConsentPurpose::FaceAnalysis), ConsentPurpose::FaceAnalysis),
    ];
    let missing: Vec<_> = undecided.into_iter().filter(|(missing, _)| *missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let error = |(_, purpose): (bool, ConsentPurpose)| {
        FieldProblem::new(format!("/consents/{}", purpose.code()), "consent_required")
    };
    Err(Problem::consent_required().with_errors(missing.into_iter().map(error)))
}

/// Whether what came, and what may still come, is as much as may come.
fn has_enough(draft: &Draft, asked: &Asked, call: &Call<RequestUpload>) -> bool {
    match asked {
        Asked::Photo(view, _) => {
            let counts = |photo: &&Photo| photo.view == *view && photo.counts_as_upload(call.now);
            draft.photos.iter().map(|stored| &stored.record).filter(counts).count() >= UPLOADS_PER_VIEW
        }
        // All count, also those that never came: handing in writes to each of them at once.
        Asked::Document(_) => draft.documents.len() >= DOCUMENTS_PER_INTAKE,
    }
}

impl RequestUpload {
    fn arrival(&self, call: &Call<Self>, asked: Asked) -> Arrival {
        let entropy = &*self.setup.entropy;
        let intake = &call.caller.intake.record;
        match asked {
            Asked::Photo(view, declared) => {
                let whose = (intake.patient, intake.intake);
                Arrival::Photo(Photo::awaited(entropy, whose, view, declared, call.now))
            }
            Asked::Document(question) => Arrival::Document(Document {
                document: DocumentId::new(entropy),
                patient: intake.patient,
                intake: intake.intake,
                question,
                upload: UploadId::new(entropy),
                declared: call.input.content_type,
                requested_at: call.now,
                document_state: DocumentState::Awaited,
                unused: false,
            }),
        }
    }
}
