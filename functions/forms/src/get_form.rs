//! The form that a clinic's patients are shown.

use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::form::Form;
use visage_domain::permission;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Visitor};
use visage_store::directory::Directory;
use visage_store::records::{Records, keys};

/// The operation.
#[derive(Debug)]
pub struct GetForm {
    directory: Directory,
    records: Records,
}

/// Which clinic.
#[derive(Debug, Deserialize)]
pub struct Path {
    slug: String,
}

/// The form and whose it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    clinic_name: String,
    clinic_email: String,
    clinic_phone: String,
    version: u32,
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
    };
    type Caller = Visitor<permission::ReadForm>;
    type Path = Path;
    type Input = visage_platform::operation::Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { directory: setup.directory()?, records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let clinic = self.directory.clinic_of(&call.path.slug).await?.ok_or_else(Problem::not_found)?;
        let scope = call.caller.scope_in(clinic)?;
        let (clinic, current) = tokio::join!(
            self.records.get(&scope, keys::clinic()),
            self.records.get(&scope, keys::current_form())
        );
        let clinic = clinic?.ok_or_else(Problem::not_found)?.record;
        let current = current?.ok_or_else(Problem::not_found)?.record;
        let version = self.records.get(&scope, keys::form_version(current.version)).await?;
        let version = version.ok_or_else(Problem::not_found)?.record;
        let output = Output {
            clinic_name: clinic.name,
            clinic_email: clinic.contact.email,
            clinic_phone: clinic.contact.phone,
            version: version.version,
            form: version.form,
        };
        Ok(call.trail.public(&call.caller, Reply::new(output)))
    }
}
