//! The form that a clinic's patients are shown, in the language that serves them best: the one asked for by `?language=`,
//! else by `Accept-Language`, else the form's own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::clinic::Asked;
use visage_domain::fields::{Field, shown};
use visage_domain::form::{Form, accepted_languages};
use visage_domain::permission;
use visage_platform::forms::{Forms, InForce};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Visitor};
use visage_store::directory::Directory;
use visage_store::records::{Records, keys};

/// The operation.
#[derive(Debug)]
pub struct GetForm {
    directory: Directory,
    records: Records,
    forms: Forms,
}

/// Which clinic.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Path {
    slug: String,
}

/// How it is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A BCP 47 tag; any other text asks for nothing.
    language: Option<String>,
}

/// The form and whose it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    clinic_name: String,
    clinic_email: String,
    clinic_phone: String,
    version: u32,
    /// The language of `form`.
    language: String,
    /// All the languages that it can be had in.
    languages: Vec<String>,
    form: Form,
}

impl Operation for GetForm {
    const INFO: Info = Info {
        name: "get_form",
        method: "GET",
        path: "/v1/clinics/{slug}/form",
        purpose: Purpose::PatientRequest,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[Header::AcceptLanguage],
    };
    const FIELDS: &'static [Field] = &[
        shown("clinicName"),
        shown("clinicEmail"),
        shown("clinicPhone"),
        shown("version"),
        shown("language"),
        shown("languages"),
        shown("form").of(Form::FIELDS),
    ];
    type Caller = Visitor<permission::ReadForm>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { directory: setup.directory()?, records: setup.records()?, forms: setup.forms()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let clinic = self.directory.clinic_of(&call.path.slug).await?.ok_or_else(Problem::not_found)?;
        let scope = call.caller.scope_in(clinic)?;
        let (clinic, current) =
            tokio::join!(self.records.get(&scope, keys::clinic()), self.forms.in_force(&scope));
        let clinic = clinic?.ok_or_else(Problem::not_found)?.record;
        // A form that no intake can be started with leads nowhere.
        if clinic.admits(Asked { phi: true, changes: true, acts: true }, call.now).is_err() {
            return Err(Problem::not_found());
        }
        let InForce { version, form } = current?.ok_or_else(Problem::not_found)?;
        let form = form.form();
        let header = call.accept_language.as_deref().map(accepted_languages).unwrap_or_default();
        let wanted: Vec<&str> = call.input.language.as_deref().into_iter().chain(header).collect();
        let language = form.best_language(&wanted).to_owned();
        let output = Output {
            clinic_name: clinic.name,
            clinic_email: clinic.contact.email,
            clinic_phone: clinic.contact.phone,
            version,
            languages: form.languages().map(str::to_owned).collect(),
            form: form.clone().in_language(&language),
            language,
        };
        Ok(call.trail.public(&call.caller, Reply::new(output)))
    }
}
