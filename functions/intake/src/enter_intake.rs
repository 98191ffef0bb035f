//! Enters an intake that a patient gives on the phone or at the desk, and hands it in: one transaction.
//!
//! Staff reads the consents out and is told the decisions; each is on record with who was told. Photos aren't asked for.

use crate::birth_date::{self, Age};
use crate::consenting::Decider;
use crate::draft::shown_in;
use crate::faults::{not_asked, wrong_documents};
use crate::handing_in::{Opening, channels, check_answers, has_phone};
use crate::told::{Taken, Told};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::clock::Entropy;
use visage_domain::consent::{Consent, Decided};
use visage_domain::fields::{Field, shown};
use visage_domain::form::{AnswersBySection, PublishableForm, Submission};
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{EvaluationId, IntakeId, OutboxId, PatientId};
use visage_domain::intake::{Intake, IntakeStatus, Section};
use visage_domain::minor::{Guardian, GuardianDetails, MinorsPolicy};
use visage_domain::outbox::{NoticeEvent, OutboxItem, Task};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::forms::{Forms, InForce};
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::{CommitError, Records, Transaction};
use visage_store::vault::{DataKey, Subject, Vault};

/// The operation.
pub struct EnterIntake {
    records: Records,
    forms: Forms,
    vault: Vault,
    setup: Setup,
}

/// The intake.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    source: Taken,
    /// The form version that was gone through.
    form_version: u32,
    /// The language in which the consents were read out, one of those that the form has; the form's own, if none is named.
    language: Option<String>,
    sections: AnswersBySection,
    consents: Told,
    guardian: Option<GuardianDetails>,
}

/// The entered intake.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    intake: IntakeId,
    patient: PatientId,
    evaluation: EvaluationId,
    submitted_at: Timestamp,
    consents: Vec<Decided>,
}

impl Operation for EnterIntake {
    const INFO: Info = Info {
        name: "enter_intake",
        method: "POST",
        path: "/v1/intakes",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 512 * 1024,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::not_found(), Problem::invalid_fields()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[
        shown("intake"),
        shown("patient"),
        shown("evaluation"),
        shown("submittedAt"),
        shown("consents").of(Decided::FIELDS),
    ];
    type Caller = Staff<permission::EnterIntake>;
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
        let (scope, clinic) = (&call.caller.scope, &call.caller.clinic);
        let key = self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic).await?;
        let (caller, given) = (call.caller.staff.record.staff.to_string(), call.idempotency_key.as_deref());
        let request = Idempotent::new(&key, &caller, Self::INFO.name, given, &[&call.body])?;
        let (earlier, current) =
            tokio::join!(request.earlier(&self.records, scope, call.now), self.forms.in_force(scope));
        // First of all: the second click isn't judged by a form or settings that changed since the first.
        if let Some(earlier) = earlier? {
            return self.again(&call, &earlier.record).await;
        }
        let current = current?.ok_or_else(Problem::not_found)?;
        let form = shown_in(&current.form, call.input.language.as_deref());
        let (submission, guardian) = check(&call, &current, form.is_some())?;
        let form = form.unwrap_or(current.form);
        self.enter(&call, &request, &key, &form, &submission, guardian).await
    }
}

/// Checks everything, naming every wrong field at once; `offered` says whether the form has the language that is named.
fn check(
    call: &Call<EnterIntake>,
    current: &InForce,
    offered: bool,
) -> Result<(Submission, Option<GuardianDetails>), Problem> {
    let (input, clinic, form) = (&call.input, &call.caller.clinic, &*current.form);
    let guardian = input.guardian.as_ref().map(GuardianDetails::tidied);
    let (submission, mut errors) = check_answers(clinic, form, &input.sections, guardian.is_some(), call.now);
    // Staff upload nothing: there is no document that an answer could name.
    errors.extend(wrong_documents(&input.sections, [], call.now));
    let no_minors = clinic.settings.minors == MinorsPolicy::Refused;
    let is_of_age = birth_date::age(clinic, form, &input.sections, call.now) == Age::Adult;
    let wrong = [
        (input.form_version != current.version, "/formVersion", "not_current"),
        (!offered, "/language", "not_offered"),
        (!input.consents.collect, "/consents/collect", "consent_required"),
        (input.consents.sms && !has_phone(form, &input.sections), "/consents/sms", "phone_required"),
        (guardian == Some(None), "/guardian/name", "invalid_name"),
        (guardian.is_some() && no_minors, "/guardian", "minors_refused"),
        (guardian.is_some() && is_of_age, "/guardian", "not_a_minor"),
    ];
    errors.extend(not_asked(form, "/consents", input.consents.decisions()));
    let wrong = wrong.into_iter().filter(|(is, ..)| *is);
    errors.extend(wrong.map(|(_, pointer, code)| FieldProblem::new(pointer, code)));
    match submission {
        Some(submission) if errors.is_empty() => Ok((submission, guardian.flatten())),
        _ => Err(Problem::invalid_fields().with_errors(errors)),
    }
}

impl EnterIntake {
    async fn enter(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        clinic_key: &DataKey,
        form: &PublishableForm,
        submission: &Submission,
        guardian: Option<GuardianDetails>,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let entropy = &*self.setup.entropy;
        let (scope, branch) = (&call.caller.scope, call.caller.clinic.key.branch);
        let intake = intake(call, form, PatientId::new(entropy), IntakeId::new(entropy));
        let (wrapped, key) = self.vault.new_patient_key(scope, branch, intake.patient, call.now).await?;
        let opening = Opening::of(&intake, submission, clinic_key, call.now);
        let created = vec![intake.intake.to_string(), intake.patient.to_string()];
        let mut transaction = request
            .mark(self.records.transaction(scope, entropy), created, call.now)?
            .create("patient_key", &wrapped)?
            .create("intake", &intake)?;
        transaction = opening.add_to(transaction, &submission.identity, &key)?;
        for (section, answers) in &submission.answers {
            let (section, saved_at) = (section.clone(), call.now);
            let Intake { intake, patient, .. } = intake;
            let record = Section { intake, patient, section, trusted: true, saved_at };
            transaction = transaction.create_sealed(Section::TYPE, &record, answers, &key)?;
        }
        if let Some(details) = &guardian {
            let record = Guardian { intake: intake.intake, patient: intake.patient, named_at: call.now };
            transaction = transaction.create_sealed(Guardian::TYPE, &record, details, &key)?;
        }
        let phone = submission.identity.phone.as_ref().map(|phone| phone.expose().clone());
        let decider = decider(call, form, &intake, guardian, entropy);
        let mut consents = Vec::new();
        for (purpose, given) in call.input.consents.decisions().filter(|(it, _)| form.asks_for(*it)) {
            let (consent, evidence) = decider.decide(purpose, given, phone.clone());
            transaction = transaction.create_sealed("consent", &consent, &evidence, &key)?;
            consents.push(consent);
        }
        transaction = notify(transaction, call, submission, &intake, entropy)?;
        match call.trail.clone().about(intake.patient).commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| receipt(&intake, call.now, &consents))),
            Err(CommitError::Conflict(idempotency::LABEL)) => {
                let earlier = request.earlier(&self.records, scope, call.now).await?;
                self.again(call, &earlier.ok_or_else(Problem::conflict)?.record).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same request again: the same intake.
    async fn again(
        &self,
        call: &Call<Self>,
        earlier: &IdempotentRequest,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let scope = &call.caller.scope;
        let [intake, patient] = &earlier.created[..] else { return Err(Problem::conflict()) };
        let (Ok(intake), Ok(patient)) = (intake.parse(), patient.parse()) else {
            return Err(Problem::conflict());
        };
        let mut found = self.records.visit(scope, patient, intake).await?;
        let intake = found.take::<Intake>()?.ok_or_else(Problem::conflict)?.record;
        let consents = found.take_all::<Consent>()?.into_iter().map(|consent| consent.record);
        let consents: Vec<_> = consents.filter(|consent| consent.decided_at == earlier.at).collect();
        let reply = receipt(&intake, earlier.at, &consents);
        call.trail.clone().about(patient).after(Vec::new(), reply).await
    }
}

fn intake(call: &Call<EnterIntake>, form: &PublishableForm, patient: PatientId, intake: IntakeId) -> Intake {
    Intake {
        intake,
        patient,
        form_version: call.input.form_version,
        language: form.form().language.clone(),
        source: call.input.source.into(),
        entered_by: Some(call.caller.staff.record.staff),
        status: IntakeStatus::Submitted,
        started_at: call.now,
        submitted_at: Some(call.now),
        evaluation: Some(EvaluationId::from(intake)),
    }
}

fn decider<'a>(
    call: &'a Call<EnterIntake>,
    form: &'a PublishableForm,
    intake: &Intake,
    guardian: Option<GuardianDetails>,
    entropy: &'a dyn Entropy,
) -> Decider<'a> {
    Decider {
        patient: intake.patient,
        intake: intake.intake,
        form,
        form_version: intake.form_version,
        guardian,
        told_to: intake.entered_by,
        client: &call.client,
        now: call.now,
        entropy,
    }
}

/// Leaves the notices to be sent that the patient is told by.
fn notify<'a>(
    mut transaction: Transaction<'a, permission::EnterIntake>,
    call: &Call<EnterIntake>,
    submission: &Submission,
    intake: &Intake,
    entropy: &dyn Entropy,
) -> Result<Transaction<'a, permission::EnterIntake>, StoreError> {
    for channel in channels(submission, call.input.consents.sms) {
        let task = Task::Notice { channel, event: NoticeEvent::IntakeReceived };
        let (outbox, evaluation) = (OutboxId::new(entropy), EvaluationId::from(intake.intake));
        let item = OutboxItem::pending(outbox, intake.patient, evaluation, task, call.now);
        transaction = transaction.create(OutboxItem::TYPE, &item)?;
    }
    Ok(transaction)
}

fn receipt(intake: &Intake, submitted_at: Timestamp, consents: &[Consent]) -> Reply<Output> {
    let mut consents: Vec<_> = consents.iter().map(Decided::from).collect();
    consents.sort_by_key(|decided| decided.purpose);
    Reply::new(Output {
        intake: intake.intake,
        patient: intake.patient,
        evaluation: EvaluationId::from(intake.intake),
        submitted_at,
        consents,
    })
}
