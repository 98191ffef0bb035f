//! Publishes a version of the clinic's form. New intakes answer it from now on; old ones keep theirs.

use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::clinic::{CurrentForm, FormVersion};
use visage_domain::form::Form;
use visage_domain::permission;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};

/// The operation.
pub struct PublishForm {
    records: Records,
    setup: Setup,
}

/// The version that is current now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    version: u32,
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
    };
    type Caller = Staff<permission::PublishForm>;
    type Path = visage_platform::operation::Empty;
    type Input = Form;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// Two owners who publish at once: one gets 409 and looks again.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let form = call.input.validate().map_err(|errors| Problem::invalid_fields().with_errors(errors))?;
        let scope = &call.caller.scope;
        let current = self.records.get(scope, keys::current_form()).await?;
        let version = current.as_ref().map_or(1, |current| current.record.version + 1);
        let published = FormVersion {
            version,
            form: form.into_form(),
            published_by: call.caller.staff.record.staff,
            published_at: call.now,
        };
        let pointer = CurrentForm { version, since: call.now };
        let transaction =
            self.records.transaction(scope, &*self.setup.entropy).create("form_version", &published)?;
        let transaction = match &current {
            None => transaction.create("current_form", &pointer)?,
            Some(current) => transaction.replace("current_form", current, &pointer)?,
        };
        let audited = call.trail.commit(transaction).await?;
        Ok(audited.map(|()| Reply::new(Output { version })))
    }
}
