//! Publishes the draft that was looked at, and only that: `If-Match` names it.

use crate::draft::read;
use crate::publication::{Output, Press};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::form::Form;
use visage_domain::form_version::FormDraft;
use visage_domain::permission;
use visage_platform::operation::{Empty, check_version};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Stored;

/// The operation.
pub struct PublishFormDraft {
    press: Press,
}

impl Operation for PublishFormDraft {
    const INFO: Info = Info {
        name: "publish_form_draft",
        method: "POST",
        path: "/v1/form-draft/publication",
        purpose: Purpose::Operations,
        status: 201,
        body_limit: 1_024,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::not_found(), Problem::invalid_fields()],
        headers: &[Header::IfMatch, Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = Output::FIELDS;
    type Caller = Staff<permission::PublishForm>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { press: Press::build(setup)? })
    }

    /// The second click finds no draft, or another. The first was done with the publication, so what is read after the
    /// draft tells.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        // The body says nothing, the tag all: the same key with another tag asks for something else.
        let tag = call.if_match.as_deref().unwrap_or_default();
        let request = self.press.request(&call, &[tag.as_bytes(), &call.body]).await?;
        let stored = read(&self.press.records, &call.caller.scope).await?;
        match named(stored.as_ref(), call.if_match.as_deref()) {
            Ok((draft, form)) => self.press.publish(&call, &request, form.clone(), Some(draft)).await,
            Err(problem) => self.press.earlier(&call, &request).await?.ok_or(problem),
        }
    }
}

/// The draft that `If-Match` names.
fn named<'s>(
    stored: Option<&'s Stored<FormDraft>>,
    if_match: Option<&str>,
) -> Result<(&'s Stored<FormDraft>, &'s Form), Problem> {
    let draft = stored.ok_or_else(Problem::not_found)?;
    let form = draft.record.form.as_ref().ok_or_else(Problem::not_found)?;
    check_version(if_match, draft.version)?;
    Ok((draft, form))
}
