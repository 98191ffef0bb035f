//! Decides a consent that is asked while filling in: to photographs, and to having them analysed.

use crate::draft::form_of;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::consent::{Consent, ConsentEvidence, ConsentPurpose};
use visage_domain::ids::ConsentId;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::Records;

/// The operation.
pub struct GiveConsent {
    records: Records,
    setup: Setup,
}

/// The decision.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    purpose: ConsentPurpose,
    given: bool,
    /// The form version whose text was shown.
    form_version: u32,
}

/// The recorded decision.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    consent: ConsentId,
}

impl Operation for GiveConsent {
    const INFO: Info = Info {
        name: "give_consent",
        method: "POST",
        path: "/v1/intake/consents",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 4_096,
        background: false,
        phi: true,
    };
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.caller.require_draft()?;
        let intake = &call.caller.intake.record;
        check(&call.input, intake.form_version)?;
        let form = form_of(&self.records, &call.caller).await?;
        let entropy = &*self.setup.entropy;
        let consent = Consent {
            consent: ConsentId::new(entropy),
            patient: intake.patient,
            intake: intake.intake,
            purpose: call.input.purpose,
            given: call.input.given,
            form_version: intake.form_version,
            decided_at: call.now,
        };
        let text = form.consent_text(consent.purpose).unwrap_or_default().to_owned();
        let evidence = ConsentEvidence { text, client: call.client.clone(), phone: None };
        let transaction = self
            .records
            .transaction(&call.caller.scope, entropy)
            .require_draft("intake", &call.caller.intake.record)?
            .create_sealed("consent", &consent, &evidence, &call.caller.key)?;
        let audited = call.trail.commit(transaction).await?;
        Ok(audited.map(|()| Reply::new(Output { consent: consent.consent })))
    }
}

fn check(input: &Input, form_version: u32) -> Result<(), Problem> {
    let askable = matches!(input.purpose, ConsentPurpose::Photographs | ConsentPurpose::FaceAnalysis);
    let wrong = [
        (!askable, FieldProblem::new("/purpose", "asked_elsewhere")),
        (input.form_version != form_version, FieldProblem::new("/formVersion", "not_this_intakes")),
    ];
    let errors: Vec<_> = wrong.into_iter().filter_map(|(is, error)| is.then_some(error)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_fields().with_errors(errors)) }
}
