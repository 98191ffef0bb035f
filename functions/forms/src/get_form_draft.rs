//! The form that owners are working on, with what stands in the way of its publication.

use crate::draft::{problems, read};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::form::Form;
use visage_domain::form_version::FormDraft;
use visage_domain::ids::StaffId;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
#[derive(Debug)]
pub struct GetFormDraft {
    records: Records,
}

/// The draft.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    saved_by: StaffId,
    saved_at: Timestamp,
    problems: Vec<FieldProblem>,
    form: Form,
}

impl Operation for GetFormDraft {
    const INFO: Info = Info {
        name: "get_form_draft",
        method: "GET",
        path: "/v1/form-draft",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::not_found()],
        headers: &[Header::ETag],
    };
    const FIELDS: &'static [Field] = &[
        shown("savedBy"),
        shown("savedAt"),
        shown("problems").of(FieldProblem::FIELDS),
        shown("form").of(Form::FIELDS),
    ];
    type Caller = Staff<permission::DraftForm>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let get = async {
            let stored = read(&self.records, &call.caller.scope).await?.ok_or_else(Problem::not_found)?;
            let FormDraft { form, saved_by, saved_at } = stored.record;
            let form = form.ok_or_else(Problem::not_found)?;
            let output = Output { saved_by, saved_at, problems: problems(form.problems()), form };
            Ok(Reply::new(output).with_etag(stored.version))
        };
        call.trail.alongside(get).await
    }
}
