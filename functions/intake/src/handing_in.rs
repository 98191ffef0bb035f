//! What has to be good before an intake is handed in, by whomever.

use crate::birth_date::{self, place_of};
use jiff::Timestamp;
use visage_domain::clinic::Clinic;
use visage_domain::evaluation::{Evaluation, EvaluationStatus};
use visage_domain::form::{AnswersBySection, PatientField, PhoneRegion, PublishableForm, Submission};
use visage_domain::ids::EvaluationId;
use visage_domain::intake::Intake;
use visage_domain::minor::MinorsPolicy;
use visage_domain::outbox::Channel;
use visage_platform::problem::FieldProblem;

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
    if birth_date::is_minor(clinic, form, answers, now) {
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

/// The evaluation that an intake leads to.
pub(crate) fn evaluation_of(intake: &Intake, now: Timestamp) -> Evaluation {
    Evaluation {
        evaluation: EvaluationId::from(intake.intake),
        patient: intake.patient,
        intake: intake.intake,
        status: EvaluationStatus::New,
        created_at: now,
        signature: None,
    }
}

/// How the patient is told that the intake came in.
pub(crate) fn channels(submission: &Submission, sms: bool) -> Vec<Channel> {
    let email = submission.identity.email.as_ref().map(|_| Channel::Email);
    email.into_iter().chain(sms.then_some(Channel::Sms)).collect()
}
