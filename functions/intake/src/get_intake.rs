//! What was saved so far, to go on with.
//!
//! Where the device isn't known the form is shown, what is done and what is missing, and nothing that was entered, nor what the
//! analysis makes of a photo.

use crate::birth_date::place_of;
use crate::draft::{Draft, form_of};
use crate::quality::JudgedPhoto;
use crate::shown::Document;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::consent::{ConsentPurpose, Decided};
use visage_domain::fields::{Field, shown};
use visage_domain::form::{AnswerValue, AnswersBySection, Form, PatientField, PublishableForm};
use visage_domain::ids::IntakeId;
use visage_domain::intake::{IntakeStatus, Section};
use visage_domain::language::Language;
use visage_domain::minor::GuardianDetails;
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::Records;

/// The operation.
#[derive(Debug)]
pub struct GetIntake {
    records: Records,
    forms: Forms,
}

/// The intake as it stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    intake: IntakeId,
    status: IntakeStatus,
    form_version: u32,
    /// In which `form` is, and every text that is agreed to.
    language: String,
    form: Form,
    reading: Reading,
    /// Which sections were saved.
    saved: Vec<Saved>,
    /// What was answered; nothing where answers aren't shown.
    sections: AnswersBySection,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian: Option<GuardianDetails>,
    consents: Vec<Decided>,
    photos: Vec<JudgedPhoto>,
    documents: Vec<Document>,
}

/// Whether saved answers are shown on this device.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Reading {
    /// They are.
    Open,
    /// They are, once the birth date is entered.
    BirthDateNeeded {
        /// How often it may be tried.
        tries_left: u32,
    },
    /// They aren't: no birth date was saved where the intake was started.
    NothingToProve,
    /// They aren't: the birth date was tried too often.
    Locked,
}

/// A section that was saved.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    section: String,
    saved_at: Timestamp,
}

impl From<&Section> for Saved {
    fn from(saved: &Section) -> Self {
        Self { section: saved.section.clone(), saved_at: saved.saved_at }
    }
}

impl Output {
    const FIELDS: &'static [Field] = &[
        shown("intake"),
        shown("status"),
        shown("formVersion"),
        shown("language"),
        shown("form").of(Form::FIELDS),
        shown("reading").of(&[shown("state"), shown("triesLeft")]),
        shown("saved").of(&[shown("section"), shown("savedAt")]),
        shown("sections").by_key().by_key().of(AnswerValue::FIELDS),
        shown("guardian").of(GuardianDetails::FIELDS),
        shown("consents").of(Decided::FIELDS),
        shown("photos").of(JudgedPhoto::FIELDS),
        shown("documents").of(Document::FIELDS),
    ];
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
        changes: false,
        problems: &[Problem::already_submitted()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Output::FIELDS;
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.caller.require_draft()?;
        let read = async {
            let (draft, form) =
                tokio::join!(Draft::read(&self.records, &call.caller), form_of(&self.forms, &call.caller));
            let (draft, form) = (draft?, form?);
            let intake = &call.caller.intake.record;
            let language = Language::of_tag(&intake.language);
            let photos = photos(&call, &draft, language);
            let reading = reading(&call.caller, &draft, &form);
            let may_read = call.caller.may_read;
            let answers = if may_read { draft.answers(&call.caller)? } else { AnswersBySection::new() };
            Ok(Reply::new(Output {
                intake: intake.intake,
                status: intake.status,
                form_version: intake.form_version,
                language: form.form().language.clone(),
                form: form.form().clone(),
                reading,
                saved: draft.sections.iter().map(|saved| Saved::from(&saved.record)).collect(),
                sections: answers,
                guardian: draft.guardian.filter(|_| may_read),
                consents: draft.consents.iter().map(Decided::from).collect(),
                photos,
                documents: draft.documents.iter().map(|it| Document::of(&it.record, language)).collect(),
            }))
        };
        call.trail.alongside(read).await
    }
}

/// The photos that count. What the analysis makes of them is told where saved answers are shown, and as long as the patient
/// agrees to it.
fn photos(call: &Call<GetIntake>, draft: &Draft, language: Language) -> Vec<JudgedPhoto> {
    let (key, now) = (&call.caller.key, call.now);
    let counting = draft.photos.iter().filter(|photo| !photo.record.replaced);
    if !call.caller.may_read || !draft.consented(ConsentPurpose::FaceAnalysis) {
        return counting.map(|photo| JudgedPhoto::unjudged(&photo.record, language)).collect();
    }
    counting.map(|photo| JudgedPhoto::of(photo, key, language, now)).collect()
}

/// What the device is shown. Whether a birth date was entered is read from the section's record, never its answers.
fn reading(caller: &Filler<permission::FillIntake>, draft: &Draft, form: &PublishableForm) -> Reading {
    let place = place_of(form, PatientField::BirthDate);
    let proves = draft.sections.iter().any(|saved| {
        saved.record.trusted && place.is_some_and(|place| place.section == saved.record.section)
    });
    match caller.token.record.tries_left() {
        _ if caller.may_read => Reading::Open,
        _ if !proves => Reading::NothingToProve,
        0 => Reading::Locked,
        tries_left => Reading::BirthDateNeeded { tries_left },
    }
}
