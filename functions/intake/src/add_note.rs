//! Adds a note of staff to an intake: from the desk, or of a call. Nothing changes or removes one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{IntakeId, NoteId, PatientId};
use visage_domain::intake::{Intake, IntakeStatus};
use visage_domain::note::{Note, NoteKind, NoteText};
use visage_domain::permission;
use visage_domain::phi::Phi;
use visage_domain::retention::Record;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct AddNote {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// Which intake.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
    intake: IntakeId,
}

/// The note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    kind: NoteKind,
    text: Phi<String>,
}

/// The written note.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    note: NoteId,
}

impl Operation for AddNote {
    const INFO: Info = Info {
        name: "add_note",
        method: "POST",
        path: "/v1/patients/{patient}/intakes/{intake}/notes",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 32_768,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::invalid_fields()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[shown("note")];
    type Caller = Staff<permission::AddNote>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let Path { patient, intake } = call.path;
        let scope = &call.caller.scope;
        let wrapped = call.caller.patient_key.as_ref().ok_or_else(Problem::not_found)?;
        let (key, about) = tokio::join!(
            self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(patient)),
            self.records.get(scope, keys::intake(patient, intake))
        );
        let about = about?.filter(|about| about.record.status != IntakeStatus::Abandoned);
        let (key, about) = (key?, about.ok_or_else(Problem::not_found)?);
        let text = NoteText::new(call.input.text.expose())
            .map_err(|code| Problem::invalid_fields().with_errors([FieldProblem::new("/text", code)]))?;
        let written_by = call.caller.staff.record.staff;
        // The same key about another intake is another request.
        let caller = format!("{written_by}/{intake}");
        let given = call.idempotency_key.as_deref();
        let request = Idempotent::new(&key, &caller, Self::INFO.name, given, &[&call.body])?;
        let entropy = &*self.setup.entropy;
        let note = Note {
            note: NoteId::new(entropy),
            patient,
            intake: about.record.intake,
            kind: call.input.kind,
            written_by,
            written_at: call.now,
        };
        let transaction = self.records.transaction(scope, entropy);
        let transaction = request
            .mark(transaction, vec![note.note.to_string()], call.now)?
            .create_sealed(Note::TYPE, &note, &text, &key)?
            // What is being destroyed takes no notes.
            .require(Intake::TYPE, &about)?;
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Output { note: note.note }))),
            Err(CommitError::Conflict(idempotency::LABEL)) => {
                let note = request.created(&self.records, scope, call.now).await?;
                call.trail.after(Vec::new(), Reply::new(Output { note })).await
            }
            Err(error) => Err(error.into()),
        }
    }
}
