//! Hands the intake in: one transaction, whether it is sent once or twice.

use crate::draft::{Draft, form_of};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::consent::{Consent, ConsentEvidence, ConsentPurpose, Decided};
use visage_domain::evaluation::{Evaluation, EvaluationStatus};
use visage_domain::form::{PhoneRegion, PublishableForm, Submission};
use visage_domain::ids::{ConsentId, EvaluationId, OutboxId};
use visage_domain::intake::{Intake, IntakeStatus, ResumeToken, Section};
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, Task};
use visage_domain::patient::Patient;
use visage_domain::permission;
use visage_domain::photo::Photo;
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::StoreError;
use visage_store::records::{CommitError, Records, Transaction, keys};

/// How long after handing in the same click is still answered.
const SECOND_CLICK: SignedDuration = SignedDuration::from_hours(24);

/// The operation.
pub struct SubmitIntake {
    records: Records,
    setup: Setup,
}

/// The last step's boxes: unchecked unless the patient checks them, and never a condition.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Input {
    sharing: bool,
    sms: bool,
}

/// The receipt.
#[derive(Debug, Serialize)]
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
    };
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let intake = &call.caller.intake.record;
        let (draft, form) =
            tokio::join!(Draft::read(&self.records, &call.caller), form_of(&self.records, &call.caller));
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
    let zone = TimeZone::get(&call.caller.clinic.time_zone).unwrap_or(TimeZone::UTC);
    let today = zone.to_datetime(call.now).date();
    let answers = draft.answers(&call.caller)?;
    let checked = form.check_submission(&answers, today, PhoneRegion::US);
    let mut errors: Vec<FieldProblem> = match &checked {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().cloned().map(|error| error.under("/sections").into()).collect(),
    };
    for request in form.form().views.iter().filter(|request| request.required) {
        let mut of_view = draft.photos.iter().filter(|photo| photo.view == request.view);
        if !of_view.clone().any(Photo::counts_for_view) {
            let on_its_way = of_view.any(|photo| photo.is_on_its_way(call.now));
            let code = if on_its_way { "photo_on_its_way" } else { "photo_required" };
            errors.push(FieldProblem::new(format!("/photos/{}", code_of(request.view)), code));
        }
    }
    let needed = |purpose: &&ConsentPurpose| !purpose.is_asked_last() && form.needs_consent(**purpose);
    for purpose in ConsentPurpose::ALL.iter().filter(needed).filter(|purpose| !draft.consented(**purpose)) {
        errors.push(FieldProblem::new(format!("/consents/{}", purpose.code()), "consent_required"));
    }
    if call.input.sms && checked.as_ref().is_ok_and(|submission| submission.identity.phone.is_none()) {
        errors.push(FieldProblem::new("/sms", "phone_required"));
    }
    match checked {
        Ok(submission) if errors.is_empty() => Ok(submission),
        _ => Err(Problem::invalid_fields().with_errors(errors)),
    }
}

fn code_of(view: visage_domain::face::View) -> String {
    serde_json::to_value(view).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
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
        let evaluation = EvaluationId::from(intake.intake);
        let submitted = Intake {
            status: IntakeStatus::Submitted,
            submitted_at: Some(call.now),
            evaluation: Some(evaluation),
            ..intake.clone()
        };
        let expires_at = call.now.checked_add(SECOND_CLICK).unwrap_or(call.now);
        let token = ResumeToken { expires_at, ..call.caller.token.record.clone() };
        let patient = Patient { patient: intake.patient, created_at: call.now };
        let record = Evaluation {
            evaluation,
            patient: intake.patient,
            intake: intake.intake,
            status: EvaluationStatus::New,
            created_at: call.now,
            signature: None,
        };
        let mut transaction = self
            .records
            .transaction(&call.caller.scope, entropy)
            .replace("intake", &call.caller.intake, &submitted)?
            .replace("resume_token", &call.caller.token, &token)?
            .create_sealed("patient", &patient, &submission.identity, key)?
            .create_unsealed("evaluation", &record)?;
        transaction = keep_answers(transaction, call, &draft, form, submission)?;
        let mut consents = draft.consents;
        for (consent, evidence) in self.last_consents(call, form, submission) {
            transaction = transaction.create_sealed("consent", &consent, &evidence, key)?;
            consents.push(consent);
        }
        for channel in channels(call, submission) {
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

    /// The boxes of the last step, both recorded whether checked or not.
    fn last_consents(
        &self,
        call: &Call<Self>,
        form: &PublishableForm,
        submission: &Submission,
    ) -> Vec<(Consent, ConsentEvidence)> {
        let intake = &call.caller.intake.record;
        let phone = submission.identity.phone.as_ref().map(|phone| phone.expose().clone());
        [(ConsentPurpose::Sharing, call.input.sharing), (ConsentPurpose::Sms, call.input.sms)]
            .into_iter()
            .map(|(purpose, given)| {
                let consent = Consent {
                    consent: ConsentId::new(&*self.setup.entropy),
                    patient: intake.patient,
                    intake: intake.intake,
                    purpose,
                    given,
                    form_version: intake.form_version,
                    decided_at: call.now,
                };
                let text = form.consent_text(purpose).unwrap_or_default().to_owned();
                let phone = phone.clone().filter(|_| purpose == ConsentPurpose::Sms && given);
                (consent, ConsentEvidence { text, client: call.client.clone(), phone })
            })
            .collect()
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

fn channels(call: &Call<SubmitIntake>, submission: &Submission) -> Vec<Channel> {
    let email = submission.identity.email.as_ref().map(|_| Channel::Email);
    email.into_iter().chain(call.input.sms.then_some(Channel::Sms)).collect()
}

fn receipt(evaluation: EvaluationId, submitted_at: Timestamp, consents: &[Consent]) -> Reply<Output> {
    let last = |purpose: ConsentPurpose| {
        let decided = consents.iter().filter(|consent| consent.purpose == purpose);
        decided.max_by_key(|consent| consent.decided_at)
    };
    let consents = ConsentPurpose::ALL.into_iter().filter_map(last).map(Decided::from).collect();
    Reply::new(Output { evaluation, submitted_at, consents })
}
