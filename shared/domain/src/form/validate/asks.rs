//! The rules of views and consents.

use super::Errors;
use crate::consent::ConsentPurpose;
use crate::form::error::{ErrorCode, FieldError};
use crate::form::limits;
use crate::form::model::Form;
use crate::form::text::Lines;

pub(super) fn check(form: &Form, errors: &mut Errors) {
    check_views(form, errors);
    check_consents(form, errors);
}

fn check_views(form: &Form, errors: &mut Errors) {
    for (index, request) in form.views.iter().enumerate() {
        if form.views[..index].iter().any(|earlier| earlier.view == request.view) {
            errors.add(FieldError::new(format!("/views/{index}/view"), ErrorCode::ViewDuplicate));
        }
        let pointer = format!("/views/{index}/instructions");
        errors.text(&pointer, None, &request.instructions, limits::INSTRUCTIONS, Lines::Several);
    }
}

fn check_consents(form: &Form, errors: &mut Errors) {
    for (index, consent) in form.consents.iter().enumerate() {
        if form.consents[..index].iter().any(|earlier| earlier.purpose == consent.purpose) {
            errors.add(FieldError::new(format!("/consents/{index}/purpose"), ErrorCode::ConsentDuplicate));
        }
        check_consent(&format!("/consents/{index}/text"), consent.purpose, &consent.text, errors);
    }
    for purpose in ConsentPurpose::ALL.into_iter().filter(|purpose| purpose.is_asked_always()) {
        if !form.consents.iter().any(|consent| consent.purpose == purpose) {
            let message = format!("a text for the consent {} must be there", purpose.code());
            errors.add(FieldError::new("/consents", ErrorCode::ConsentMissing).saying(message));
        }
    }
}

/// Checks the words of one consent, in any language.
pub(super) fn check_consent(pointer: &str, purpose: ConsentPurpose, text: &str, errors: &mut Errors) {
    errors.text(pointer, None, text, limits::CONSENT_TEXT, Lines::Several);
    // A2P 10DLC: the opt-in names the way out and the way to help. The keywords are the same in every language.
    let complete = ["STOP", "HELP"].iter().all(|keyword| has_word(text, keyword));
    if purpose == ConsentPurpose::Sms && !complete {
        errors.add(FieldError::new(pointer, ErrorCode::SmsTextIncomplete));
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
}
