//! What several operations of an intake read: its form, and everything of the visit.

use crate::birth_date;
use crate::consenting::Decider;
use jiff::Timestamp;
use visage_domain::audit::Client;
use visage_domain::clock::Entropy;
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::document::Document;
use visage_domain::form::{AnswersBySection, PublishableForm};
use visage_domain::intake::Section;
use visage_domain::minor::{Guardian, GuardianDetails, MinorsPolicy};
use visage_domain::permission::FillIntake;
use visage_domain::photo::Photo;
use visage_platform::{Filler, Problem};
use visage_store::records::{Records, Stored, keys};

/// An intake with everything that was saved to it.
pub(crate) struct Draft {
    pub(crate) sections: Vec<Stored<Section>>,
    pub(crate) consents: Vec<Consent>,
    pub(crate) photos: Vec<Photo>,
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
            photos: found.take_all::<Photo>()?.into_iter().map(|photo| photo.record).collect(),
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

    /// That the patient is of age, as far as that was answered, or has a guardian who may decide for them.
    ///
    /// # Errors
    /// 403 otherwise.
    pub(crate) fn require_of_age_or_guardian(
        &self,
        caller: &Filler<FillIntake>,
        form: &PublishableForm,
        now: Timestamp,
    ) -> Result<(), Problem> {
        if !birth_date::is_minor(&caller.clinic, form, &self.answers(caller)?, now) {
            return Ok(());
        }
        match (caller.clinic.settings.minors, &self.guardian) {
            (MinorsPolicy::Refused, _) => Err(Problem::minors_refused()),
            (MinorsPolicy::WithGuardian, None) => Err(Problem::guardian_required()),
            (MinorsPolicy::WithGuardian, Some(_)) => Ok(()),
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

/// The form version that the intake answers.
pub(crate) async fn form_of(
    records: &Records,
    caller: &Filler<FillIntake>,
) -> Result<PublishableForm, Problem> {
    let version = caller.intake.record.form_version;
    let stored = records.get(&caller.scope, keys::form_version(version)).await?;
    let stored = stored.ok_or_else(Problem::internal)?;
    Ok(PublishableForm::already_published(stored.record.form))
}
