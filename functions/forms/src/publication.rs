//! Putting a version of the form in force, from wherever it comes.

use crate::draft::{changed, read};
use crate::standing::resource;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::fields::{Field, shown};
use visage_domain::form::{Form, PublishableForm};
use visage_domain::form_version::{CurrentForm, FormDraft, FormStanding, FormVersion};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::{Audited, Call, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::vault::Vault;

/// What it takes to publish.
pub(crate) struct Press {
    pub(crate) records: Records,
    vault: Vault,
    setup: Setup,
}

/// The version that was published.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    version: u32,
}

impl Output {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[shown("version")];
}

impl Press {
    pub(crate) fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    /// The request, as it will be recognised if it is sent again; `asked` is all that says what is to be published.
    pub(crate) async fn request<O>(&self, call: &Call<O>, asked: &[&[u8]]) -> Result<Idempotent, Problem>
    where
        O: Operation<Caller = Staff<permission::PublishForm>>,
    {
        Idempotent::of_staff(&self.vault, call, O::INFO.name, asked).await
    }

    /// The answer of the first click, if this is a later one.
    pub(crate) async fn earlier<O>(
        &self,
        call: &Call<O>,
        request: &Idempotent,
    ) -> Result<Option<Audited<Reply<Output>>>, Problem>
    where
        O: Operation<Caller = Staff<permission::PublishForm>>,
    {
        let found = request.earlier(&self.records, &call.caller.scope, call.now).await?;
        let Some(found) = found else { return Ok(None) };
        let version = found.record.created.first().and_then(|version| version.parse().ok());
        let version = version.ok_or_else(Problem::internal)?;
        let trail = call.trail.clone().regarding(resource(version));
        trail.after(Vec::new(), Reply::new(Output { version })).await.map(Some)
    }

    /// Publishes; with a draft, that draft, which is empty then.
    ///
    /// Two owners who publish at once: one gets 409 and looks again. If the draft is changed at the same moment, what was
    /// looked at isn't published: 412, with the tag that is current.
    pub(crate) async fn publish<O>(
        &self,
        call: &Call<O>,
        request: &Idempotent,
        form: Form,
        draft: Option<&Stored<FormDraft>>,
    ) -> Result<Audited<Reply<Output>>, Problem>
    where
        O: Operation<Caller = Staff<permission::PublishForm>>,
    {
        let form = form.validate().map_err(|errors| Problem::invalid_fields().with_errors(errors))?;
        let scope = &call.caller.scope;
        let (current, newest) = tokio::join!(
            self.records.get(scope, keys::current_form()),
            self.records.form_standings(scope, 1, None)
        );
        let (current, newest) = (current?, newest?.entries.pop());
        // The newest version may be retired, and then none is current; its number stays taken. The current one may be
        // older than the records of where versions stand.
        let last =
            newest.map(|newest| newest.record.version).max(current.as_ref().map(|it| it.record.version));
        let version = last.unwrap_or_default() + 1;
        let (published, standing) = version_of(call, form, version);
        let pointer = CurrentForm { version, since: call.now };

        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = request
            .mark(transaction, vec![version.to_string()], call.now)?
            .create("form_version", &published)?
            .create("form_standing", &standing)?;
        let mut transaction = match &current {
            None => transaction.create("current_form", &pointer)?,
            Some(current) => transaction.replace("current_form", current, &pointer)?,
        };
        if let Some(draft) = draft {
            let empty = FormDraft { form: None, saved_by: standing.published_by, saved_at: call.now };
            transaction = transaction.replace(FormDraft::TYPE, draft, &empty)?;
        }
        match call.trail.clone().regarding(resource(version)).commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Output { version }))),
            Err(CommitError::Conflict(idempotency::LABEL)) => {
                self.earlier(call, request).await?.ok_or_else(Problem::conflict)
            }
            Err(CommitError::Conflict(FormDraft::TYPE)) => {
                Err(changed(read(&self.records, scope).await?.as_ref()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn version_of<O>(call: &Call<O>, form: PublishableForm, version: u32) -> (FormVersion, FormStanding)
where
    O: Operation<Caller = Staff<permission::PublishForm>>,
{
    let (published_by, published_at) = (call.caller.staff.record.staff, call.now);
    let form = form.into_form();
    let standing = FormStanding {
        version,
        title: form.title.clone(),
        languages: form.languages().map(str::to_owned).collect(),
        published_by,
        published_at,
        retired: None,
    };
    (FormVersion { version, form, published_by, published_at }, standing)
}
