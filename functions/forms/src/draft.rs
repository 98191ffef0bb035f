//! The form that owners are working on.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::fields::{Field, shown};
use visage_domain::form::{ErrorCode, FieldError, Form};
use visage_domain::form_version::FormDraft;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_platform::operation::{check_version, etag};
use visage_platform::problem::{FieldProblem, MOST_ERRORS};
use visage_platform::{Audited, Call, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::{CommitError, Records, Stored, keys};

/// A saved draft.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    saved_at: Timestamp,
    /// What stands in the way of its publication; pointers into the form.
    problems: Vec<FieldProblem>,
    /// What an import left behind; pointers into the questionnaire.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<String>,
}

impl Saved {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] =
        &[shown("savedAt"), shown("problems").of(FieldProblem::FIELDS), shown("ignored")];
}

/// The record of the draft. After a publication it is there and holds none.
pub(crate) async fn read<P>(
    records: &Records,
    scope: &Scope<P>,
) -> Result<Option<Stored<FormDraft>>, StoreError> {
    records.get(scope, keys::form_draft()).await
}

/// What stands in the way of a form's publication.
pub(crate) fn problems(found: Vec<FieldError>) -> Vec<FieldProblem> {
    found.into_iter().take(MOST_ERRORS).map(FieldProblem::from).collect()
}

/// That the draft changed between the reading and the writing, with the tag to go on from if there is one.
pub(crate) fn changed(now: Option<&Stored<FormDraft>>) -> Problem {
    let problem = Problem::changed_meanwhile();
    match now.filter(|now| now.record.form.is_some()) {
        Some(now) => problem.with_etag(etag(now.version)),
        None => problem,
    }
}

/// What it takes to save a draft.
pub(crate) struct Drafts {
    records: Records,
    setup: Setup,
}

impl Drafts {
    pub(crate) fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// Saves a draft in place of the one that `If-Match` names.
    ///
    /// The first one needs no `If-Match`. Of two owners who begin at once, one gets 412 with the other's tag; who begins
    /// later is asked for the tag. Who sends again what they saved last finds it saved, whatever tag they know: the first
    /// answer may have been lost.
    pub(crate) async fn save<O>(
        &self,
        call: &Call<O>,
        form: Form,
        ignored: Vec<String>,
    ) -> Result<Audited<Reply<Saved>>, Problem>
    where
        O: Operation<Caller = Staff<permission::DraftForm>>,
    {
        let found = form.problems();
        if found.iter().any(is_of_size) {
            return Err(Problem::invalid_fields().with_errors(found));
        }
        let scope = &call.caller.scope;
        let stored = read(&self.records, scope).await?;
        let draft =
            FormDraft { form: Some(form), saved_by: call.caller.staff.record.staff, saved_at: call.now };
        let saved = |saved_at| {
            let ignored = ignored.into_iter().take(MOST_ERRORS).collect();
            Reply::new(Saved { saved_at, problems: problems(found), ignored })
        };
        let (refusal, now) = match check_tag(call.if_match.as_deref(), stored.as_ref()) {
            Err(refusal) => (refusal, stored),
            Ok(()) => {
                let transaction = self.records.transaction(scope, &*self.setup.entropy);
                let (transaction, version) = match &stored {
                    None => (transaction.create(FormDraft::TYPE, &draft)?, 1),
                    Some(stored) => {
                        (transaction.replace(FormDraft::TYPE, stored, &draft)?, stored.version + 1)
                    }
                };
                match call.trail.commit(transaction).await {
                    Ok(audited) => return Ok(audited.map(|()| saved(call.now).with_etag(version))),
                    Err(CommitError::Conflict(_)) => {
                        let now = read(&self.records, scope).await?;
                        (changed(now.as_ref()), now)
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let same = now.filter(|now| is_same(&now.record, &draft)).ok_or(refusal)?;
        call.trail.after(Vec::new(), saved(same.record.saved_at).with_etag(same.version)).await
    }
}

/// A draft may break every rule but these: what is too large to be looked through is too large to be kept.
fn is_of_size(error: &FieldError) -> bool {
    matches!(error.code, ErrorCode::FormTooLarge | ErrorCode::TooManyItems)
}

/// Whether what is sent is what the same person saved last, word for word.
fn is_same(stored: &FormDraft, sent: &FormDraft) -> bool {
    stored.saved_by == sent.saved_by && stored.form == sent.form
}

/// That what is saved is based on what is there. After a publication nothing is, and the next draft begins.
fn check_tag(if_match: Option<&str>, stored: Option<&Stored<FormDraft>>) -> Result<(), Problem> {
    match (stored.filter(|stored| stored.record.form.is_some()), if_match) {
        (Some(stored), given) => check_version(given, stored.version),
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Problem::changed_meanwhile()),
    }
}
