//! One version of the clinic's form, in force or not, in all its languages.

use crate::standing::{Line, Path, read};
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::form::Form;
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
#[derive(Debug)]
pub struct GetFormVersion {
    records: Records,
    forms: Forms,
}

/// The version.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    #[serde(flatten)]
    line: Line,
    form: Form,
}

impl Operation for GetFormVersion {
    const INFO: Info = Info {
        name: "get_form_version",
        method: "GET",
        path: "/v1/forms/{version}",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[
        shown("version"),
        shown("title"),
        shown("languages"),
        shown("status"),
        shown("publishedBy"),
        shown("publishedAt"),
        shown("retiredBy"),
        shown("retiredAt"),
        shown("form").of(Form::FIELDS),
    ];
    type Caller = Staff<permission::ReadFormVersions>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let scope = &call.caller.scope;
        let show = async {
            let (standing, current, form) =
                read(&self.records, &self.forms, scope, call.path.version).await?;
            let form = form.form().clone();
            Ok(Reply::new(Output { line: Line::of(standing, current), form }))
        };
        call.trail.alongside(show).await
    }
}
