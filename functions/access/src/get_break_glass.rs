//! What somebody broke the glass for, and every request that it allowed: what a review looks at.

use crate::glass::{Path, Shown, read};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::{AuditEntry, Outcome, Purpose};
use visage_domain::evaluation::Reason;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{EvaluationId, PatientId};
use visage_domain::permission;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::audit::AuditLog;
use visage_store::records::Records;
use visage_store::vault::{Subject, Vault};

/// The most requests of a page.
const MAX_PAGE: usize = 200;

/// The operation.
pub struct GetBreakGlass {
    records: Records,
    vault: Vault,
    log: AuditLog,
}

/// Which page of what was opened.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    next: Option<String>,
}

/// It, with what was written and what was opened.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    break_glass: Shown,
    explanation: Reason,
    /// What the reviewer says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Reason>,
    /// The requests, oldest first. What the roles of that time allowed by themselves is none of them.
    opened: Vec<Opened>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A request that only the broken glass allowed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BreakGlassAccess")]
struct Opened {
    at: Timestamp,
    /// The operation.
    action: String,
    /// `granted` or `done`; `refused` or `failed`, and then with the problem's code.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<PatientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation: Option<EvaluationId>,
    /// What a list showed: patient and evaluation.
    shown: Vec<String>,
}

impl Opened {
    /// What is shown of it.
    const FIELDS: &'static [Field] = &[
        shown("at"),
        shown("action"),
        shown("outcome"),
        shown("code"),
        shown("patient"),
        shown("evaluation"),
        shown("shown"),
    ];
}

impl Operation for GetBreakGlass {
    const INFO: Info = Info {
        name: "get_break_glass",
        method: "GET",
        path: "/v1/break-glass/{break_glass}",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        // The explanation may tell of a patient.
        phi: true,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[
        shown("breakGlass").of(Shown::FIELDS),
        shown("explanation"),
        shown("note"),
        shown("opened").of(Opened::FIELDS),
        shown("next"),
    ];
    type Caller = Staff<permission::ReadBreakGlass>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, log: setup.audit_log()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.trail.alongside(self.look(&call)).await
    }
}

impl GetBreakGlass {
    async fn look(&self, call: &Call<Self>) -> Result<Reply<Output>, Problem> {
        let Staff { scope, clinic, .. } = &call.caller;
        let (stored, key) = tokio::join!(
            read(&self.records, scope, call.path),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (stored, key) = (stored?, key?);
        let texts = stored.open(&key)?;
        let page = self.log.opened_by(scope, &stored.record, MAX_PAGE, call.input.next.as_deref()).await?;
        Ok(Reply::new(Output {
            break_glass: stored.record.into(),
            explanation: texts.explanation,
            note: texts.note,
            opened: page.entries.into_iter().map(Opened::from).collect(),
            next: page.next,
        }))
    }
}

impl From<AuditEntry> for Opened {
    fn from(entry: AuditEntry) -> Self {
        Self {
            at: entry.at,
            outcome: entry.outcome.code(),
            patient: entry.patient,
            evaluation: entry.named("evaluation").and_then(|id| id.parse().ok()),
            action: entry.action,
            code: match entry.outcome {
                Outcome::Granted | Outcome::Done => None,
                Outcome::Refused { code } | Outcome::Failed { code } => Some(code),
            },
            shown: entry.shown,
        }
    }
}
