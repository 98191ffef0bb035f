//! A decision as it is put on record, with its evidence.

use jiff::Timestamp;
use visage_domain::audit::Client;
use visage_domain::clock::Entropy;
use visage_domain::consent::{Consent, ConsentEvidence, ConsentPurpose, GivenBy};
use visage_domain::form::PublishableForm;
use visage_domain::ids::{ConsentId, IntakeId, PatientId, StaffId};
use visage_domain::minor::GuardianDetails;

/// Who decides in an intake, what they are shown, and from where.
pub(crate) struct Decider<'a> {
    pub(crate) patient: PatientId,
    pub(crate) intake: IntakeId,
    pub(crate) form: &'a PublishableForm,
    pub(crate) form_version: u32,
    /// The guardian, who then decides instead of the patient.
    pub(crate) guardian: Option<GuardianDetails>,
    /// The member of staff who was told.
    pub(crate) told_to: Option<StaffId>,
    pub(crate) client: &'a Client,
    pub(crate) now: Timestamp,
    pub(crate) entropy: &'a dyn Entropy,
}

impl Decider<'_> {
    /// The decision on `purpose`; a phone number belongs to consent to text messages only.
    pub(crate) fn decide(
        &self,
        purpose: ConsentPurpose,
        given: bool,
        phone: Option<String>,
    ) -> (Consent, ConsentEvidence) {
        let consent = Consent {
            consent: ConsentId::new(self.entropy),
            patient: self.patient,
            intake: self.intake,
            purpose,
            given,
            form_version: self.form_version,
            given_by: if self.guardian.is_some() { GivenBy::Guardian } else { GivenBy::Patient },
            told_to: self.told_to,
            decided_at: self.now,
        };
        let evidence = ConsentEvidence {
            text: self.form.consent_text(purpose).unwrap_or_default().to_owned(),
            client: self.client.clone(),
            guardian: self.guardian.clone(),
            phone: phone.filter(|_| given && purpose == ConsentPurpose::Sms),
        };
        (consent, evidence)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::draft::shown_in;
    use std::sync::Arc;
    use visage_domain::minor::Relation;
    use visage_domain::phi::Phi;

    const FORM: &str = include_str!("../../forms/default_form.json");

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn the_evidence_has_the_words_that_were_shown() {
        let form = Arc::new(PublishableForm::already_published(serde_json::from_str(FORM).unwrap()));
        for (language, words) in [(None, "I agree"), (Some("en"), "I agree"), (Some("es"), "Acepto")] {
            let shown = shown_in(&form, language).unwrap();
            let decider = Decider {
                patient: PatientId::from_bits([1; 16]),
                intake: IntakeId::from_bits([2; 16]),
                form: &shown,
                form_version: 1,
                guardian: None,
                told_to: None,
                client: &Client::default(),
                now: Timestamp::UNIX_EPOCH,
                entropy: &Zeros,
            };
            for purpose in ConsentPurpose::ALL.into_iter().filter(|it| it.is_asked_always()) {
                let (_, evidence) = decider.decide(purpose, true, None);
                assert!(evidence.text.starts_with(words), "{purpose:?} in {language:?}: {}", evidence.text);
            }
        }
        assert!(shown_in(&form, Some("fr")).is_none());
    }

    /// What proves a consent years later: the words, their version, when, from where, and by whom.
    #[test]
    fn everything_that_proves_a_consent_is_kept() {
        let form = PublishableForm::already_published(serde_json::from_str(FORM).unwrap());
        let client = Client { ip: "203.0.113.7".into(), user_agent: "Mozilla/5.0 (X11; Linux)".into() };
        let patients = Decider {
            patient: PatientId::from_bits([1; 16]),
            intake: IntakeId::from_bits([2; 16]),
            form: &form,
            form_version: 7,
            guardian: None,
            told_to: None,
            client: &client,
            now: "2026-11-02T15:04:05Z".parse().unwrap(),
            entropy: &Zeros,
        };
        let phone = || Some("+12065550100".to_owned());
        for given in [true, false] {
            for purpose in ConsentPurpose::ALL {
                let (consent, evidence) = patients.decide(purpose, given, phone());
                let expected = Consent {
                    consent: ConsentId::new(&Zeros),
                    patient: PatientId::from_bits([1; 16]),
                    intake: IntakeId::from_bits([2; 16]),
                    purpose,
                    given,
                    form_version: 7,
                    given_by: GivenBy::Patient,
                    told_to: None,
                    decided_at: "2026-11-02T15:04:05Z".parse().unwrap(),
                };
                assert_eq!(consent, expected);
                let expected = ConsentEvidence {
                    text: form.consent_text(purpose).unwrap_or_default().to_owned(),
                    client: client.clone(),
                    guardian: None,
                    // Where no text message may go, no number belongs to it.
                    phone: phone().filter(|_| given && purpose == ConsentPurpose::Sms),
                };
                assert_eq!(evidence, expected);
                assert_eq!(evidence.text.is_empty(), !purpose.is_asked_always(), "{purpose:?}");
            }
        }
        let guardian = GuardianDetails { name: Phi::new("Ada Example".into()), relation: Relation::Parent };
        let staff = StaffId::from_bits([3; 16]);
        let guardians = Decider { guardian: Some(guardian.clone()), told_to: Some(staff), ..patients };
        let (consent, evidence) = guardians.decide(ConsentPurpose::Collect, true, None);
        assert_eq!((consent.given_by, consent.told_to), (GivenBy::Guardian, Some(staff)));
        assert_eq!((evidence.guardian, evidence.client), (Some(guardian), client.clone()));
        // As it is sealed: nothing of it is lost on the way.
        let (_, evidence) = guardians.decide(ConsentPurpose::Sms, true, phone());
        let sealed = serde_json::to_vec(&evidence).unwrap();
        assert_eq!(serde_json::from_slice::<ConsentEvidence>(&sealed).unwrap(), evidence);
    }
}
