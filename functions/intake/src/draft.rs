//! What several operations of an intake read: its form, and everything of the visit.

use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::form::{AnswersBySection, PublishableForm};
use visage_domain::intake::Section;
use visage_domain::permission::FillIntake;
use visage_domain::photo::Photo;
use visage_platform::{Filler, Problem};
use visage_store::records::{Records, Stored, keys};

/// An intake with everything that was saved to it.
pub(crate) struct Draft {
    pub(crate) sections: Vec<Stored<Section>>,
    pub(crate) consents: Vec<Consent>,
    pub(crate) photos: Vec<Photo>,
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
