//! Registers a clinic and invites its first staff. It is active once its owner accepts the agreements.

use crate::registering::{Registered, Registrar};
use crate::registration::{NewClinic, Registration, tidy_member};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::clinic::ClinicContact;
use visage_domain::fields::Field;
use visage_domain::ids::{ClinicId, OperatorId};
use visage_domain::permission;
use visage_domain::principal::Role;
use visage_domain::staff::Newcomer;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::directory::{Directory, RegistrationEntry};
use visage_store::vault::sha256_hex;

/// The most staff that a registration may bring; more are invited by the owner.
const MAX_STAFF: usize = 20;

/// The operation.
pub struct RegisterClinic {
    directory: Directory,
    registrar: Registrar,
    setup: Setup,
}

/// The clinic to register.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    slug: String,
    name: String,
    time_zone: String,
    state: String,
    contact: ClinicContact,
    hipaa_covered: bool,
    staff: Vec<Newcomer>,
}

impl Operation for RegisterClinic {
    const INFO: Info = Info {
        name: "register_clinic",
        method: "POST",
        path: "/v1/clinics",
        purpose: Purpose::Operations,
        status: 201,
        body_limit: 32_768,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::invalid_fields(), Problem::already_exists(), Problem::account_closed()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = Registered::FIELDS;
    type Caller = Operator<permission::RegisterClinic>;
    type Path = visage_platform::operation::Empty;
    type Input = Input;
    type Output = Registered;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { directory: setup.directory()?, registrar: Registrar::new(setup)?, setup: setup.clone() })
    }

    /// One that breaks off is finished by sending it again under the same key, at any later time.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Registered>>, Problem> {
        let Call { caller, input, trail, now, idempotency_key, body, .. } = call;
        let registration = checked(input)?;
        let clinic = self.named(caller.operator, idempotency_key.as_deref(), &body, now).await?;
        let scope = caller.scope_in(clinic)?;
        self.registrar.register(&scope, &trail.in_clinic(clinic), registration, now).await
    }
}

impl RegisterClinic {
    /// The clinic that this registration is about: the same one whenever it is sent under its key.
    async fn named(
        &self,
        operator: OperatorId,
        key: Option<&str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ClinicId, Problem> {
        let key = key.filter(|key| (16..=128).contains(&key.len()));
        let key = key.ok_or_else(Problem::idempotency_key_required)?;
        let entry = RegistrationEntry {
            request: sha256_hex(format!("{operator}\n{key}").as_bytes()),
            body: sha256_hex(body),
            clinic: ClinicId::new(&*self.setup.entropy),
            since: now,
        };
        let known = match self.directory.registration(&entry.request).await? {
            None if self.directory.add(&entry).await? => return Ok(entry.clinic),
            // Between the two it was sent once more.
            None => self.directory.registration(&entry.request).await?.ok_or_else(Problem::conflict)?,
            Some(known) => known,
        };
        if known.body == entry.body { Ok(known.clinic) } else { Err(Problem::idempotency_key_reused()) }
    }
}

/// Checks and tidies everything, naming every wrong field at once.
fn checked(input: Input) -> Result<Registration, Problem> {
    let Input { slug, name, time_zone, state, contact, hipaa_covered, mut staff } = input;
    let mut clinic = NewClinic { slug, name, time_zone, state, contact, hipaa_covered };
    let mut wrong = clinic.tidy(|_| true);
    let of_staff = |code| FieldProblem::new("/staff", code);
    if staff.len() > MAX_STAFF {
        wrong.push(of_staff("too_many"));
    }
    if !staff.iter().any(|member| member.roles.contains(&Role::Owner)) {
        wrong.push(of_staff("owner_required"));
    }
    for (index, member) in staff.iter_mut().enumerate() {
        wrong.extend(tidy_member(member, &format!("/staff/{index}")));
    }
    if !are_different(&staff) {
        wrong.push(of_staff("duplicate_email"));
    }
    Registration { clinic, staff, verified: true }.unless(wrong)
}

fn are_different(staff: &[Newcomer]) -> bool {
    let mut emails: Vec<_> = staff.iter().map(|member| &member.email).collect();
    emails.sort_unstable();
    emails.windows(2).all(|pair| pair[0] != pair[1])
}
