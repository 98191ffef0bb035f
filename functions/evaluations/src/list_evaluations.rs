//! The evaluation queue: by status, assignee and age; oldest first, page by page.

use crate::names::names_of;
use jiff::{SignedDuration, Timestamp, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{EvaluationStatus, Withdrawal};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{EvaluationId, MalformedId, PatientId, StaffId};
use visage_domain::keys::PatientKey;
use visage_domain::patient::Patient;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{AssigneeFilter, Cursor, QueueEntry, QueueFilter, Records, Stored, keys};
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
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    #[serde(default = "new")]
    status: EvaluationStatus,
    /// `mine`, `unassigned` or somebody; everybody's if it isn't said.
    assignee: Option<Whose>,
    /// Those that have waited at least so long.
    min_age_hours: Option<u32>,
    /// Those that have waited at most so long.
    max_age_hours: Option<u32>,
    #[serde(default = "page")]
    #[schemars(range(min = 1, max = MAX_PAGE))]
    limit: i32,
    next: Option<String>,
}

/// Whose work is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
enum Whose {
    Mine,
    Unassigned,
    Theirs(StaffId),
}

impl TryFrom<String> for Whose {
    type Error = MalformedId;

    fn try_from(text: String) -> Result<Self, MalformedId> {
        match text.as_str() {
            "mine" => Ok(Self::Mine),
            "unassigned" => Ok(Self::Unassigned),
            staff => staff.parse().map(Self::Theirs),
        }
    }
}

const fn new() -> EvaluationStatus {
    EvaluationStatus::New
}

const fn page() -> i32 {
    25
}

impl Input {
    /// What is asked for, by `me` at `now`, and where to go on.
    fn read(&self, me: StaffId, now: Timestamp) -> Result<(QueueFilter, Option<Cursor>), Problem> {
        let cursor = self.next.as_deref().map(Cursor::decode);
        let ages = (self.min_age_hours.unwrap_or(0), self.max_age_hours.unwrap_or(u32::MAX));
        if !(1..=MAX_PAGE).contains(&self.limit) || cursor == Some(None) || ages.0 > ages.1 {
            return Err(Problem::invalid_query());
        }
        let ago = |hours: u32| {
            now.checked_sub(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::UNIX_EPOCH)
        };
        let assignee = match self.assignee {
            None => AssigneeFilter::Anyone,
            Some(Whose::Unassigned) => AssigneeFilter::Nobody,
            Some(Whose::Mine) => AssigneeFilter::Staff(me),
            Some(Whose::Theirs(staff)) => AssigneeFilter::Staff(staff),
        };
        let filter = QueueFilter {
            status: self.status,
            assignee,
            since: self.max_age_hours.map(ago),
            until: self.min_age_hours.map(ago),
        };
        Ok((filter, cursor.flatten()))
    }
}

/// The page.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    evaluations: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One evaluation of the queue.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    evaluation: EvaluationId,
    patient: PatientId,
    patient_name: String,
    created_at: Timestamp,
    age_hours: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<StaffId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee_name: Option<String>,
    /// Whether it was withdrawn; a signed one stays among the signed.
    withdrawn: bool,
}

impl Line {
    const FIELDS: &'static [Field] = &[
        shown("evaluation"),
        shown("patient"),
        shown("patientName"),
        shown("createdAt"),
        shown("ageHours"),
        shown("assignee"),
        shown("assigneeName"),
        shown("withdrawn"),
    ];
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
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("evaluations").of(Line::FIELDS), shown("next")];
    type Caller = Staff<permission::ListEvaluations>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (filter, cursor) = call.input.read(call.caller.staff.record.staff, call.now)?;
        let page = self.records.queue(&call.caller.scope, &filter, call.input.limit, cursor).await?;
        let patients: Vec<PatientId> = page.entries.iter().map(|entry| entry.patient).collect();
        let assignees = page.entries.iter().filter_map(|entry| entry.assignee).collect();
        let (names, assignees, withdrawn) = tokio::try_join!(
            self.names(&call, &patients),
            names_of(&self.records, &self.vault, &call.caller, assignees),
            self.withdrawn(&call, filter.status, &page.entries)
        )?;
        let line = |entry: &QueueEntry| Line {
            evaluation: entry.evaluation,
            patient: entry.patient,
            patient_name: names.get(&entry.patient).cloned().unwrap_or_default(),
            created_at: entry.created_at,
            age_hours: call.now.since((Unit::Hour, entry.created_at)).map_or(0, |age| age.get_hours().into()),
            assignee: entry.assignee,
            assignee_name: entry.assignee.and_then(|staff| assignees.get(&staff).cloned()),
            withdrawn: withdrawn.contains(&entry.evaluation),
        };
        let evaluations: Vec<Line> = page.entries.iter().map(line).collect();
        let shown = evaluations.iter().map(|line| format!("{}/{}", line.patient, line.evaluation)).collect();
        call.trail.after(shown, Reply::new(Output { evaluations, next: page.next })).await
    }
}

impl ListEvaluations {
    /// Which of them were withdrawn. The index can't say it of the signed ones, which never change.
    async fn withdrawn(
        &self,
        call: &Call<Self>,
        status: EvaluationStatus,
        entries: &[QueueEntry],
    ) -> Result<HashSet<EvaluationId>, Problem> {
        match status {
            EvaluationStatus::New | EvaluationStatus::InProgress => Ok(HashSet::new()),
            EvaluationStatus::Withdrawn => Ok(entries.iter().map(|entry| entry.evaluation).collect()),
            EvaluationStatus::Signed => {
                let keys = entries.iter().map(|entry| keys::withdrawal(entry.patient, entry.evaluation));
                let found: Vec<Stored<Withdrawal>> = self.records.get_each(&call.caller.scope, keys).await?;
                Ok(found.into_iter().map(|withdrawal| withdrawal.record.evaluation).collect())
            }
        }
    }

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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<QueueFilter, Problem> {
        let input: Input = serde_json::from_str(query).unwrap();
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        input.read(StaffId::from_bits([1; 16]), now).map(|(filter, _)| filter)
    }

    #[test]
    fn mine_is_the_callers_and_an_age_is_counted_back_from_now() {
        let filter = read(r#"{"assignee":"mine","minAgeHours":24,"maxAgeHours":48}"#).unwrap();
        assert_eq!(filter.assignee, AssigneeFilter::Staff(StaffId::from_bits([1; 16])));
        assert_eq!(filter.until, Some("2026-11-21T12:00:00Z".parse().unwrap()));
        assert_eq!(filter.since, Some("2026-11-20T12:00:00Z".parse().unwrap()));
        assert_eq!(read(r#"{"assignee":"unassigned"}"#).unwrap().assignee, AssigneeFilter::Nobody);
        assert_eq!(read("{}").unwrap().assignee, AssigneeFilter::Anyone);
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused_and_no_age_is_too_old() {
        for bad in [
            r#"{"limit":0}"#,
            r#"{"limit":51}"#,
            r#"{"next":"AAAA"}"#,
            r#"{"minAgeHours":2,"maxAgeHours":1}"#,
        ] {
            assert_eq!(read(bad).unwrap_err(), Problem::invalid_query(), "{bad}");
        }
        assert!(read(r#"{"maxAgeHours":4294967295}"#).is_ok());
        assert!(serde_json::from_str::<Input>(r#"{"assignee":"stf_me"}"#).is_err());
    }
}
