//! One page of an export of answers, as a FHIR R4 `Bundle` of `QuestionnaireResponse`s: for who started it, within the hour
//! and as long as they may.

use crate::pages::{Line, Place, gather};
use crate::resources::Bundle;
use crate::submitted::Submitted;
use futures_util::future::try_join_all;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use visage_domain::answer_export::AnswerExport;
use visage_domain::audit::Purpose;
use visage_domain::evaluation::EvaluationStatus;
use visage_domain::fields::Field;
use visage_domain::form::fhir::{MEDIA_TYPE, bundle};
use visage_domain::ids::ExportId;
use visage_domain::keys::PatientKey;
use visage_domain::permission::{self, Permission};
use visage_domain::scope::Scope;
use visage_domain::staff::BulkPermission;
use visage_platform::forms::Forms;
use visage_platform::operation::check_bulk;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

/// The most responses of a page: so many visits are in memory at once.
const MAX_PAGE: u16 = 10;
/// The most bytes that the responses of a page may take as JSON. Lambda answers with 6 MB at most, and has them as a text
/// within JSON, where every character may take two. One response is far below this by the limits of forms and answers.
const MOST_BYTES: usize = 3_000_000;

/// The operation.
#[derive(Debug)]
pub struct ReadAnswerExport {
    records: Records,
    forms: Forms,
    vault: Vault,
}

/// Which export.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    export: ExportId,
}

/// Which page of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The most responses; there may be fewer, and still more to come, as long as there is a link to the next page.
    #[serde(default = "page")]
    #[schemars(range(min = 1, max = MAX_PAGE))]
    limit: u16,
    /// Where it begins, from the bundle's link `next`.
    next: Option<String>,
}

const fn page() -> u16 {
    MAX_PAGE
}

impl Input {
    /// Where the page begins that is asked for.
    fn place(&self, export: &AnswerExport) -> Result<Place, Problem> {
        let place = match &self.next {
            None => Place::first(export),
            Some(next) => Place::decode(export, next),
        };
        place.filter(|_| (1..=MAX_PAGE).contains(&self.limit)).ok_or_else(Problem::invalid_query)
    }
}

/// A response of a page.
struct Response {
    line: Line,
    resource: Value,
}

impl Operation for ReadAnswerExport {
    const INFO: Info = Info {
        name: "read_answer_export",
        method: "GET",
        path: "/v1/answer-exports/{export}",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[Problem::bulk_permission_required(), Problem::export_over()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Bundle::FIELDS;
    const PRODUCES: &'static str = MEDIA_TYPE;
    type Caller = Staff<permission::ExportAnswersInBulk>;
    type Path = Path;
    type Input = Input;
    type Output = Bundle;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Bundle>>, Problem> {
        let Staff { scope, staff, .. } = &call.caller;
        let key = keys::answer_export(staff.record.staff, call.path.export);
        let export = self.records.get(scope, key).await?.ok_or_else(Problem::not_found)?.record;
        check_bulk(&staff.record, BulkPermission::Export, call.now)?;
        if !export.is_open(call.now) {
            return Err(Problem::export_over());
        }
        let place = call.input.place(&export)?;
        let (lines, next) = gather(&self.records, scope, &export, place, call.input.limit.into()).await?;
        let responses = self.responses(scope, &export, lines).await?;
        let (responses, next) = cut(responses, next, MOST_BYTES);
        let shown = |Response { line: Line { entry, .. }, .. }: &Response| {
            format!("{}/{}", entry.patient, entry.evaluation)
        };
        let shown = responses.iter().map(shown).collect();
        let next = next.map(|next| {
            let (export, limit) = (export.export, call.input.limit);
            format!("/v1/answer-exports/{export}?limit={limit}&next={}", next.encode())
        });
        let responses = responses.into_iter().map(|it| (it.line.entry.evaluation.into(), it.resource));
        let page = bundle(responses.collect(), call.now, next.as_deref());
        let trail = call.trail.clone().regarding(export.summary());
        trail.after(shown, Reply::new(Bundle(page))).await
    }
}

impl ReadAnswerExport {
    /// The answers of each visit of a page, in its order. What was destroyed since the index named it is left out.
    async fn responses<P: Permission>(
        &self,
        scope: &Scope<P>,
        export: &AnswerExport,
        lines: Vec<Line>,
    ) -> Result<Vec<Response>, Problem> {
        let visits = lines
            .iter()
            .map(|Line { entry, .. }| self.records.visit(scope, entry.patient, entry.evaluation.into()));
        let wanted = lines.iter().map(|line| keys::patient_key(line.entry.patient));
        let (visits, wrapped): (_, Vec<Stored<PatientKey>>) =
            tokio::try_join!(try_join_all(visits), self.records.get_each(scope, wanted))?;
        let wrapped: HashMap<_, _> =
            wrapped.into_iter().map(|key| (key.record.patient, key.record)).collect();
        let mut responses = Vec::with_capacity(lines.len());
        for (line, found) in lines.into_iter().zip(visits) {
            let patient = line.entry.patient;
            let Some(wrapped) = wrapped.get(&patient) else { continue };
            let key = self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(patient)).await?;
            let Some(submitted) = Submitted::open(found, &key)? else { continue };
            if !is_repeated(export, &line, submitted.evaluation.status) {
                responses.push(Response { line, resource: submitted.response(scope, &self.forms).await? });
            }
        }
        Ok(responses)
    }
}

/// Whether an evaluation was shown before: a signed one that was withdrawn stands in the queues of both.
fn is_repeated(export: &AnswerExport, line: &Line, status: EvaluationStatus) -> bool {
    let is_of_all = export.status.is_none();
    is_of_all && line.status == EvaluationStatus::Withdrawn && status == EvaluationStatus::Signed
}

/// As many of the responses as fit into an answer, at least one, and where the next page begins.
fn cut(mut responses: Vec<Response>, next: Option<Place>, most: usize) -> (Vec<Response>, Option<Place>) {
    let mut bytes = 0;
    let fit = responses.iter().take_while(|response| {
        bytes += response.resource.to_string().len();
        bytes <= most
    });
    let fit = fit.count().max(1);
    if fit >= responses.len() {
        return (responses, next);
    }
    responses.truncate(fit);
    let next = responses.last().map(|last| last.line.place_after());
    (responses, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::json;
    use visage_domain::access_reason::AccessReason;
    use visage_domain::ids::{EvaluationId, PatientId, StaffId};
    use visage_store::records::QueueEntry;

    fn line(number: u8, status: EvaluationStatus) -> Line {
        let entry = QueueEntry {
            evaluation: EvaluationId::from_bits([number; 16]),
            patient: PatientId::from_bits([number; 16]),
            created_at: Timestamp::UNIX_EPOCH,
            assignee: None,
        };
        Line { status, entry }
    }

    fn responses(sizes: &[usize]) -> Vec<Response> {
        let response = |(number, size): (u8, &usize)| Response {
            line: line(number, EvaluationStatus::New),
            // A text takes its quotes too.
            resource: json!("x".repeat(size - 2)),
        };
        (1..).zip(sizes).map(response).collect()
    }

    #[test]
    fn a_page_ends_before_it_is_too_large_and_goes_on_after_what_it_has() {
        let end = Some(line(9, EvaluationStatus::Signed).place_after());
        let after = |number| Some(line(number, EvaluationStatus::New).place_after());
        for (sizes, count, next) in [
            (&[10, 10, 10][..], 3, end),
            (&[10, 10, 11][..], 2, after(2)),
            (&[31, 10][..], 1, after(1)),
            (&[31][..], 1, end),
            (&[][..], 0, end),
        ] {
            let (shown, goes_on) = cut(responses(sizes), end, 30);
            assert_eq!((shown.len(), goes_on), (count, next), "{sizes:?}");
        }
    }

    #[test]
    fn a_signed_evaluation_that_was_withdrawn_is_shown_once() {
        let export = |status| AnswerExport {
            export: ExportId::from_bits([1; 16]),
            started_by: StaffId::from_bits([2; 16]),
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            status,
            reason: AccessReason::Complaint,
            started_at: Timestamp::UNIX_EPOCH,
        };
        let (signed, withdrawn) = (EvaluationStatus::Signed, EvaluationStatus::Withdrawn);
        assert!(is_repeated(&export(None), &line(1, withdrawn), signed));
        assert!(!is_repeated(&export(None), &line(1, withdrawn), withdrawn));
        assert!(!is_repeated(&export(None), &line(1, signed), signed));
        assert!(!is_repeated(&export(Some(withdrawn)), &line(1, withdrawn), signed));
    }
}
