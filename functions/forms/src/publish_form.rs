//! Publishes a version of the clinic's form. New intakes answer it from now on; old ones keep theirs.

use crate::publication::{Output, Press};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::form::Form;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};

/// The operation.
pub struct PublishForm {
    press: Press,
}

impl Operation for PublishForm {
    const INFO: Info = Info {
        name: "publish_form",
        method: "POST",
        path: "/v1/forms",
        purpose: Purpose::Operations,
        status: 201,
        body_limit: 320 * 1024,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::invalid_fields()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = Output::FIELDS;
    type Caller = Staff<permission::PublishForm>;
    type Path = Empty;
    type Input = Form;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { press: Press::build(setup)? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let request = self.press.request(&call, &[&call.body]).await?;
        self.press.publish(&call, &request, call.input.clone(), None).await
    }
}
