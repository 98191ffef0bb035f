//! Shows a form as patients would see it, and what would become of answers, without keeping anything.

use crate::draft::{problems, read};
use crate::standing::{known, resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::form::{AnswersBySection, Form, PhoneRegion, Preview, PublishableForm};
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
#[derive(Debug)]
pub struct PreviewForm {
    records: Records,
    forms: Forms,
}

/// What is tried.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Input {
    /// Which version; the draft, if none.
    version: Option<u32>,
    /// In which language, or the nearest that the form has.
    language: Option<String>,
    /// Answers by section. Invented ones: they are looked at and forgotten.
    answers: AnswersBySection,
}

/// What patients would see.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    language: String,
    languages: Vec<String>,
    form: Form,
    /// The `linkId` of every item that would be shown after these answers.
    shown: Vec<String>,
    /// What handing in these answers would be told; pointers are `/<section>/<linkId>`.
    errors: Vec<FieldProblem>,
    /// What stands in the way of publication; pointers into the form.
    problems: Vec<FieldProblem>,
}

impl Operation for PreviewForm {
    const INFO: Info = Info {
        name: "preview_form",
        method: "POST",
        path: "/v1/form-preview",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 256 * 1024,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::not_found()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[
        shown("language"),
        shown("languages"),
        shown("form").of(Form::FIELDS),
        shown("shown"),
        shown("errors").of(FieldProblem::FIELDS),
        shown("problems").of(FieldProblem::FIELDS),
    ];
    type Caller = Staff<permission::DraftForm>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let today = call.caller.clinic.today(call.now);
        let show = async {
            let tried = self.form(&call).await?;
            let wanted: Vec<&String> = call.input.language.iter().collect();
            let Preview { shown, errors } = tried.preview(&call.input.answers, today, PhoneRegion::US);
            let form = tried.form();
            let language = form.best_language(&wanted).to_owned();
            let output = Output {
                languages: form.languages().map(str::to_owned).collect(),
                problems: problems(form.problems()),
                form: form.clone().in_language(&language),
                language,
                shown,
                errors: problems(errors),
            };
            Ok(Reply::new(output))
        };
        // The path names no version.
        let trail = call.trail.clone();
        let trail = match call.input.version {
            Some(version) => trail.regarding(resource(version)),
            None => trail,
        };
        trail.alongside(show).await
    }
}

impl PreviewForm {
    async fn form(&self, call: &Call<Self>) -> Result<Arc<PublishableForm>, Problem> {
        let scope = &call.caller.scope;
        match call.input.version {
            None => {
                let draft = read(&self.records, scope).await?.and_then(|stored| stored.record.form);
                Ok(Arc::new(PublishableForm::already_published(draft.ok_or_else(Problem::not_found)?)))
            }
            Some(version) => {
                known(&self.records, scope, version).await?;
                Ok(self.forms.version(scope, version).await?)
            }
        }
    }
}
