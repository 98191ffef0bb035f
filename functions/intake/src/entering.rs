//! What entering an intake takes that staff was given, by itself or with many others: all that is checked of it, and all that it
//! brings into being.

use crate::birth_date::{self, Age};
use crate::consenting::Decider;
use crate::draft::shown_in;
use crate::faults::{not_asked, wrong_documents};
use crate::handing_in::{Opening, channels, check_answers, has_phone};
use crate::told::{Taken, Told};
use jiff::Timestamp;
use std::sync::Arc;
use visage_domain::audit::Client;
use visage_domain::clinic::Clinic;
use visage_domain::clock::Entropy;
use visage_domain::consent::Consent;
use visage_domain::form::{AnswersBySection, PublishableForm, Submission};
use visage_domain::ids::{EvaluationId, IntakeId, OutboxId, PatientId};
use visage_domain::intake::{Intake, IntakeStatus, Section};
use visage_domain::minor::{Guardian, GuardianDetails, MinorsPolicy};
use visage_domain::outbox::{NoticeEvent, OutboxItem, Task};
use visage_domain::retention::Record;
use visage_platform::Staff;
use visage_platform::forms::InForce;
use visage_platform::problem::FieldProblem;
use visage_store::StoreError;
use visage_store::records::Transaction;
use visage_store::vault::{DataKey, Vault};

/// An intake as it was given to staff.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub(crate) source: Taken,
    pub(crate) sections: &'a AnswersBySection,
    pub(crate) consents: Told,
    pub(crate) guardian: Option<&'a GuardianDetails>,
}

/// One with which nothing is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    source: Taken,
    submission: Submission,
    consents: Told,
    guardian: Option<GuardianDetails>,
}

/// The form in the language in which it was gone through, and what is wrong with how both were named.
pub(crate) fn gone_through(
    current: &InForce,
    version: u32,
    language: Option<&str>,
) -> (Arc<PublishableForm>, Vec<FieldProblem>) {
    let form = shown_in(&current.form, language);
    let errors = named([
        (version != current.version, "/formVersion", "not_current"),
        (form.is_none(), "/language", "not_offered"),
    ]);
    (form.unwrap_or_else(|| Arc::clone(&current.form)), errors.collect())
}

/// Those of these faults that there are.
fn named<const N: usize>(
    faults: [(bool, &'static str, &'static str); N],
) -> impl Iterator<Item = FieldProblem> {
    let faults = faults.into_iter().filter(|(is, ..)| *is);
    faults.map(|(_, pointer, code)| FieldProblem::new(pointer, code))
}

impl Given<'_> {
    /// Checks everything, naming every wrong field at once.
    pub(crate) fn check(
        self,
        clinic: &Clinic,
        form: &PublishableForm,
        now: Timestamp,
    ) -> Result<Checked, Vec<FieldProblem>> {
        let Self { source, sections, consents, guardian } = self;
        let guardian = guardian.map(GuardianDetails::tidied);
        let (submission, mut errors) = check_answers(clinic, form, sections, guardian.is_some(), now);
        // Staff upload nothing: there is no document that an answer could name.
        errors.extend(wrong_documents(sections, [], now));
        let no_minors = clinic.settings.minors == MinorsPolicy::Refused;
        let is_of_age = birth_date::age(clinic, form, sections, now) == Age::Adult;
        errors.extend(not_asked(form, "/consents", consents.decisions()));
        errors.extend(named([
            (!consents.collect, "/consents/collect", "consent_required"),
            (consents.sms && !has_phone(form, sections), "/consents/sms", "phone_required"),
            (guardian == Some(None), "/guardian/name", "invalid_name"),
            (guardian.is_some() && no_minors, "/guardian", "minors_refused"),
            (guardian.is_some() && is_of_age, "/guardian", "not_a_minor"),
        ]));
        match submission {
            Some(submission) if errors.is_empty() => {
                Ok(Checked { source, submission, consents, guardian: guardian.flatten() })
            }
            _ => Err(errors),
        }
    }
}

/// Who enters intakes, which form they answer, and what that takes.
pub(crate) struct Entering<'a, P> {
    pub(crate) caller: &'a Staff<P>,
    pub(crate) client: &'a Client,
    pub(crate) vault: &'a Vault,
    pub(crate) clinic_key: &'a DataKey,
    pub(crate) form: &'a PublishableForm,
    pub(crate) form_version: u32,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) now: Timestamp,
}

impl<P> Entering<'_, P> {
    /// The intake of somebody who is a patient from now on.
    pub(crate) fn intake(&self, checked: &Checked) -> Intake {
        let intake = IntakeId::new(self.entropy);
        Intake {
            intake,
            patient: PatientId::new(self.entropy),
            form_version: self.form_version,
            language: self.form.form().language.clone(),
            source: checked.source.into(),
            entered_by: Some(self.caller.staff.record.staff),
            status: IntakeStatus::Submitted,
            started_at: self.now,
            submitted_at: Some(self.now),
            evaluation: Some(EvaluationId::from(intake)),
        }
    }

    /// Adds to a transaction all that an intake brings into being; answers what was decided in it.
    pub(crate) async fn add_to<'t>(
        &self,
        transaction: Transaction<'t, P>,
        intake: &Intake,
        checked: &Checked,
    ) -> Result<(Transaction<'t, P>, Vec<Consent>), StoreError> {
        let Checked { submission, guardian, .. } = checked;
        let (scope, branch) = (&self.caller.scope, self.caller.clinic.key.branch);
        let (wrapped, key) = self.vault.new_patient_key(scope, branch, intake.patient, self.now).await?;
        let opening = Opening::of(intake, submission, self.clinic_key, self.now);
        let transaction = transaction.create("patient_key", &wrapped)?.create("intake", intake)?;
        let mut transaction = opening.add_to(transaction, &submission.identity, &key)?;
        for (section, answers) in &submission.answers {
            let (section, saved_at) = (section.clone(), self.now);
            let Intake { intake, patient, .. } = *intake;
            let record = Section { intake, patient, section, trusted: true, saved_at };
            transaction = transaction.create_sealed(Section::TYPE, &record, answers, &key)?;
        }
        if let Some(details) = guardian {
            let record = Guardian { intake: intake.intake, patient: intake.patient, named_at: self.now };
            transaction = transaction.create_sealed(Guardian::TYPE, &record, details, &key)?;
        }
        let (transaction, consents) = self.consent(transaction, intake, checked, &key)?;
        Ok((self.notify(transaction, intake, checked)?, consents))
    }

    /// Puts the decisions on record that the form asks for.
    fn consent<'t>(
        &self,
        mut transaction: Transaction<'t, P>,
        intake: &Intake,
        checked: &Checked,
        key: &DataKey,
    ) -> Result<(Transaction<'t, P>, Vec<Consent>), StoreError> {
        let decider = Decider {
            patient: intake.patient,
            intake: intake.intake,
            form: self.form,
            form_version: self.form_version,
            guardian: checked.guardian.clone(),
            told_to: intake.entered_by,
            client: self.client,
            now: self.now,
            entropy: self.entropy,
        };
        let phone = checked.submission.identity.phone.as_ref().map(|phone| phone.expose().clone());
        let mut consents = Vec::new();
        for (purpose, given) in checked.consents.decisions().filter(|(it, _)| self.form.asks_for(*it)) {
            let (consent, evidence) = decider.decide(purpose, given, phone.clone());
            transaction = transaction.create_sealed("consent", &consent, &evidence, key)?;
            consents.push(consent);
        }
        Ok((transaction, consents))
    }

    /// Leaves the notices to be sent that the patient is told by.
    fn notify<'t>(
        &self,
        mut transaction: Transaction<'t, P>,
        intake: &Intake,
        checked: &Checked,
    ) -> Result<Transaction<'t, P>, StoreError> {
        for channel in channels(&checked.submission, checked.consents.sms) {
            let task = Task::Notice { channel, event: NoticeEvent::IntakeReceived };
            let (outbox, evaluation) = (OutboxId::new(self.entropy), EvaluationId::from(intake.intake));
            let item = OutboxItem::pending(outbox, intake.patient, evaluation, task, self.now);
            transaction = transaction.create(OutboxItem::TYPE, &item)?;
        }
        Ok(transaction)
    }
}
