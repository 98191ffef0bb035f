//! The notices that didn't go out, by what became of them, oldest first: what staff look after.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{EvaluationId, LinkId, OutboxId, PatientId};
use visage_domain::keys::PatientKey;
use visage_domain::outbox::{CLAIM_GRACE, Channel, NoticeEvent, OutboxItem, OutboxState, Task};
use visage_domain::patient::Patient;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::OutboxQueue;
use visage_store::records::{Order, Records, Stored};
use visage_store::vault::{Subject, Vault};

/// The most entries of a page: patients and their keys come in one call of at most 100 items.
const MAX_PAGE: i32 = 50;

/// The operation.
#[derive(Debug)]
pub struct ListNotices {
    records: Records,
    vault: Vault,
}

/// What became of a notice that didn't go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "NoticeState")]
pub enum State {
    /// A worker took it and was never heard of again: nobody knows whether it left.
    Unknown,
    /// It waits.
    Pending,
    /// It was refused for good.
    Failed,
    /// It was held back, for a reason.
    Suppressed,
}

/// Which page of which notices.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    #[serde(default = "unknown")]
    state: State,
    #[serde(default = "page")]
    #[schemars(range(min = 1, max = MAX_PAGE))]
    limit: i32,
    next: Option<String>,
}

const fn unknown() -> State {
    State::Unknown
}

const fn page() -> i32 {
    25
}

/// The page.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    notices: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A notice.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    notice: OutboxId,
    patient: PatientId,
    patient_name: String,
    evaluation: EvaluationId,
    event: NoticeEvent,
    channel: Channel,
    state: &'static str,
    /// Why it was held back, or the code with which it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkId>,
    created_at: Timestamp,
}

impl Line {
    const FIELDS: &'static [Field] = &[
        shown("notice"),
        shown("patient"),
        shown("patientName"),
        shown("evaluation"),
        shown("event"),
        shown("channel"),
        shown("state"),
        shown("reason"),
        shown("link"),
        shown("createdAt"),
    ];
}

impl Operation for ListNotices {
    const INFO: Info = Info {
        name: "list_notices",
        method: "GET",
        path: "/v1/notices",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        background: true,
        phi: true,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("notices").of(Line::FIELDS), shown("next")];
    type Caller = Staff<permission::ListNotices>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let Input { state, limit, next } = &call.input;
        if !(1..=MAX_PAGE).contains(limit) {
            return Err(Problem::invalid_query());
        }
        // What was claimed a moment ago is being sent.
        let (queue, before) = match state {
            State::Unknown => (OutboxQueue::Claimed, call.now.checked_sub(CLAIM_GRACE)),
            State::Pending => (OutboxQueue::Pending, Ok(Timestamp::MAX)),
            State::Failed => (OutboxQueue::Failed, Ok(Timestamp::MAX)),
            State::Suppressed => (OutboxQueue::Suppressed, Ok(Timestamp::MAX)),
        };
        let before = before.map_err(|_| Problem::internal())?;
        let scope = &call.caller.scope;
        let listed = (queue, Order::OldestFirst);
        let page = self
            .records
            .outbox(scope, listed, (Timestamp::UNIX_EPOCH, before), *limit, next.as_deref())
            .await?;
        let patients: Vec<PatientId> = page.entries.iter().map(|item| item.patient).collect();
        let names = self.names(&call, &patients).await?;
        let notices: Vec<Line> = page.entries.iter().filter_map(|item| line(item, &names)).collect();
        let shown = notices.iter().map(|line| format!("{}/{}", line.patient, line.notice)).collect();
        call.trail.after(shown, Reply::new(Output { notices, next: page.next })).await
    }
}

impl ListNotices {
    async fn names(
        &self,
        call: &Call<Self>,
        patients: &[PatientId],
    ) -> Result<HashMap<PatientId, String>, Problem> {
        let scope = &call.caller.scope;
        let mut found = self.records.patients_with_keys(scope, patients).await?;
        let keys: HashMap<_, _> = found
            .take_all::<PatientKey>()?
            .into_iter()
            .map(|stored: Stored<PatientKey>| (stored.record.patient, stored.record.key))
            .collect();
        let mut names = HashMap::new();
        for patient in found.take_all::<Patient>()? {
            let id = patient.record.patient;
            if let Some(wrapped) = keys.get(&id) {
                let key = self.vault.unwrap_key(scope, wrapped, Subject::Patient(id)).await?;
                names.insert(id, patient.open(&key)?.full_name());
            }
        }
        Ok(names)
    }
}

/// A report that waits to be rendered is no notice.
fn line(item: &OutboxItem, names: &HashMap<PatientId, String>) -> Option<Line> {
    let Task::Notice { channel, event } = item.task else { return None };
    let reason = match &item.outbox_state {
        OutboxState::Suppressed { reason } => Some(reason.clone()),
        OutboxState::Failed { code } => Some(code.clone()),
        _ => None,
    };
    Some(Line {
        notice: item.outbox,
        patient: item.patient,
        patient_name: names.get(&item.patient).cloned().unwrap_or_default(),
        evaluation: item.evaluation,
        event,
        channel,
        state: item.outbox_state.code(),
        reason,
        link: item.link,
        created_at: item.created_at,
    })
}
