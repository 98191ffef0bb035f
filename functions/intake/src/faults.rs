//! What stands against handing a draft in, beside its answers; and how much of it is told where answers aren't shown.

use crate::birth_date::{Age, place_of};
use crate::draft::Draft;
use jiff::Timestamp;
use visage_domain::consent::{self, Consent, ConsentPurpose, GivenBy};
use visage_domain::face::View;
use visage_domain::form::{PatientField, PublishableForm};
use visage_domain::intake::Section;
use visage_domain::photo::Photo;
use visage_platform::problem::FieldProblem;

/// What is missing among the photos.
pub(crate) fn missing_photos(draft: &Draft, form: &PublishableForm, now: Timestamp) -> Vec<FieldProblem> {
    let mut errors = Vec::new();
    for request in form.form().views.iter().filter(|request| request.required) {
        let mut of_view = draft.photos.iter().filter(|photo| photo.view == request.view);
        if !of_view.clone().any(Photo::counts_for_view) {
            let on_its_way = of_view.any(|photo| photo.is_on_its_way(now));
            let code = if on_its_way { "photo_on_its_way" } else { "photo_required" };
            errors.push(FieldProblem::new(format!("/photos/{}", code_of(request.view)), code));
        }
    }
    errors
}

/// Consents count only if who may decide gave them: a minor's if the guardian did, and those of somebody who turned out to
/// be of age if they did themselves. To the collection they consented when they began.
pub(crate) fn given_by_another(consents: &[Consent], age: Age) -> Vec<FieldProblem> {
    let (another, purposes, code) = match age {
        Age::Unknown => return Vec::new(),
        Age::Minor => (GivenBy::Patient, &ConsentPurpose::ALL[..], "guardian_consent_required"),
        Age::Adult => (GivenBy::Guardian, &ConsentPurpose::ALL[1..], "patient_consent_required"),
    };
    let by_another = |purpose: &&ConsentPurpose| {
        consent::last(consents, **purpose).is_some_and(|last| last.given && last.given_by == another)
    };
    let error = |purpose: &ConsentPurpose| FieldProblem::new(format!("/consents/{}", purpose.code()), code);
    purposes.iter().filter(by_another).map(error).collect()
}

/// A birth date that was entered where saved answers aren't shown doesn't get other people's answers handed in under
/// it: where they are shown, it has to be saved once more.
pub(crate) fn unconfirmed(draft: &Draft, form: &PublishableForm) -> Option<FieldProblem> {
    let place = place_of(form, PatientField::BirthDate)?;
    let asks = |section: &Section| section.section == place.section;
    let sections = || draft.sections.iter().map(|saved| &saved.record);
    let strange = sections().any(|section| asks(section) && !section.trusted);
    let others = sections().any(|section| !asks(section) && section.trusted);
    (strange && others).then(|| place.wrong(&format!("/sections/{}", place.section), "not_confirmed"))
}

/// The same errors for who isn't shown the answers: of a section only that it isn't complete, for which question is
/// asked, and what is wrong with it, says what was answered.
pub(crate) fn without_answers(errors: Vec<FieldProblem>) -> Vec<FieldProblem> {
    let telling = |error: &FieldProblem| matches!(&*error.code, "not_confirmed" | "minors_refused");
    let mut shown: Vec<FieldProblem> = Vec::new();
    for error in errors {
        let section = error.pointer.strip_prefix("/sections/").and_then(|rest| rest.split('/').next());
        let error = match section {
            Some(section) if !telling(&error) => {
                FieldProblem::new(format!("/sections/{section}"), "incomplete")
            }
            _ => error,
        };
        if !shown.contains(&error) {
            shown.push(error);
        }
    }
    shown
}

fn code_of(view: View) -> String {
    serde_json::to_value(view).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_answers_are_not_shown_a_section_is_incomplete_and_no_more() {
        let told = without_answers(vec![
            FieldProblem::new("/sections/allergies/allergy-details", "required"),
            FieldProblem::new("/sections/allergies/allergic-to/1", "unknown_option"),
            FieldProblem::new("/sections/about-you/birth-date", "not_confirmed"),
            FieldProblem::new("/photos/frontal", "photo_required"),
        ]);
        let expected = [
            FieldProblem::new("/sections/allergies", "incomplete"),
            FieldProblem::new("/sections/about-you/birth-date", "not_confirmed"),
            FieldProblem::new("/photos/frontal", "photo_required"),
        ];
        assert_eq!(told, expected);
    }
}
