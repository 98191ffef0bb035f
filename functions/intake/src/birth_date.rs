//! The birth date among the answers: what it opens, and who may change it.

use jiff::Timestamp;
use jiff::civil::Date;
use visage_domain::clinic::Clinic;
use visage_domain::form::{
    Answer, AnswerValue, Answers, AnswersBySection, Item, PatientField, PublishableForm,
};
use visage_domain::minor::MinorsPolicy;
use visage_platform::Problem;
use visage_platform::problem::FieldProblem;

/// Where a form asks for a field of the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'f> {
    /// The section's `linkId`.
    pub(crate) section: &'f str,
    /// The question's.
    pub(crate) question: &'f str,
}

impl Place<'_> {
    /// What is wrong with the answer there; `answers` points to the section's answers.
    pub(crate) fn wrong(&self, answers: &str, code: &'static str) -> FieldProblem {
        let link_id = Some(self.question.to_owned());
        FieldProblem { link_id, ..FieldProblem::new(format!("{answers}/{}", self.question), code) }
    }

    /// The day that is answered there.
    pub(crate) fn date_in(&self, answers: &Answers) -> Option<Date> {
        match answers.get(self.question)? {
            Answer::One(AnswerValue::Date(text)) => text.parse().ok(),
            _ => None,
        }
    }
}

/// Where `form` asks for `field`.
pub(crate) fn place_of(form: &PublishableForm, field: PatientField) -> Option<Place<'_>> {
    let mut sections = form.form().item.iter();
    sections.find_map(|section| Some(Place { section: &section.link_id, question: asking(section, field)? }))
}

fn asking(item: &Item, field: PatientField) -> Option<&str> {
    let own = (item.maps_to == Some(field)).then_some(item.link_id.as_str());
    own.or_else(|| item.item.iter().find_map(|held| asking(held, field)))
}

/// Whether somebody may decide for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// No birth date was answered, or one that is yet to come: a typing error, told at the submission.
    Unknown,
    /// Not of age.
    Minor,
    /// Of age.
    Adult,
}

/// The age of the patient at the clinic, by the birth date among `answers`.
pub(crate) fn age(
    clinic: &Clinic,
    form: &PublishableForm,
    answers: &AnswersBySection,
    now: Timestamp,
) -> Age {
    let date =
        place_of(form, PatientField::BirthDate).and_then(|place| place.date_in(answers.get(place.section)?));
    match date.filter(|date| *date <= clinic.today(now)) {
        None => Age::Unknown,
        Some(date) if clinic.is_minor(date, now) => Age::Minor,
        Some(_) => Age::Adult,
    }
}

/// Whether `date` is a minor's birth date. One that is yet to come is nobody's.
fn is_minors(clinic: &Clinic, date: Date, now: Timestamp) -> bool {
    date <= clinic.today(now) && clinic.is_minor(date, now)
}

/// Merges what is entered in the section of the birth date into what is saved of it, and says whether its date proves
/// anything on another device.
///
/// Where saved answers aren't shown, a saved birth date is kept and none may be sent: otherwise whoever holds the token
/// could set the date that they are asked for. They are told so whatever they send, so that it can't be guessed that way.
///
/// # Errors
/// 422 for a date from a device that may not send one, and of a minor where none are taken.
pub(crate) fn settle(
    place: Place<'_>,
    entered: &mut Answers,
    saved: Option<(&Answers, bool)>,
    may_read: bool,
    takes: impl Fn(Date) -> bool,
) -> Result<bool, Problem> {
    let refused = |code| Err(Problem::invalid_fields().with_errors([place.wrong("/answers", code)]));
    let kept = saved.and_then(|(answers, trusted)| Some((answers.get(place.question)?.clone(), trusted)));
    match kept.filter(|_| !may_read) {
        Some(_) if entered.get(place.question).is_some() => return refused("not_on_this_device"),
        Some((answer, trusted)) => {
            entered.insert(place.question, answer);
            return Ok(trusted);
        }
        None => {}
    }
    match place.date_in(entered) {
        Some(date) if !takes(date) => refused("minors_refused"),
        date => Ok(may_read && date.is_some()),
    }
}

/// Whether the clinic takes an intake of somebody born on `date`.
pub(crate) fn takes(clinic: &Clinic, date: Date, now: Timestamp) -> bool {
    clinic.settings.minors == MinorsPolicy::WithGuardian || !is_minors(clinic, date, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place { section: "you", question: "born" };

    fn answers(date: Option<&str>) -> Answers {
        let mut answers = Answers::new();
        answers.insert("name", Answer::One(AnswerValue::String("Maren".into())));
        if let Some(date) = date {
            answers.insert("born", Answer::One(AnswerValue::Date(date.into())));
        }
        answers
    }

    fn settled(
        entered: Option<&str>,
        saved: Option<(Option<&str>, bool)>,
        may_read: bool,
    ) -> Result<(Option<String>, bool), &'static str> {
        let mut entered = answers(entered);
        let saved = saved.map(|(date, trusted)| (answers(date), trusted));
        let saved = saved.as_ref().map(|(answers, trusted)| (answers, *trusted));
        let trusted =
            settle(PLACE, &mut entered, saved, may_read, |_| true).map_err(|problem| problem.code)?;
        Ok((PLACE.date_in(&entered).map(|date| date.to_string()), trusted))
    }

    #[test]
    fn where_answers_are_shown_the_date_may_change_and_proves() {
        assert_eq!(settled(Some("1990-01-02"), None, true), Ok((Some("1990-01-02".into()), true)));
        let saved = Some((Some("1980-01-01"), false));
        assert_eq!(settled(Some("1990-01-02"), saved, true), Ok((Some("1990-01-02".into()), true)));
        assert_eq!(settled(None, saved, true), Ok((None, false)));
    }

    #[test]
    fn elsewhere_a_saved_date_stays_whatever_is_sent() {
        for trusted in [true, false] {
            let saved = Some((Some("1980-01-01"), trusted));
            assert_eq!(settled(None, saved, false), Ok((Some("1980-01-01".into()), trusted)));
            for sent in ["1990-01-02", "1980-01-01"] {
                assert_eq!(settled(Some(sent), saved, false), Err("invalid_fields"));
            }
        }
    }

    #[test]
    fn a_first_date_from_elsewhere_is_taken_and_proves_nothing() {
        assert_eq!(settled(Some("1990-01-02"), None, false), Ok((Some("1990-01-02".into()), false)));
        let saved = Some((None, true));
        assert_eq!(settled(Some("1990-01-02"), saved, false), Ok((Some("1990-01-02".into()), false)));
    }

    #[test]
    fn a_minor_is_refused_where_none_are_taken() {
        let mut entered = answers(Some("2020-01-02"));
        let refused = settle(PLACE, &mut entered, None, true, |_| false).err();
        let named = refused.map(|problem| problem.errors).unwrap_or_default();
        assert_eq!(named, [PLACE.wrong("/answers", "minors_refused")]);
    }
}
