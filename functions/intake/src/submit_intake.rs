//! Hands the intake in: one transaction, whether it is sent once or twice.

use crate::birth_date;
use crate::draft::{Draft, decider, form_of};
use crate::faults::{
    given_by_another, missing_photos, not_asked, unconfirmed, without_answers, wrong_documents,
};
use crate::handing_in::{Opening, channels, check_answers, has_phone};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::consent::{self, Consent, ConsentPurpose, Decided};
use visage_domain::document::{Document, named};
use visage_domain::fields::{Field, shown};
use visage_domain::form::{PublishableForm, Submission};
use visage_domain::ids::{EvaluationId, OutboxId};
use visage_domain::intake::{Intake, IntakeStatus, ResumeToken, Section};
use visage_domain::outbox::{NoticeEvent, OutboxItem, Task};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::forms::Forms;
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::StoreError;
use visage_store::records::{CommitError, Records, Transaction, keys};
use visage_store::vault::{Subject, Vault};

/// How long after handing in the same click is still answered.
const SECOND_CLICK: SignedDuration = SignedDuration::from_hours(24);

/// The operation.
pub struct SubmitIntake {
    records: Records,
    forms: Forms,
    vault: Vault,
    setup: Setup,
}

/// The last step's boxes: unchecked unless the patient checks them, and never a condition.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Input {
    sharing: bool,
    sms: bool,
    /// Only where the form asks it.
    advertising: bool,
    /// Only where the form asks it.
    profiling: bool,
}

impl Input {
    /// What is decided with the submission.
    const fn decisions(&self) -> [(ConsentPurpose, bool); 4] {
        [
            (ConsentPurpose::Sharing, self.sharing),
            (ConsentPurpose::Sms, self.sms),
            (ConsentPurpose::Advertising, self.advertising),
            (ConsentPurpose::Profiling, self.profiling),
        ]
    }
}

/// The receipt.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    evaluation: EvaluationId,
    submitted_at: Timestamp,
    consents: Vec<Decided>,
}

impl Operation for SubmitIntake {
    const INFO: Info = Info {
        name: "submit_intake",
        method: "POST",
        path: "/v1/intake/submission",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 4_096,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::invalid_fields(), Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] =
        &[shown("evaluation"), shown("submittedAt"), shown("consents").of(Decided::FIELDS)];
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            forms: setup.forms()?,
            vault: setup.vault()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let intake = &call.caller.intake.record;
        let (draft, form) =
            tokio::join!(Draft::read(&self.records, &call.caller), form_of(&self.forms, &call.caller));
        let (draft, form) = (draft?, form?);
        if let (IntakeStatus::Submitted, Some(evaluation), Some(at)) =
            (intake.status, intake.evaluation, intake.submitted_at)
        {
            return call.trail.after(Vec::new(), receipt(evaluation, at, &draft.consents)).await;
        }
        let submission = check(&call, &draft, &form)?;
        self.submit(&call, draft, &form, &submission).await
    }
}

/// Checks everything, naming every wrong field at once.
fn check(call: &Call<SubmitIntake>, draft: &Draft, form: &PublishableForm) -> Result<Submission, Problem> {
    let (clinic, answers) = (&call.caller.clinic, draft.answers(&call.caller)?);
    let (submission, mut errors) = check_answers(clinic, form, &answers, draft.guardian.is_some(), call.now);
    errors.extend(unconfirmed(draft, form));
    errors.extend(missing_photos(draft, form, call.now));
    let kept = submission.as_ref().map_or(&answers, |submission| &submission.answers);
    errors.extend(wrong_documents(kept, draft.documents.iter().map(|it| &it.record), call.now));
    let needed = |purpose: &&ConsentPurpose| !purpose.is_asked_last() && form.needs_consent(**purpose);
    for purpose in ConsentPurpose::ALL.iter().filter(needed).filter(|purpose| !draft.consented(**purpose)) {
        errors.push(FieldProblem::new(format!("/consents/{}", purpose.code()), "consent_required"));
    }
    if draft.guardian.is_some() {
        errors.extend(given_by_another(&draft.consents, birth_date::age(clinic, form, &answers, call.now)));
    }
    if call.input.sms && !has_phone(form, &answers) {
        errors.push(FieldProblem::new("/sms", "phone_required"));
    }
    errors.extend(not_asked(form, "", call.input.decisions()));
    match submission {
        Some(submission) if errors.is_empty() => Ok(submission),
        _ if call.caller.may_read => Err(Problem::invalid_fields().with_errors(errors)),
        _ => Err(Problem::invalid_fields().with_errors(without_answers(errors))),
    }
}

impl SubmitIntake {
    async fn submit(
        &self,
        call: &Call<Self>,
        draft: Draft,
        form: &PublishableForm,
        submission: &Submission,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let (entropy, key) = (&*self.setup.entropy, &*call.caller.key);
        let intake = &call.caller.intake.record;
        let guardian = draft.guardian_who_decides(&call.caller, form, call.now)?;
        let clinic_key = &call.caller.clinic.key;
        let clinic_key = self.vault.unwrap_key(&call.caller.scope, clinic_key, Subject::Clinic).await?;
        let opening = Opening::of(intake, submission, &clinic_key, call.now);
        let evaluation = opening.evaluation.evaluation;
        let submitted = Intake {
            status: IntakeStatus::Submitted,
            submitted_at: Some(call.now),
            evaluation: Some(evaluation),
            ..intake.clone()
        };
        let expires_at = call.now.checked_add(SECOND_CLICK).unwrap_or(call.now);
        let token = ResumeToken { expires_at, ..call.caller.token.record.clone() };
        let mut transaction = self
            .records
            .transaction(&call.caller.scope, entropy)
            .replace("intake", &call.caller.intake, &submitted)?
            .replace("resume_token", &call.caller.token, &token)?;
        transaction = opening.add_to(transaction, &submission.identity, key)?;
        transaction = keep_answers(transaction, call, &draft, form, submission)?;
        transaction = drop_documents(transaction, &draft, submission)?;
        let mut consents = draft.consents;
        let decider = decider(&call.caller, form, guardian, (&call.client, call.now), entropy);
        let phone = submission.identity.phone.as_ref().map(|phone| phone.expose().clone());
        for (purpose, given) in call.input.decisions().into_iter().filter(|(it, _)| form.asks_for(*it)) {
            let (consent, evidence) = decider.decide(purpose, given, phone.clone());
            transaction = transaction.create_sealed("consent", &consent, &evidence, key)?;
            consents.push(consent);
        }
        for channel in channels(submission, call.input.sms) {
            let task = Task::Notice { channel, event: NoticeEvent::IntakeReceived };
            let item =
                OutboxItem::pending(OutboxId::new(entropy), intake.patient, evaluation, task, call.now);
            transaction = transaction.create("outbox", &item)?;
        }
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| receipt(evaluation, call.now, &consents))),
            Err(CommitError::Conflict(_)) => self.met(call).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Something was quicker: the same click, then its receipt is this one's too; or a section that was saved, then the
    /// patient sees it and hands in again.
    async fn met(&self, call: &Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let draft = &call.caller.intake.record;
        let now = self.records.get(&call.caller.scope, keys::intake(draft.patient, draft.intake)).await?;
        let now = now.ok_or_else(Problem::conflict)?.record;
        match (now.evaluation, now.submitted_at) {
            (Some(evaluation), Some(at)) => {
                let draft = Draft::read(&self.records, &call.caller).await?;
                call.trail.after(Vec::new(), receipt(evaluation, at, &draft.consents)).await
            }
            _ => Err(Problem::conflict()),
        }
    }
}

/// Puts the answers as they were checked in place of those saved, and makes sure that none was saved meanwhile.
fn keep_answers<'a>(
    mut transaction: Transaction<'a, permission::FillIntake>,
    call: &Call<SubmitIntake>,
    draft: &Draft,
    form: &PublishableForm,
    submission: &Submission,
) -> Result<Transaction<'a, permission::FillIntake>, StoreError> {
    let (intake, key) = (&call.caller.intake.record, &*call.caller.key);
    for section in &form.form().item {
        let saved = draft.sections.iter().find(|saved| saved.record.section == section.link_id);
        transaction = match saved {
            Some(saved) => {
                let kept = submission.answers.get(&section.link_id).cloned().unwrap_or_default();
                transaction.replace_sealed(Section::TYPE, saved, &saved.record, &kept, key)?
            }
            None => {
                let place = keys::section(intake.patient, intake.intake, &section.link_id);
                transaction.require_absent(Section::TYPE, &place)?
            }
        };
    }
    Ok(transaction)
}

/// Marks the documents that no answer names: nobody is shown them, and they are destroyed.
fn drop_documents<'a>(
    mut transaction: Transaction<'a, permission::FillIntake>,
    draft: &Draft,
    submission: &Submission,
) -> Result<Transaction<'a, permission::FillIntake>, StoreError> {
    let named: Vec<_> = named(&submission.answers).into_iter().filter_map(|it| it.document).collect();
    for document in draft.documents.iter().filter(|it| !named.contains(&it.record.document)) {
        let unused = Document { unused: true, ..document.record.clone() };
        transaction = transaction.replace(Document::TYPE, document, &unused)?;
    }
    Ok(transaction)
}

fn receipt(evaluation: EvaluationId, submitted_at: Timestamp, consents: &[Consent]) -> Reply<Output> {
    let last = |purpose| consent::last(consents, purpose);
    let consents = ConsentPurpose::ALL.into_iter().filter_map(last).map(Decided::from).collect();
    Reply::new(Output { evaluation, submitted_at, consents })
}
