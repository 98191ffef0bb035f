//! What has to be good before an intake is handed in, by whomever.

use crate::birth_date::{self, Age, place_of};
use jiff::Timestamp;
use visage_domain::clinic::Clinic;
use visage_domain::evaluation::Evaluation;
use visage_domain::form::{AnswersBySection, PatientField, PhoneRegion, PublishableForm, Submission};
use visage_domain::intake::Intake;
use visage_domain::matching::{MatchEntry, VisitEntry};
use visage_domain::minor::MinorsPolicy;
use visage_domain::outbox::Channel;
use visage_domain::patient::{Identity, Patient};
use visage_platform::problem::FieldProblem;
use visage_store::StoreError;
use visage_store::records::{Transaction, match_entries};
use visage_store::vault::DataKey;

/// Checks the answers: the submission if they are good, and everything that stands against handing in.
pub(crate) fn check_answers(
    clinic: &Clinic,
    form: &PublishableForm,
    answers: &AnswersBySection,
    has_guardian: bool,
    now: Timestamp,
) -> (Option<Submission>, Vec<FieldProblem>) {
    let (submission, mut errors): (_, Vec<FieldProblem>) =
        match form.check_submission(answers, clinic.today(now), PhoneRegion::US) {
            Ok(submission) => (Some(submission), Vec::new()),
            Err(errors) => (None, errors.into_iter().map(|error| error.under("/sections").into()).collect()),
        };
    if birth_date::age(clinic, form, answers, now) == Age::Minor {
        let place = place_of(form, PatientField::BirthDate);
        match clinic.settings.minors {
            MinorsPolicy::Refused => errors.extend(
                place.map(|place| place.wrong(&format!("/sections/{}", place.section), "minors_refused")),
            ),
            MinorsPolicy::WithGuardian if !has_guardian => {
                errors.push(FieldProblem::new("/guardian", "guardian_required"));
            }
            MinorsPolicy::WithGuardian => {}
        }
    }
    (submission, errors)
}

/// Whether a phone number was asked for and answered, good or not.
pub(crate) fn has_phone(form: &PublishableForm, answers: &AnswersBySection) -> bool {
    let Some(place) = place_of(form, PatientField::Phone) else { return false };
    let asked = form.render(answers);
    asked.iter().any(|asked| asked.link_id == place.question && asked.answer.is_some())
}

/// What handing in brings into being: the patient as such, found again by birth date and contact, and the evaluation.
pub(crate) struct Opening {
    patient: Patient,
    pub(crate) evaluation: Evaluation,
    visit: VisitEntry,
    matching: Vec<MatchEntry>,
}

impl Opening {
    /// What an intake leads to; `clinic_key` makes the keyed hashes that likely the same patient is found by.
    pub(crate) fn of(intake: &Intake, submission: &Submission, clinic_key: &DataKey, now: Timestamp) -> Self {
        let patient = intake.patient;
        let matching = match_entries(clinic_key, &submission.identity, patient, now);
        let evaluation = Evaluation::of_intake(intake.intake, patient, now);
        Self {
            patient: Patient {
                patient,
                created_at: now,
                matches: matching.iter().map(|entry| entry.matching).collect(),
            },
            visit: VisitEntry { patient, evaluation: evaluation.evaluation, submitted_at: now },
            evaluation,
            matching,
        }
    }

    /// Adds all of it to a transaction.
    pub(crate) fn add_to<'a, P>(
        &self,
        transaction: Transaction<'a, P>,
        identity: &Identity,
        key: &DataKey,
    ) -> Result<Transaction<'a, P>, StoreError> {
        let transaction = transaction
            .create_sealed("patient", &self.patient, identity, key)?
            .create_unsealed("evaluation", &self.evaluation)?
            .create("visit", &self.visit)?;
        self.matching.iter().try_fold(transaction, |transaction, entry| transaction.create("match", entry))
    }
}

/// How the patient is told that the intake came in.
pub(crate) fn channels(submission: &Submission, sms: bool) -> Vec<Channel> {
    let email = submission.identity.email.as_ref().map(|_| Channel::Email);
    email.into_iter().chain(sms.then_some(Channel::Sms)).collect()
}
