//! The form that owners are working on.

use jiff::Timestamp;
use serde::Serialize;
use visage_domain::form::{ErrorCode, FieldError, Form};
use visage_domain::form_version::FormDraft;
use visage_domain::permission;
use visage_domain::scope::Scope;
use visage_platform::operation::{check_version, etag};
use visage_platform::problem::{FieldProblem, MOST_ERRORS};
use visage_platform::{Audited, Call, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::{CommitError, Records, Stored, keys};

/// A saved draft.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    saved_at: Timestamp,
    /// What stands in the way of its publication; pointers into the form.
    problems: Vec<FieldProblem>,
    /// What an import left behind; pointers into the questionnaire.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<String>,
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

/// What it takes to save a draft.
pub(crate) struct Desk {
    records: Records,
    setup: Setup,
}

impl Desk {
    pub(crate) fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// Saves a draft in place of the one that `If-Match` names.
    ///
    /// The first one needs no `If-Match`. Of two owners who begin at once, one gets 412 with the other's tag; who begins
    /// later is asked for the tag.
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
        check_tag(call.if_match.as_deref(), stored.as_ref())?;
        let draft =
            FormDraft { form: Some(form), saved_by: call.caller.staff.record.staff, saved_at: call.now };
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let (transaction, version) = match &stored {
            None => (transaction.create("form_draft", &draft)?, 1),
            Some(stored) => (transaction.replace("form_draft", stored, &draft)?, stored.version + 1),
        };
        match call.trail.commit(transaction).await {
            Ok(audited) => {
                let ignored = ignored.into_iter().take(MOST_ERRORS).collect();
                let saved = Saved { saved_at: call.now, problems: problems(found), ignored };
                Ok(audited.map(|()| Reply::new(saved).with_etag(version)))
            }
            Err(CommitError::Conflict(_)) => {
                let problem = Problem::changed_meanwhile();
                Err(match read(&self.records, scope).await? {
                    Some(now) => problem.with_etag(etag(now.version)),
                    None => problem,
                })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A draft may break every rule but these: what is too large to be looked through is too large to be kept.
fn is_of_size(error: &FieldError) -> bool {
    matches!(error.code, ErrorCode::FormTooLarge | ErrorCode::TooManyItems)
}

/// That what is saved is based on what is there. After a publication nothing is, and the next draft begins.
fn check_tag(if_match: Option<&str>, stored: Option<&Stored<FormDraft>>) -> Result<(), Problem> {
    match (stored.filter(|stored| stored.record.form.is_some()), if_match) {
        (Some(stored), given) => check_version(given, stored.version),
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Problem::changed_meanwhile()),
    }
}
