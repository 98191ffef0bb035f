//! What several operations of an intake read: its form, and everything of the visit.

use crate::birth_date::{self, Age};
use crate::consenting::Decider;
use jiff::Timestamp;
use std::sync::Arc;
use visage_domain::audit::Client;
use visage_domain::clock::Entropy;
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::document::Document;
use visage_domain::form::{AnswersBySection, PublishableForm};
use visage_domain::intake::Section;
use visage_domain::minor::{Guardian, GuardianDetails, MinorsPolicy};
use visage_domain::permission::FillIntake;
use visage_domain::photo::Photo;
use visage_platform::forms::Forms;
use visage_platform::{Filler, Problem};
use visage_store::records::{Records, Stored};

/// An intake with everything that was saved to it.
pub(crate) struct Draft {
    pub(crate) sections: Vec<Stored<Section>>,
    pub(crate) consents: Vec<Consent>,
    pub(crate) photos: Vec<Stored<Photo>>,
    pub(crate) documents: Vec<Stored<Document>>,
    pub(crate) guardian: Option<GuardianDetails>,
}

impl Draft {
    /// Reads everything in one query.
    pub(crate) async fn read(records: &Records, caller: &Filler<FillIntake>) -> Result<Self, Problem> {
        let intake = &caller.intake.record;
        let mut found = records.visit(&caller.scope, intake.patient, intake.intake).await?;
        let clear = |stored: Vec<Stored<Consent>>| stored.into_iter().map(|consent| consent.record).collect();
        Ok(Self {
            sections: found.take_all()?,
            consents: clear(found.take_all()?),
            photos: found.take_all()?,
            documents: found.take_all()?,
            guardian: found.take::<Guardian>()?.map(|guardian| guardian.open(&caller.key)).transpose()?,
        })
    }

    /// Whether the last decision on `purpose` is a yes.
    pub(crate) fn consented(&self, purpose: ConsentPurpose) -> bool {
        holds(&self.consents, purpose)
    }

    /// Whether `purpose` was decided, either way.
    pub(crate) fn decided(&self, purpose: ConsentPurpose) -> bool {
        self.consents.iter().any(|consent| consent.purpose == purpose)
    }

    /// The answers, opened.
    pub(crate) fn answers(&self, caller: &Filler<FillIntake>) -> Result<AnswersBySection, Problem> {
        let opened =
            |section: &Stored<Section>| Ok((section.record.section.clone(), section.open(&caller.key)?));
        self.sections.iter().map(opened).collect()
    }

    /// The guardian who decides for the patient; none if the patient does. A guardian was also named where the birth date
    /// was mistyped first: for who is of age nobody else decides.
    ///
    /// # Errors
    /// 403 for a minor without one.
    pub(crate) fn guardian_who_decides(
        &self,
        caller: &Filler<FillIntake>,
        form: &PublishableForm,
        now: Timestamp,
    ) -> Result<Option<GuardianDetails>, Problem> {
        let age = birth_date::age(&caller.clinic, form, &self.answers(caller)?, now);
        match (age, caller.clinic.settings.minors, &self.guardian) {
            (Age::Adult, ..) => Ok(None),
            (Age::Minor, MinorsPolicy::Refused, _) => Err(Problem::minors_refused()),
            (Age::Minor, MinorsPolicy::WithGuardian, None) => Err(Problem::guardian_required()),
            (Age::Minor | Age::Unknown, _, guardian) => Ok(guardian.clone()),
        }
    }
}

/// Who decides in the caller's intake: the patient, or their guardian.
pub(crate) fn decider<'a>(
    caller: &Filler<FillIntake>,
    form: &'a PublishableForm,
    guardian: Option<GuardianDetails>,
    (client, now): (&'a Client, Timestamp),
    entropy: &'a dyn Entropy,
) -> Decider<'a> {
    let intake = &caller.intake.record;
    Decider {
        patient: intake.patient,
        intake: intake.intake,
        form,
        form_version: intake.form_version,
        guardian,
        told_to: None,
        client,
        now,
        entropy,
    }
}

/// The form version that the intake answers, in the language in which it was shown.
pub(crate) async fn form_of(
    forms: &Forms,
    caller: &Filler<FillIntake>,
) -> Result<Arc<PublishableForm>, Problem> {
    let intake = &caller.intake.record;
    let form = forms.version(&caller.scope, intake.form_version).await?;
    Ok(shown_in(&form, Some(&intake.language)).unwrap_or(form))
}

/// The form as it is shown in `language`, or in its own if none is asked for; `None` if it hasn't that language.
pub(crate) fn shown_in(form: &Arc<PublishableForm>, language: Option<&str>) -> Option<Arc<PublishableForm>> {
    let own = form.form().language.as_str();
    match language {
        None => Some(Arc::clone(form)),
        Some(language) if language == own => Some(Arc::clone(form)),
        Some(language) if form.form().languages().any(|offered| offered == language) => {
            Some(Arc::new(form.in_language(language)))
        }
        Some(_) => None,
    }
}
