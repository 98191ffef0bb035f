//! Names the guardian of a minor, who consents to the collection with it and gives the consents from then on.

use crate::draft::{decider, form_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::consent::ConsentPurpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::ConsentId;
use visage_domain::minor::{Guardian, GuardianDetails, MinorsPolicy, Relation};
use visage_domain::permission;
use visage_domain::phi::Phi;
use visage_domain::retention::Record;
use visage_platform::forms::Forms;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Filler, Header, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::{CommitError, Records, keys};

/// The operation.
pub struct NameGuardian {
    records: Records,
    forms: Forms,
    setup: Setup,
}

/// The guardian.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    name: Phi<String>,
    relation: Relation,
    /// Whether the guardian consents to the collection.
    consent: bool,
    /// The form version whose consent text was shown.
    form_version: u32,
}

/// The recorded consent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    consent: ConsentId,
}

impl Operation for NameGuardian {
    const INFO: Info = Info {
        name: "name_guardian",
        method: "POST",
        path: "/v1/intake/guardian",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 4_096,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::already_submitted(), Problem::invalid_fields(), Problem::minors_refused()],
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
        if call.caller.clinic.settings.minors == MinorsPolicy::Refused {
            return Err(Problem::minors_refused());
        }
        let details = check(&call.input, intake.form_version)?;
        let named = self.records.get(&call.caller.scope, keys::guardian(intake.patient, intake.intake));
        let (form, named) = tokio::join!(form_of(&self.forms, &call.caller), named);
        let (form, named) = (form?, named?);

        let entropy = &*self.setup.entropy;
        let guardian = Guardian { intake: intake.intake, patient: intake.patient, named_at: call.now };
        let from = (&call.client, call.now);
        let decider = decider(&call.caller, &form, Some(details.clone()), from, entropy);
        let (consent, evidence) = decider.decide(ConsentPurpose::Collect, true, None);
        let transaction = self.records.transaction(&call.caller.scope, entropy);
        let transaction = request
            .mark(transaction, vec![consent.consent.to_string()], call.now)?
            .require_draft("intake", intake)?
            .create_sealed("consent", &consent, &evidence, &call.caller.key)?;
        let transaction = match &named {
            None => transaction.create_sealed(Guardian::TYPE, &guardian, &details, &call.caller.key)?,
            Some(named) => {
                transaction.replace_sealed(Guardian::TYPE, named, &guardian, &details, &call.caller.key)?
            }
        };
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

/// Checks everything, naming every wrong field at once.
fn check(input: &Input, form_version: u32) -> Result<GuardianDetails, Problem> {
    let details = GuardianDetails { name: input.name.clone(), relation: input.relation }.tidied();
    let wrong = [
        (details.is_none(), FieldProblem::new("/name", "invalid_name")),
        (!input.consent, FieldProblem::new("/consent", "consent_required")),
        (input.form_version != form_version, FieldProblem::new("/formVersion", "not_this_intakes")),
    ];
    let errors: Vec<_> = wrong.into_iter().filter_map(|(is, error)| is.then_some(error)).collect();
    match details {
        Some(details) if errors.is_empty() => Ok(details),
        _ => Err(Problem::invalid_fields().with_errors(errors)),
    }
}
