//! What stands against handing a draft in, beside its answers; and how much of it is told where answers aren't shown.

use crate::birth_date::{Age, place_of};
use crate::draft::Draft;
use jiff::Timestamp;
use visage_domain::consent::{self, Consent, ConsentPurpose, GivenBy};
use visage_domain::document::{Document, DocumentState, named};
use visage_domain::face::View;
use visage_domain::form::{AnswersBySection, PatientField, PublishableForm};
use visage_domain::intake::Section;
use visage_domain::photo::Photo;
use visage_platform::problem::FieldProblem;

/// What is missing among the photos.
pub(crate) fn missing_photos(draft: &Draft, form: &PublishableForm, now: Timestamp) -> Vec<FieldProblem> {
    let mut errors = Vec::new();
    for request in form.form().views.iter().filter(|request| request.required) {
        let photos = draft.photos.iter().map(|stored| &stored.record);
        let mut of_view = photos.filter(|photo| photo.view == request.view);
        if !of_view.clone().any(Photo::counts_for_view) {
            let on_its_way = of_view.any(|photo| photo.is_on_its_way(now));
            let code = if on_its_way { "photo_on_its_way" } else { "photo_required" };
            errors.push(FieldProblem::new(format!("/photos/{}", code_of(request.view)), code));
        }
    }
    errors
}

/// What is wrong with the documents that the answers name: each must have come by this intake, for its question.
pub(crate) fn wrong_documents<'a>(
    answers: &AnswersBySection,
    documents: impl IntoIterator<Item = &'a Document> + Clone,
    now: Timestamp,
) -> Vec<FieldProblem> {
    let mut errors = Vec::new();
    for name in named(answers) {
        let is_named = |it: &&Document| Some(it.document) == name.document && it.question == name.question;
        let code = match documents.clone().into_iter().find(is_named) {
            Some(document) if document.can_be_an_answer() => continue,
            Some(document) if document.is_on_its_way(now) => "document_on_its_way",
            Some(Document { document_state: DocumentState::Rejected { .. }, .. }) => "document_rejected",
            Some(_) => "document_missing",
            None => "unknown_document",
        };
        let index = name.index.map(|index| format!("/{index}")).unwrap_or_default();
        let pointer = format!("/sections/{}/{}{index}", name.section, name.question);
        errors.push(FieldProblem { link_id: Some(name.question), ..FieldProblem::new(pointer, code) });
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

/// Consents that were given and that the form doesn't ask for: to words that nobody read. `at` is where decisions stand.
pub(crate) fn not_asked(
    form: &PublishableForm,
    at: &str,
    decisions: impl IntoIterator<Item = (ConsentPurpose, bool)>,
) -> Vec<FieldProblem> {
    let wrong = decisions.into_iter().filter(|(purpose, given)| *given && !form.asks_for(*purpose));
    wrong.map(|(purpose, _)| FieldProblem::new(format!("{at}/{}", purpose.code()), "not_asked")).collect()
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
    use serde_json::json;
    use visage_domain::document::FileType;
    use visage_domain::ids::{DocumentId, IntakeId, PatientId, UploadId};
    use visage_domain::photo::{Rejection, UPLOAD_LIFETIME};

    fn document(question: &str, document_state: DocumentState) -> Document {
        Document {
            document: DocumentId::from_bits([1; 16]),
            patient: PatientId::from_bits([2; 16]),
            intake: IntakeId::from_bits([3; 16]),
            question: question.to_owned(),
            upload: UploadId::from_bits([4; 16]),
            declared: FileType::Pdf,
            requested_at: Timestamp::UNIX_EPOCH,
            document_state,
            unused: false,
        }
    }

    #[test]
    fn an_answer_names_a_document_that_came_for_its_question() -> Result<(), serde_json::Error> {
        let url = DocumentId::from_bits([1; 16]).to_string();
        let answers: AnswersBySection = serde_json::from_value(
            json!({ "history": { "scans": [{ "valueAttachment": { "url": url } }] } }),
        )?;
        let received = || DocumentState::Received { version: "1".into() };
        let late = Timestamp::UNIX_EPOCH + UPLOAD_LIFETIME;
        let told = |documents: &[Document], now| {
            let errors = wrong_documents(&answers, documents, now);
            errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect::<Vec<_>>()
        };
        let at = |code: &str| vec![("/sections/history/scans/0".to_owned(), code.to_owned())];
        assert_eq!(told(&[document("scans", received())], late), vec![]);
        assert_eq!(told(&[], late), at("unknown_document"));
        assert_eq!(told(&[document("letters", received())], late), at("unknown_document"));
        let awaited = document("scans", DocumentState::Awaited);
        assert_eq!(told(std::slice::from_ref(&awaited), Timestamp::UNIX_EPOCH), at("document_on_its_way"));
        assert_eq!(told(&[awaited], late), at("document_missing"));
        let rejected = DocumentState::Rejected { code: Rejection::Encrypted };
        assert_eq!(told(&[document("scans", rejected)], late), at("document_rejected"));
        Ok(())
    }

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
