//! Saves the form that owners are working on. It may be unfinished; what publication would refuse is told.

use crate::draft::{Drafts, Saved};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::form::Form;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};

/// The operation.
pub struct SaveFormDraft {
    drafts: Drafts,
}

impl Operation for SaveFormDraft {
    const INFO: Info = Info {
        name: "save_form_draft",
        method: "PUT",
        path: "/v1/form-draft",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 320 * 1024,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::invalid_fields()],
        headers: &[Header::IfMatchOnceThere, Header::ETag],
    };
    const FIELDS: &'static [Field] = Saved::FIELDS;
    type Caller = Staff<permission::DraftForm>;
    type Path = Empty;
    type Input = Form;
    type Output = Saved;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { drafts: Drafts::build(setup)? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Saved>>, Problem> {
        self.drafts.save(&call, call.input.clone(), Vec::new()).await
    }
}
