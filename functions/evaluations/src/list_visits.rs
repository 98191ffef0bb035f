//! A patient's visits, newest first: this record's, and those of records that staff said are the same person's.
//!
//! Each is opened as any evaluation is, by the same gate and with its own entry in the log.

use crate::group::group;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{EvaluationStatus, Withdrawal};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{EvaluationId, PatientId};
use visage_domain::matching::VisitEntry;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};

/// The most visits that are shown: the newest.
const MOST: usize = 100;

/// The operation.
pub struct ListVisits {
    records: Records,
}

/// Whose.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
}

/// The visits.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    visits: Vec<Line>,
}

/// A visit.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The record that it belongs to.
    patient: PatientId,
    evaluation: EvaluationId,
    submitted_at: Timestamp,
    status: EvaluationStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<Timestamp>,
    withdrawn: bool,
}

impl Operation for ListVisits {
    const INFO: Info = Info {
        name: "list_visits",
        method: "GET",
        path: "/v1/patients/{patient}/visits",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("visits").of(&[
        shown("patient"),
        shown("evaluation"),
        shown("submittedAt"),
        shown("status"),
        shown("signedAt"),
        shown("withdrawn"),
    ])];
    type Caller = Staff<permission::ListVisits>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        if call.caller.patient_key.is_none() {
            return Err(Problem::not_found());
        }
        let group = group(&self.records, &call.caller.scope, call.path.patient).await?;
        let mut visits: Vec<VisitEntry> = group.into_iter().flat_map(|links| links.visits).collect();
        visits.sort_by_key(|visit| std::cmp::Reverse(visit.submitted_at));
        visits.truncate(MOST);
        let visits = self.lines(&call, &visits).await?;
        let shown = visits.iter().map(|visit| format!("{}/{}", visit.patient, visit.evaluation)).collect();
        call.trail.after(shown, Reply::new(Output { visits })).await
    }
}

impl ListVisits {
    /// What became of each visit: all evaluations in one call, beside it all withdrawals in another.
    async fn lines(&self, call: &Call<Self>, visits: &[VisitEntry]) -> Result<Vec<Line>, Problem> {
        let scope = &call.caller.scope;
        let evaluations = visits.iter().map(|visit| keys::evaluation(visit.patient, visit.evaluation));
        let withdrawals = visits.iter().map(|visit| keys::withdrawal(visit.patient, visit.evaluation));
        let (evaluations, withdrawals) = tokio::join!(
            self.records.get_each(scope, evaluations),
            self.records.get_each::<_, Withdrawal>(scope, withdrawals)
        );
        let evaluations = evaluations?.into_iter().map(|stored| (stored.record.evaluation, stored.record));
        let evaluations: HashMap<_, _> = evaluations.collect();
        let withdrawn: HashSet<_> = withdrawals?.into_iter().map(|stored| stored.record.evaluation).collect();
        let line = |visit: &VisitEntry| {
            let evaluation = evaluations.get(&visit.evaluation)?;
            Some(Line {
                patient: visit.patient,
                evaluation: visit.evaluation,
                submitted_at: visit.submitted_at,
                status: evaluation.status,
                signed_at: evaluation.signature.as_ref().map(|signature| signature.signed_at),
                withdrawn: withdrawn.contains(&visit.evaluation),
            })
        };
        Ok(visits.iter().filter_map(line).collect())
    }
}
