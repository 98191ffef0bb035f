//! The evaluation queue: by status, oldest first, page by page.

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use visage_domain::audit::Purpose;
use visage_domain::evaluation::EvaluationStatus;
use visage_domain::ids::{EvaluationId, PatientId};
use visage_domain::keys::PatientKey;
use visage_domain::patient::Patient;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, Stored};
use visage_store::vault::{Subject, Vault};

/// The most entries of a page: patients and their keys come in one call of at most 100 items.
const MAX_PAGE: i32 = 50;

/// The operation.
#[derive(Debug)]
pub struct ListEvaluations {
    records: Records,
    vault: Vault,
}

/// Which page of which queue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    #[serde(default = "new")]
    status: EvaluationStatus,
    #[serde(default = "page")]
    limit: i32,
    next: Option<String>,
}

const fn new() -> EvaluationStatus {
    EvaluationStatus::New
}

const fn page() -> i32 {
    25
}

/// The page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    evaluations: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One evaluation of the queue.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    evaluation: EvaluationId,
    patient: PatientId,
    patient_name: String,
    created_at: Timestamp,
    age_hours: i64,
}

impl Operation for ListEvaluations {
    const INFO: Info = Info {
        name: "list_evaluations",
        method: "GET",
        path: "/v1/evaluations",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        // A queue on a screen refreshes by itself; that must not keep its session alive.
        background: true,
        phi: true,
    };
    type Caller = Staff<permission::ListEvaluations>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        if !(1..=MAX_PAGE).contains(&call.input.limit) {
            return Err(Problem::invalid_query());
        }
        let (status, limit) = (call.input.status, call.input.limit);
        let page = self.records.queue(&call.caller.scope, status, limit, call.input.next.as_deref()).await?;
        let patients: Vec<PatientId> = page.entries.iter().map(|entry| entry.patient).collect();
        let names = self.names(&call, &patients).await?;
        let line = |entry: &visage_store::records::QueueEntry| Line {
            evaluation: entry.evaluation,
            patient: entry.patient,
            patient_name: names.get(&entry.patient).cloned().unwrap_or_default(),
            created_at: entry.created_at,
            age_hours: call.now.since((Unit::Hour, entry.created_at)).map_or(0, |age| age.get_hours().into()),
        };
        let evaluations: Vec<Line> = page.entries.iter().map(line).collect();
        let shown = evaluations.iter().map(|line| format!("{}/{}", line.patient, line.evaluation)).collect();
        call.trail.after(shown, Reply::new(Output { evaluations, next: page.next })).await
    }
}

impl ListEvaluations {
    async fn names(
        &self,
        call: &Call<Self>,
        patients: &[PatientId],
    ) -> Result<HashMap<PatientId, String>, Problem> {
        let scope = &call.caller.scope;
        let mut found = self.records.patients_with_keys(scope, patients).await?;
        let keys: Vec<Stored<PatientKey>> = found.take_all()?;
        let keys: HashMap<_, _> = keys.into_iter().map(|key| (key.record.patient, key.record)).collect();
        let mut names = HashMap::new();
        for patient in found.take_all::<Patient>()? {
            let id = patient.record.patient;
            if let Some(wrapped) = keys.get(&id) {
                let key = self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(id)).await?;
                names.insert(id, patient.open(&key)?.full_name());
            }
        }
        Ok(names)
    }
}
