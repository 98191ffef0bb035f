//! One version of the clinic's form as a FHIR R4 `Questionnaire`.

use crate::resources::Questionnaire;
use crate::standing::{Path, Status, read};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::form::fhir::{MEDIA_TYPE, Publication};
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
#[derive(Debug)]
pub struct ExportForm {
    records: Records,
    forms: Forms,
}

/// The canonical address of a clinic's form.
pub(crate) fn canonical(clinic: ClinicId) -> String {
    format!("urn:visage:form:{clinic}")
}

impl Operation for ExportForm {
    const INFO: Info = Info {
        name: "export_form",
        method: "GET",
        path: "/v1/forms/{version}/questionnaire",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Questionnaire::FIELDS;
    const PRODUCES: &'static str = MEDIA_TYPE;
    type Caller = Staff<permission::ReadFormVersions>;
    type Path = Path;
    type Input = Empty;
    type Output = Questionnaire;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Questionnaire>>, Problem> {
        let (scope, version) = (&call.caller.scope, call.path.version);
        let export = async {
            let (standing, current, form) = read(&self.records, &self.forms, scope, version).await?;
            let status = Status::of(&standing, current);
            let questionnaire = form.form().to_questionnaire(&Publication {
                url: &canonical(scope.clinic()),
                version: Some(version),
                status: status.in_fhir(),
                date: Some(standing.published_at),
                publisher: Some(&call.caller.clinic.name),
            });
            Ok(Reply::new(Questionnaire(questionnaire)))
        };
        call.trail.alongside(export).await
    }
}
