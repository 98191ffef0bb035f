//! Starts an intake with consent to collect. Before it, nothing is stored of the patient.
//!
//! No `Idempotency-Key` repeats this creating request: its answer is a secret, and whoever guessed another
//! visitor's key would get it. A start whose answer got lost leaves an empty draft behind, which expires.

use crate::consenting::Decider;
use crate::draft::shown_in;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use visage_domain::audit::Purpose;
use visage_domain::capability::{Capability, Secret};
use visage_domain::clinic::Clinic;
use visage_domain::consent::ConsentPurpose;
use visage_domain::fields::{Field, shown};
use visage_domain::form::PublishableForm;
use visage_domain::ids::{AddressId, ClinicId, IntakeId, PatientId};
use visage_domain::intake::{DRAFT_LIFETIME, Intake, IntakeStatus, ResumeToken, Source};
use visage_domain::permission;
use visage_domain::principal::Actor;
use visage_domain::scope::Scope;
use visage_domain::start_limit::{StartCount, network_of};
use visage_platform::forms::{Forms, InForce};
use visage_platform::problem::FieldProblem;
use visage_platform::{
    Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Trail, Visitor, admitted,
};
use visage_store::directory::Directory;
use visage_store::records::{Records, keys};
use visage_store::vault::{DataKey, Mac, Subject, Vault, link_id_of, secret_hash};

/// The operation.
pub struct StartIntake {
    directory: Directory,
    records: Records,
    forms: Forms,
    vault: Vault,
    setup: Setup,
}

/// Which clinic.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Path {
    slug: String,
}

/// The consent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The form version whose consent text was shown.
    form_version: u32,
    /// The language in which it was shown, one of those that the form has; the form's own, if none is named.
    language: Option<String>,
    /// Whether collecting was consented to.
    consent: bool,
}

/// The begun intake.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    intake: IntakeId,
    resume_token: String,
    /// Shows, in the header `x-device-secret`, that this is the device on which the intake was started.
    device_secret: String,
    expires_at: Timestamp,
}

/// The clinic, its form and its key.
struct Ground {
    scope: Scope<permission::StartIntake>,
    clinic: Clinic,
    form: InForce,
}

impl Operation for StartIntake {
    const INFO: Info = Info {
        name: "start_intake",
        method: "POST",
        path: "/v1/clinics/{slug}/intakes",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 4_096,
        background: false,
        phi: true,
        changes: true,
        problems: &[
            Problem::baa_required(),
            Problem::clinic_not_verified(),
            Problem::clinic_read_only(),
            Problem::clinic_closed(),
            Problem::invalid_fields(),
            Problem::too_many_starts(),
            Problem::conflict(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] =
        &[shown("intake"), shown("resumeToken"), shown("deviceSecret"), shown("expiresAt")];
    type Caller = Visitor<permission::StartIntake>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            directory: setup.directory()?,
            records: setup.records()?,
            forms: setup.forms()?,
            vault: setup.vault()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let ground = self.ground(&call).await?;
        let form = check(&call.input, &ground.form)?;
        self.count(&call, &ground).await?;
        self.start(&call, &ground, &form).await
    }
}

/// Checks everything, naming every wrong field at once; answers the form as it was shown.
fn check(input: &Input, current: &InForce) -> Result<Arc<PublishableForm>, Problem> {
    let shown = shown_in(&current.form, input.language.as_deref());
    let wrong = [
        (!input.consent, FieldProblem::new("/consent", "consent_required")),
        (input.form_version != current.version, FieldProblem::new("/formVersion", "not_current")),
        (shown.is_none(), FieldProblem::new("/language", "not_offered")),
    ];
    let errors: Vec<_> = wrong.into_iter().filter_map(|(is, error)| is.then_some(error)).collect();
    match shown {
        Some(form) if errors.is_empty() => Ok(form),
        _ => Err(Problem::invalid_fields().with_errors(errors)),
    }
}

impl StartIntake {
    async fn ground(&self, call: &Call<Self>) -> Result<Ground, Problem> {
        let clinic = self.directory.clinic_of(&call.path.slug).await?.ok_or_else(Problem::not_found)?;
        let scope = call.caller.scope_in(clinic)?;
        let (clinic, form) =
            tokio::join!(self.records.get(&scope, keys::clinic()), self.forms.in_force(&scope));
        let clinic = clinic?.ok_or_else(Problem::not_found)?.record;
        admitted::<permission::StartIntake>(&clinic, &Self::INFO, call.now)?;
        Ok(Ground { scope, clinic, form: form?.ok_or_else(Problem::not_found)? })
    }

    /// Counts the start. Counted before it is done: a start that breaks off has been one.
    async fn count(&self, call: &Call<Self>, ground: &Ground) -> Result<(), Problem> {
        let key = self.vault.unwrap_key(&ground.scope, &ground.clinic.key, Subject::Clinic).await?;
        let network = network_of(&call.client.ip);
        let address = AddressId::from_bits(Mac::of(&key, &[b"visage/start/1", network.as_bytes()]).bits());
        let first = StartCount::first(address, call.now);
        if self.records.count_start(&ground.scope, &first).await? {
            Ok(())
        } else {
            Err(Problem::too_many_starts().retry_in(first.seconds_left(call.now)))
        }
    }

    async fn start(
        &self,
        call: &Call<Self>,
        ground: &Ground,
        form: &PublishableForm,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let entropy = &*self.setup.entropy;
        let (patient, intake) = (PatientId::new(entropy), IntakeId::new(entropy));
        let branch = ground.clinic.key.branch;
        let (wrapped, key) = self.vault.new_patient_key(&ground.scope, branch, patient, call.now).await?;
        let key = Arc::new(key);
        let device = Secret::new(entropy);
        let (capability, token) = self.token(ground.clinic.clinic, patient, intake, &device, call.now);
        let decider = Decider {
            patient,
            intake,
            form,
            form_version: ground.form.version,
            guardian: None,
            told_to: None,
            client: &call.client,
            now: call.now,
            entropy,
        };
        let (consent, evidence) = decider.decide(ConsentPurpose::Collect, true, None);
        let record = Intake {
            intake,
            patient,
            form_version: ground.form.version,
            language: form.form().language.clone(),
            source: Source::Online,
            entered_by: None,
            status: IntakeStatus::Draft,
            started_at: call.now,
            submitted_at: None,
            evaluation: None,
        };
        let transaction = self
            .records
            .transaction(&ground.scope, entropy)
            .create("patient_key", &wrapped)?
            .create("intake", &record)?
            .create_sealed("consent", &consent, &evidence, &key)?
            .create("resume_token", &token)?;
        let trail = trail(call, ground.clinic.clinic, patient, intake, key);
        let audited = trail.commit(transaction).await?;
        Ok(audited.map(|()| {
            Reply::new(Output {
                intake,
                resume_token: capability.encode(),
                device_secret: device.encode(),
                expires_at: token.expires_at,
            })
        }))
    }

    fn token(
        &self,
        clinic: ClinicId,
        patient: PatientId,
        intake: IntakeId,
        device: &Secret,
        now: Timestamp,
    ) -> (Capability, ResumeToken) {
        let capability = Capability::new(clinic, &*self.setup.entropy);
        let token = ResumeToken {
            link: link_id_of(&capability.secret),
            secret_hash: secret_hash(&capability.secret),
            patient,
            intake,
            issued_at: now,
            expires_at: now.checked_add(DRAFT_LIFETIME).unwrap_or(now),
            devices: vec![secret_hash(device)],
            reading_tries: 0,
        };
        (capability, token)
    }
}

fn trail(
    call: &Call<StartIntake>,
    clinic: ClinicId,
    patient: PatientId,
    intake: IntakeId,
    key: Arc<DataKey>,
) -> Trail {
    call.trail
        .clone()
        .in_clinic(clinic)
        .about(patient)
        .acting_as(Actor::Patient { patient, intake })
        .sealing_client(call.client.clone(), key)
}
