//! A form that patients may answer.

use serde::Serialize;

use crate::consent::ConsentPurpose;

use super::error::FieldError;
use super::model::{Form, Item};
use super::validate::validate;

/// A form that keeps every rule of publishing, or kept those of its day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PublishableForm(Form);

impl Form {
    /// All that is wrong with the form; see [`validate`](Self::validate).
    pub fn problems(&self) -> Vec<FieldError> {
        validate(self)
    }

    /// Checks everything a published form must keep.
    ///
    /// # Errors
    /// All that is wrong, each with a pointer into the form's JSON, in the order of the form. Only a form too large to
    /// be looked through gets that answer alone.
    pub fn validate(self) -> Result<PublishableForm, Vec<FieldError>> {
        let errors = validate(&self);
        if errors.is_empty() { Ok(PublishableForm(self)) } else { Err(errors) }
    }
}

impl PublishableForm {
    /// A form version read back from the clinic's records.
    ///
    /// The rules of publishing are not applied again: a patient goes on with the version they were shown, also when
    /// the rules have become stricter since. Nothing here panics or loops on a form that breaks them.
    pub const fn already_published(form: Form) -> Self {
        Self(form)
    }

    /// The form.
    pub const fn form(&self) -> &Form {
        &self.0
    }

    /// The form, to be stored.
    pub fn into_form(self) -> Form {
        self.0
    }

    /// The form as it is shown in one of its languages.
    #[must_use]
    pub fn in_language(&self, language: &str) -> Self {
        Self(self.0.clone().in_language(language))
    }

    /// The section of this name.
    pub fn section(&self, link_id: &str) -> Option<&Item> {
        self.0.item.iter().find(|section| section.link_id == link_id)
    }

    /// The words a patient is shown for a consent.
    pub fn consent_text(&self, purpose: ConsentPurpose) -> Option<&str> {
        self.0.consents.iter().find(|consent| consent.purpose == purpose).map(|consent| consent.text.as_str())
    }

    /// Whether a patient is asked for this consent.
    pub fn asks_for(&self, purpose: ConsentPurpose) -> bool {
        self.consent_text(purpose).is_some()
    }

    /// Whether a patient can't go on without this consent: to collect, always; to photograph, if a view is required;
    /// nothing else is ever a condition.
    pub fn needs_consent(&self, purpose: ConsentPurpose) -> bool {
        match purpose {
            ConsentPurpose::Collect => true,
            ConsentPurpose::Photographs => self.0.views.iter().any(|request| request.required),
            ConsentPurpose::FaceAnalysis
            | ConsentPurpose::Sharing
            | ConsentPurpose::Sms
            | ConsentPurpose::Advertising
            | ConsentPurpose::Profiling => false,
        }
    }
}
