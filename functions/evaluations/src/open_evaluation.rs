//! Opens an evaluation: the answers as they were asked, the photos with their analysis, and what came of it.
//!
//! One gate, one query, one audit entry; keys come from the gate and from memory, links are signed without a call.

use crate::beside::{Added, Withdrawn};
use crate::files::{Document, Files, Photo, Retake};
use crate::visit::{Path, Visit};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::consent::Decided;
use visage_domain::evaluation::{Assessment, EvaluationStatus, Signature};
use visage_domain::fields::{Field, shown};
use visage_domain::form::{AskedAnswer, PublishableForm};
use visage_domain::ids::{EvaluationId, IntakeId, LinkId, PatientId, ReportId, StaffId};
use visage_domain::intake::Source;
use visage_domain::minor::GuardianDetails;
use visage_domain::note::Written;
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, Task};
use visage_domain::permission;
use visage_domain::principal::Role;
use visage_platform::forms::Forms;
use visage_platform::operation::{Empty, check_involved};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;
use visage_store::signed_links::SignedLinks;
use visage_store::vault::Vault;

/// The operation.
#[derive(Debug)]
pub struct OpenEvaluation {
    records: Records,
    vault: Vault,
    photo_links: SignedLinks,
    forms: Forms,
}

/// The evaluation.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    evaluation: EvaluationId,
    patient: PatientId,
    status: EvaluationStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<StaffId>,
    created_at: Timestamp,
    intake: IntakeId,
    source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    entered_by: Option<StaffId>,
    form_version: u32,
    answers: Vec<AskedAnswer>,
    /// Who consents for the patient, if that is somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian: Option<GuardianDetails>,
    consents: Vec<Decided>,
    /// What staff wrote, oldest first.
    notes: Vec<Written>,
    photos: Vec<Photo>,
    documents: Vec<Document>,
    /// The photos that were asked for again, oldest first.
    retakes: Vec<Retake>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<Assessment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<Signed>,
    addenda: Vec<Added>,
    /// A signed evaluation keeps its status, and has this beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawal: Option<Withdrawn>,
    notices: Vec<Notice>,
    reports: Vec<Rendered>,
}

/// A signature.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Signed {
    signed_by: StaffId,
    signed_at: Timestamp,
    content_hash: String,
}

/// A notice that was or is to be sent.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    event: NoticeEvent,
    channel: Channel,
    /// `pending`, `unknown` (a worker took it and never said how it went), `sent`, `suppressed` or `failed`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkId>,
}

/// A rendered report.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rendered {
    report: ReportId,
    rendered_at: Timestamp,
}

impl Output {
    /// Who arranges sees what they arrange: answers, consents, files and how they fared, notes, notices, reports. What was
    /// assessed is for those who assess.
    const FIELDS: &'static [Field] = &[
        shown("evaluation"),
        shown("patient"),
        shown("status"),
        shown("assignee"),
        shown("createdAt"),
        shown("intake"),
        shown("source"),
        shown("enteredBy"),
        shown("formVersion"),
        shown("answers").of(AskedAnswer::FIELDS),
        shown("guardian").of(GuardianDetails::FIELDS),
        shown("consents").of(Decided::FIELDS),
        shown("notes").of(Written::FIELDS),
        shown("photos").of(Photo::FIELDS),
        shown("documents").of(Document::FIELDS),
        shown("retakes").of(Retake::FIELDS),
        shown("assessment").of(Assessment::FIELDS).to(&[Role::Provider]),
        shown("signature").of(&[shown("signedBy"), shown("signedAt"), shown("contentHash")]),
        shown("addenda").of(Added::FIELDS),
        shown("withdrawal").of(Withdrawn::FIELDS),
        shown("notices").of(&[shown("event"), shown("channel"), shown("state"), shown("link")]),
        shown("reports").of(&[shown("report"), shown("renderedAt")]),
    ];
}

impl Operation for OpenEvaluation {
    const INFO: Info = Info {
        name: "open_evaluation",
        method: "GET",
        path: "/v1/patients/{patient}/evaluations/{evaluation}",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[],
        headers: &[Header::AccessReason, Header::ETag],
    };
    const FIELDS: &'static [Field] = Output::FIELDS;
    type Caller = Staff<permission::OpenEvaluation>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            vault: setup.vault()?,
            photo_links: setup.photo_links()?,
            forms: setup.forms()?,
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let read = async {
            let visit = Visit::read(&self.records, &self.vault, &call.caller, call.path).await?;
            check_involved(&visit.evaluation.record, &call.caller, call.access_reason)?;
            let form = self.forms.version(&call.caller.scope, visit.intake.form_version).await?;
            let tag = visit.tag();
            Ok(Reply::new(self.show(&visit, &form, call.now).await?).with_tag(tag))
        };
        call.trail.alongside(read).await
    }
}

impl OpenEvaluation {
    async fn show(&self, visit: &Visit, form: &PublishableForm, now: Timestamp) -> Result<Output, Problem> {
        let record = &visit.evaluation.record;
        let assessment = match record.status {
            EvaluationStatus::New => None,
            // It may have been withdrawn before anything was written.
            EvaluationStatus::Withdrawn if record.authors.is_empty() => None,
            EvaluationStatus::InProgress | EvaluationStatus::Signed | EvaluationStatus::Withdrawn => {
                Some(visit.evaluation.open(&visit.key)?)
            }
        };
        let files = Files { links: &self.photo_links, visit, now };
        let mut photos = Vec::new();
        for photo in visit.current_photos().chain(visit.missed_photos()) {
            photos.push(files.photo(photo).await?);
        }
        let mut documents = Vec::new();
        for document in visit.current_documents() {
            documents.push(files.document(&document.record).await?);
        }
        let decided = visit.consents.iter();
        Ok(Output {
            evaluation: record.evaluation,
            patient: record.patient,
            status: record.status,
            assignee: record.assignee,
            created_at: record.created_at,
            intake: visit.intake.intake,
            source: visit.intake.source,
            entered_by: visit.intake.entered_by,
            form_version: visit.intake.form_version,
            answers: form.render(&visit.answers),
            guardian: visit.guardian.clone(),
            consents: decided.map(Decided::from).collect(),
            notes: visit.notes.clone(),
            photos,
            documents,
            retakes: files.retakes()?,
            assessment,
            signature: record.signature.as_ref().map(signed),
            addenda: visit.addenda.iter().map(|it| Added::of(it, &visit.key)).collect::<Result<_, _>>()?,
            withdrawal: visit.withdrawal.as_ref().map(|it| Withdrawn::of(it, &visit.key)).transpose()?,
            notices: visit.outbox.iter().filter_map(|item| notice(&item.record)).collect(),
            reports: visit
                .reports
                .iter()
                .map(|report| Rendered { report: report.report, rendered_at: report.rendered_at })
                .collect(),
        })
    }
}

fn signed(signature: &Signature) -> Signed {
    Signed {
        signed_by: signature.signed_by,
        signed_at: signature.signed_at,
        content_hash: signature.content_hash.clone(),
    }
}

fn notice(item: &OutboxItem) -> Option<Notice> {
    let Task::Notice { channel, event } = item.task else { return None };
    let state = item.outbox_state.code();
    Some(Notice { event, channel, state, link: item.link })
}
