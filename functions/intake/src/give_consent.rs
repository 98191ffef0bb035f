//! Decides a consent that is asked while filling in: to photographs, and to having them analysed.

use crate::draft::{Draft, decider, form_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::consent::ConsentPurpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::ConsentId;
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Filler, Header, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::{CommitError, Records};

/// The operation.
pub struct GiveConsent {
    records: Records,
    forms: Forms,
    setup: Setup,
}

/// The decision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    purpose: ConsentPurpose,
    given: bool,
    /// The form version whose text was shown.
    form_version: u32,
}

/// The recorded decision.
#[derive(Debug, Serialize, JsonSchema)]
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
        changes: true,
        problems: &[
            Problem::already_submitted(),
            Problem::invalid_fields(),
            Problem::minors_refused(),
            Problem::guardian_required(),
        ],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[shown("consent")];
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let intake = &call.caller.intake.record;
        let (caller, key) = (intake.intake.to_string(), call.idempotency_key.as_deref());
        let request = Idempotent::new(&call.caller.key, &caller, Self::INFO.name, key, &[&call.body])?;
        // First of all: the second click isn't judged by what changed since the first.
        if let Some(consent) = request.replay(&self.records, &call.caller.scope, call.now).await? {
            return call.trail.after(Vec::new(), Reply::new(Output { consent })).await;
        }
        call.caller.require_draft()?;
        check(&call.input, intake.form_version)?;
        let (draft, form) =
            tokio::join!(Draft::read(&self.records, &call.caller), form_of(&self.forms, &call.caller));
        let (draft, form) = (draft?, form?);
        let guardian = draft.guardian_who_decides(&call.caller, &form, call.now)?;
        let entropy = &*self.setup.entropy;
        let decider = decider(&call.caller, &form, guardian, (&call.client, call.now), entropy);
        let (consent, evidence) = decider.decide(call.input.purpose, call.input.given, None);
        let transaction = self.records.transaction(&call.caller.scope, entropy);
        let transaction = request
            .mark(transaction, vec![consent.consent.to_string()], call.now)?
            .require_draft("intake", intake)?
            .create_sealed("consent", &consent, &evidence, &call.caller.key)?;
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Output { consent: consent.consent }))),
            Err(CommitError::Conflict(idempotency::LABEL)) => {
                let consent = request.created(&self.records, &call.caller.scope, call.now).await?;
                call.trail.after(Vec::new(), Reply::new(Output { consent })).await
            }
            Err(error) => Err(error.into()),
        }
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
