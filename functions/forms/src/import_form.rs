//! Takes a FHIR R4 `Questionnaire` as the draft. What forms here can't do is refused, all of it at once; what is left
//! behind because it doesn't change what is asked is told.

use crate::draft::{Drafts, Saved};
use crate::resources::Questionnaire;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::form::Form;
use visage_domain::form::fhir::{Imported, MEDIA_TYPE};
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};

/// The operation.
pub struct ImportForm {
    drafts: Drafts,
}

impl Operation for ImportForm {
    const INFO: Info = Info {
        name: "import_form",
        method: "PUT",
        path: "/v1/form-draft/questionnaire",
        purpose: Purpose::Operations,
        status: 200,
        // FHIR says the same in more words.
        body_limit: 1024 * 1024,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::invalid_fields()],
        headers: &[Header::IfMatchOnceThere, Header::ETag],
    };
    const FIELDS: &'static [Field] = Saved::FIELDS;
    const CONSUMES: &'static [&'static str] = &[MEDIA_TYPE, "application/json"];
    type Caller = Staff<permission::DraftForm>;
    type Path = Empty;
    type Input = Questionnaire;
    type Output = Saved;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { drafts: Drafts::build(setup)? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Saved>>, Problem> {
        let Imported { form, ignored } = Form::from_questionnaire(&call.input.0)
            .map_err(|errors| Problem::invalid_fields().with_errors(errors))?;
        self.drafts.save(&call, form, ignored).await
    }
}
