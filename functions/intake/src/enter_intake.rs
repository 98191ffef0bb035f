//! Enters an intake that a patient gives on the phone or at the desk, and hands it in: one transaction.
//!
//! Staff reads the consents out and is told the decisions; each is on record with who was told. Photos aren't asked for.

use crate::entering::{Checked, Entering, Given, gone_through};
use crate::told::{Taken, Told};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::consent::{Consent, Decided};
use visage_domain::fields::{Field, shown};
use visage_domain::form::AnswersBySection;
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{EvaluationId, IntakeId, PatientId};
use visage_domain::intake::Intake;
use visage_domain::minor::GuardianDetails;
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records};
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct EnterIntake {
    records: Records,
    forms: Forms,
    vault: Vault,
    setup: Setup,
}

/// The intake.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    source: Taken,
    /// The form version that was gone through.
    form_version: u32,
    /// The language in which the consents were read out, one of those that the form has; the form's own, if none is named.
    language: Option<String>,
    sections: AnswersBySection,
    consents: Told,
    guardian: Option<GuardianDetails>,
}

impl Input {
    const fn given(&self) -> Given<'_> {
        let Self { source, sections, consents, guardian, .. } = self;
        Given { source: *source, sections, consents: *consents, guardian: guardian.as_ref() }
    }
}

/// The entered intake.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    intake: IntakeId,
    patient: PatientId,
    evaluation: EvaluationId,
    submitted_at: Timestamp,
    consents: Vec<Decided>,
}

impl Operation for EnterIntake {
    const INFO: Info = Info {
        name: "enter_intake",
        method: "POST",
        path: "/v1/intakes",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 256 * 1024,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::not_found(), Problem::invalid_fields()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[
        shown("intake"),
        shown("patient"),
        shown("evaluation"),
        shown("submittedAt"),
        shown("consents").of(Decided::FIELDS),
    ];
    type Caller = Staff<permission::EnterIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            forms: setup.forms()?,
            vault: setup.vault()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, clinic) = (&call.caller.scope, &call.caller.clinic);
        let key = self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic).await?;
        let (caller, given) = (call.caller.staff.record.staff.to_string(), call.idempotency_key.as_deref());
        let request = Idempotent::new(&key, &caller, Self::INFO.name, given, &[&call.body])?;
        let (earlier, current) =
            tokio::join!(request.earlier(&self.records, scope, call.now), self.forms.in_force(scope));
        // First of all: the second click isn't judged by a form or settings that changed since the first.
        if let Some(earlier) = earlier? {
            return self.again(&call, &earlier.record).await;
        }
        let current = current?.ok_or_else(Problem::not_found)?;
        let (form_version, language) = (call.input.form_version, call.input.language.as_deref());
        let (form, mut errors) = gone_through(&current, form_version, language);
        let checked = call.input.given().check(clinic, &current.form, call.now);
        let checked = checked.map_err(|wrong| errors.extend(wrong)).ok();
        let Some(checked) = checked.filter(|_| errors.is_empty()) else {
            return Err(Problem::invalid_fields().with_errors(errors));
        };
        let entering = Entering {
            caller: &call.caller,
            client: &call.client,
            vault: &self.vault,
            clinic_key: &key,
            form: &form,
            form_version,
            entropy: &*self.setup.entropy,
            now: call.now,
        };
        self.enter(&call, &request, &entering, &checked).await
    }
}

impl EnterIntake {
    async fn enter(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        entering: &Entering<'_, permission::EnterIntake>,
        checked: &Checked,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let scope = &call.caller.scope;
        let intake = entering.intake(checked);
        let created = vec![intake.intake.to_string(), intake.patient.to_string()];
        let transaction = self.records.transaction(scope, entering.entropy);
        let transaction = request.mark(transaction, created, call.now)?;
        let (transaction, consents) = entering.add_to(transaction, &intake, checked).await?;
        match call.trail.clone().about(intake.patient).commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| receipt(&intake, call.now, &consents))),
            Err(CommitError::Conflict(idempotency::LABEL)) => {
                let earlier = request.earlier(&self.records, scope, call.now).await?;
                self.again(call, &earlier.ok_or_else(Problem::conflict)?.record).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same request again: the same intake.
    async fn again(
        &self,
        call: &Call<Self>,
        earlier: &IdempotentRequest,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let scope = &call.caller.scope;
        let [intake, patient] = &earlier.created[..] else { return Err(Problem::conflict()) };
        let (Ok(intake), Ok(patient)) = (intake.parse(), patient.parse()) else {
            return Err(Problem::conflict());
        };
        let mut found = self.records.visit(scope, patient, intake).await?;
        let intake = found.take::<Intake>()?.ok_or_else(Problem::conflict)?.record;
        let consents = found.take_all::<Consent>()?.into_iter().map(|consent| consent.record);
        let consents: Vec<_> = consents.filter(|consent| consent.decided_at == earlier.at).collect();
        let reply = receipt(&intake, earlier.at, &consents);
        call.trail.clone().about(patient).after(Vec::new(), reply).await
    }
}

fn receipt(intake: &Intake, submitted_at: Timestamp, consents: &[Consent]) -> Reply<Output> {
    let mut consents: Vec<_> = consents.iter().map(Decided::from).collect();
    consents.sort_by_key(|decided| decided.purpose);
    Reply::new(Output {
        intake: intake.intake,
        patient: intake.patient,
        evaluation: EvaluationId::from(intake.intake),
        submitted_at,
        consents,
    })
}
