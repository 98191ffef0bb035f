//! Signs an evaluation whose assessment is complete. From then on it doesn't change, and its content's hash says so.

use crate::licence::check_licence;
use crate::tag::lost;
use crate::visit::{Path, Visit};
use crate::wrong_fields;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::document::DocumentState;
use visage_domain::evaluation::{Assessment, Evaluation, EvaluationStatus, Signature, SignedContent};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{OutboxId, PhotoId, StaffId};
use visage_domain::outbox::{OutboxItem, Task};
use visage_domain::permission;
use visage_domain::photo::{AnalysisState, FaceAnalysis, PhotoState};
use visage_domain::retention::Record;
use visage_platform::operation::{check_open, check_tag};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::Records;
use visage_store::vault::{Vault, sha256_hex};

/// The operation.
pub struct SignEvaluation {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// What the report shows.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Input {
    /// The photos of the visit that the report includes; none unless they are chosen.
    report_photos: Vec<PhotoId>,
}

/// The signature.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    signed_at: Timestamp,
    content_hash: String,
}

impl Operation for SignEvaluation {
    const INFO: Info = Info {
        name: "sign_evaluation",
        method: "POST",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/signature",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 1_024,
        background: false,
        phi: true,
        changes: true,
        problems: &[
            Problem::invalid_fields(),
            Problem::already_signed(),
            Problem::withdrawn(),
            Problem::licence_required(),
            Problem::not_assessed(),
            Problem::photos_pending(),
        ],
        headers: &[Header::IfMatch, Header::ETag],
    };
    const FIELDS: &'static [Field] = &[shown("signedAt"), shown("contentHash")];
    type Caller = Staff<permission::SignEvaluation>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    /// The signature covers what its version covers: a second click finds it signed, a change in between is a 412.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let visit = Visit::read(&self.records, &self.vault, &call.caller, call.path).await?;
        let stored = &visit.evaluation;
        check_open(stored.record.status)?;
        if stored.record.status == EvaluationStatus::New {
            return Err(Problem::not_assessed());
        }
        check_tag(call.if_match.as_deref(), visit.tag())?;
        check_licence(&call.caller, call.now)?;
        let assessment = stored.open(&visit.key)?;
        assessment.check_complete().map_err(wrong_fields)?;
        let photos_are_settled = visit.current_photos().all(|photo| photo.record.is_settled(call.now));
        if !photos_are_settled || !visit.current_documents().all(|it| it.record.is_settled(call.now)) {
            return Err(Problem::photos_pending());
        }
        let signed_by = call.caller.staff.record.staff;
        let report_photos = chosen(&visit, call.input.report_photos)?;
        let signature = Signature { report_photos, ..sign(&visit, &assessment, signed_by, call.now)? };
        let output = Output { signed_at: signature.signed_at, content_hash: signature.content_hash.clone() };
        let record = Evaluation {
            status: EvaluationStatus::Signed,
            signature: Some(signature),
            ..stored.record.clone()
        };
        let entropy = &*self.setup.entropy;
        let (patient, evaluation) = (record.patient, record.evaluation);
        let render =
            OutboxItem::pending(OutboxId::new(entropy), patient, evaluation, Task::RenderReport, call.now);
        let mut transaction = self
            .records
            .transaction(&call.caller.scope, entropy)
            .replace(Evaluation::TYPE, stored, &record)?
            .create(OutboxItem::TYPE, &render)?;
        for photo in visit.current_photos().chain(visit.photos_to_come(call.now)) {
            transaction = transaction.require("photo", photo)?;
        }
        for document in visit.current_documents() {
            transaction = transaction.require("document", document)?;
        }
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(output).with_etag(stored.version + 1))),
            Err(error) => Err(lost(&self.records, &self.vault, &call.caller, call.path, error).await),
        }
    }
}

fn sign(
    visit: &Visit,
    assessment: &Assessment,
    signed_by: StaffId,
    signed_at: Timestamp,
) -> Result<Signature, Problem> {
    let analyses = analyses(visit)?;
    let content = SignedContent {
        evaluation: visit.evaluation.record.evaluation,
        intake: visit.intake.intake,
        form_version: visit.intake.form_version,
        answers: visit.answers.iter().map(|(section, answers)| (section.as_str(), answers)).collect(),
        photos: analyses.iter().map(|(hash, analysis)| (hash.as_str(), analysis.as_ref())).collect(),
        documents: documents(visit),
        assessment,
        signed_by,
        signed_at,
    };
    let bytes = serde_json::to_vec(&content).map_err(|_| Problem::internal())?;
    let report_photos = Vec::new();
    Ok(Signature { signed_by, signed_at, content_hash: sha256_hex(&bytes), report_photos })
}

/// The photos that the report shows: those of the visit that count, each once.
fn chosen(visit: &Visit, photos: Vec<PhotoId>) -> Result<Vec<PhotoId>, Problem> {
    let can_be_shown = |id: &PhotoId| {
        visit.current_photos().any(|photo| {
            photo.record.photo == *id && matches!(photo.record.photo_state, PhotoState::Stored { .. })
        })
    };
    let code = |(index, id): (usize, &PhotoId)| match () {
        () if !can_be_shown(id) => Some((index, "unknown_photo")),
        () if photos[..index].contains(id) => Some((index, "named_twice")),
        () => None,
    };
    let errors: Vec<_> = photos
        .iter()
        .enumerate()
        .filter_map(code)
        .map(|(index, code)| FieldProblem::new(format!("/reportPhotos/{index}"), code))
        .collect();
    if errors.is_empty() { Ok(photos) } else { Err(Problem::invalid_fields().with_errors(errors)) }
}

/// The hash of each document that an answer names.
fn documents(visit: &Visit) -> Vec<&str> {
    let stored = visit.current_documents().filter_map(|document| match &document.record.document_state {
        DocumentState::Stored { file } => Some(file.sha256.as_str()),
        _ => None,
    });
    stored.collect()
}

/// The hash of each photo that counts, with its analysis.
fn analyses(visit: &Visit) -> Result<Vec<(String, Option<FaceAnalysis>)>, StoreError> {
    visit
        .current_photos()
        .filter_map(|photo| match &photo.record.photo_state {
            PhotoState::Stored { file } => Some((photo, file.sha256.clone())),
            _ => None,
        })
        .map(|(photo, hash)| match photo.record.analysis {
            AnalysisState::Pending => Ok((hash, None)),
            AnalysisState::Done { .. } | AnalysisState::Skipped { .. } | AnalysisState::Failed { .. } => {
                Ok((hash, photo.open(&visit.key)?))
            }
        })
        .collect()
}
