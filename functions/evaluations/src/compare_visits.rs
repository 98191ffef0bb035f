//! Before and after: compares what was measured at two visits of one person, view by view. Only a difference beyond the
//! errors of both is called a change.
//!
//! The visits are of one record, or of records that staff said are one person's; those of anybody else aren't there. Each is a
//! chart that is opened, so each asks for a reason if it isn't part of the caller's work, and one entry in the log names both.

use crate::compared::{ComparedView, Shot, views};
use crate::group::group;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{Evaluation, EvaluationStatus, Withdrawal};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{EvaluationId, PatientId};
use visage_domain::permission;
use visage_domain::photo::Photo;
use visage_platform::operation::{Empty, check_involved};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::{Found, Records, Stored, keys};
use visage_store::vault::{DataKey, Subject, Vault};

/// The operation.
pub struct CompareVisits {
    records: Records,
    vault: Vault,
}

/// Which two. Which of them is the earlier, their records tell.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
    evaluation: EvaluationId,
    /// The record that the other visit belongs to; it may be the same.
    other: PatientId,
    /// The other visit's evaluation.
    other_evaluation: EvaluationId,
}

/// The comparison.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    before: Line,
    after: Line,
    /// Every view of which at least one of the visits has a photo.
    views: Vec<ComparedView>,
}

/// A visit.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The record that it belongs to.
    patient: PatientId,
    evaluation: EvaluationId,
    created_at: Timestamp,
    status: EvaluationStatus,
    withdrawn: bool,
}

impl Line {
    const FIELDS: &'static [Field] =
        &[shown("patient"), shown("evaluation"), shown("createdAt"), shown("status"), shown("withdrawn")];
}

impl Operation for CompareVisits {
    const INFO: Info = Info {
        name: "compare_visits",
        method: "GET",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/comparison/{other}/{other_evaluation}",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[],
        headers: &[Header::AccessReason],
    };
    const FIELDS: &'static [Field] = &[
        shown("before").of(Line::FIELDS),
        shown("after").of(Line::FIELDS),
        shown("views").of(ComparedView::FIELDS),
    ];
    // It shows nothing that opening both doesn't.
    type Caller = Staff<permission::OpenEvaluation>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (one, other) = self.read(&call).await?;
        let is_later = one.evaluation.created_at > other.evaluation.created_at;
        let (before, after) = if is_later { (other, one) } else { (one, other) };
        let views = views(call.path.patient, &before.shots, &after.shots);
        let (before, after) = (before.line(), after.line());
        let named = |line: &Line| format!("{}/{}", line.patient, line.evaluation);
        let shown = vec![named(&before), named(&after)];
        call.trail.after(shown, Reply::new(Output { before, after, views })).await
    }
}

impl CompareVisits {
    /// Both visits, and who is who, read at the same time: the number of calls doesn't depend on what the visits hold.
    async fn read(&self, call: &Call<Self>) -> Result<(Opened, Opened), Problem> {
        let (caller, scope) = (&call.caller, &call.caller.scope);
        let Path { patient, evaluation, other, other_evaluation } = call.path;
        let key = caller.patient_key.as_ref().ok_or_else(Problem::not_found)?;
        let (group, other_key, found, other_found) = tokio::join!(
            group(&self.records, scope, patient),
            self.records.get(scope, keys::patient_key(other)),
            self.records.visit(scope, patient, evaluation.into()),
            self.records.visit(scope, other, other_evaluation.into())
        );
        let one = Visit::of(found?, call)?;
        // Whose the other is comes before all else about it: of somebody else's nothing is told, nor that it exists.
        let group = group?;
        let is_theirs = group
            .iter()
            .flat_map(|links| &links.visits)
            .any(|visit| visit.patient == other && visit.evaluation == other_evaluation);
        if !is_theirs || other_evaluation == evaluation {
            return Err(Problem::not_found());
        }
        let other_key = other_key?.ok_or_else(Problem::not_found)?.record;
        let two = Visit::of(other_found?, call)?;
        let key = self.vault.unwrap_key(scope, &key.key, Subject::Patient(patient)).await?;
        let other_key = self.vault.unwrap_key(scope, &other_key.key, Subject::Patient(other)).await?;
        Ok((one.open(&key)?, two.open(&other_key)?))
    }
}

/// What is needed of a visit, still sealed.
struct Visit {
    evaluation: Evaluation,
    withdrawn: bool,
    photos: Vec<Stored<Photo>>,
}

impl Visit {
    /// Takes it out of what was read. What isn't there is 404, what isn't the caller's work asks for a reason.
    fn of(mut found: Found, call: &Call<CompareVisits>) -> Result<Self, Problem> {
        let evaluation = found.take::<Evaluation>()?.ok_or_else(Problem::not_found)?.record;
        check_involved(&evaluation, &call.caller, call.access_reason)?;
        let withdrawn = found.take::<Withdrawal>()?.is_some();
        Ok(Self { evaluation, withdrawn, photos: found.take_all()? })
    }

    /// Opens what was found out about its photos.
    fn open(self, key: &DataKey) -> Result<Opened, StoreError> {
        let current = self.photos.iter().filter(|photo| photo.record.counts_for_view());
        let shots = current.map(|photo| Shot::of(photo, key)).collect::<Result<_, _>>()?;
        Ok(Opened { evaluation: self.evaluation, withdrawn: self.withdrawn, shots })
    }
}

/// A visit with what was measured at it.
struct Opened {
    evaluation: Evaluation,
    withdrawn: bool,
    shots: Vec<Shot>,
}

impl Opened {
    fn line(&self) -> Line {
        let Evaluation { patient, evaluation, created_at, status, .. } = self.evaluation;
        Line { patient, evaluation, created_at, status, withdrawn: self.withdrawn }
    }
}
