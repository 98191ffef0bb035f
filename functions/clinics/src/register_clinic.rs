//! Registers a clinic and invites its first staff. It is active once its owner accepts the agreements.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::agreement::Accepted;
use visage_domain::audit::Purpose;
use visage_domain::clinic::{
    Clinic, ClinicContact, ClinicSettings, ClinicStatus, is_line, is_slug, is_state,
};
use visage_domain::fields::{Field, shown};
use visage_domain::form::{PhoneRegion, normalise_email, normalise_phone};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::permission;
use visage_domain::principal::Role;
use visage_domain::retention::Record;
use visage_domain::staff::{Newcomer, Staff, StaffDetails};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::accounts::{Account, Invited, account_of};
use visage_store::directory::{ClinicEntry, Directory, MembershipEntry, RegistrationEntry, SlugEntry};
use visage_store::identity::UserPool;
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Vault, sha256_hex, staff_id_of};

/// The most staff that a registration may bring; more are invited by the owner.
const MAX_STAFF: usize = 20;

/// The operation.
pub struct RegisterClinic {
    directory: Directory,
    records: Records,
    vault: Vault,
    pool: UserPool,
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

/// The registered clinic.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    clinic: ClinicId,
    slug: String,
    staff: Vec<StaffId>,
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
    const FIELDS: &'static [Field] = &[shown("clinic"), shown("slug"), shown("staff")];
    type Caller = Operator<permission::RegisterClinic>;
    type Path = visage_platform::operation::Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            directory: setup.directory()?,
            records: setup.records()?,
            vault: setup.vault()?,
            pool: setup.staff_pool()?,
            setup: setup.clone(),
        })
    }

    /// The slug is taken first: nobody is invited to a clinic that can't have its name. A registration that breaks off is
    /// finished by sending it again under the same key, at any later time: each step finds what was done of it.
    async fn handle(&self, mut call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        check(&mut call.input)?;
        let clinic = self.named(&call).await?;
        let Call { caller, input, trail, now, .. } = call;
        let scope = caller.scope_in(clinic)?;
        let trail = trail.in_clinic(clinic);
        let staff: Vec<StaffId> =
            input.staff.iter().map(|member| staff_id_of(clinic, &member.email)).collect();
        if let Some(known) = self.records.get(&scope, keys::clinic()).await? {
            // What may be missing of it is its place in the directory; who has gone since isn't invited again.
            let stored = self.records.get_each(&scope, staff.iter().copied().map(keys::staff)).await?;
            let members = stored.into_iter().map(|stored| stored.record);
            self.list(&known.record, members.filter(Staff::is_active)).await?;
            let output = Output { clinic, slug: known.record.slug, staff };
            return trail.after(Vec::new(), Reply::new(output)).await;
        }
        self.take_slug(&input.slug, clinic, now).await?;
        let (clinic_keys, invited) =
            tokio::join!(self.vault.new_clinic_keys(clinic, now), self.invite(clinic, &input.staff, now));
        let (clinic_keys, invited) = (clinic_keys?, invited?);

        let record = Clinic {
            clinic,
            slug: input.slug.clone(),
            name: input.name,
            time_zone: input.time_zone,
            state: input.state,
            contact: input.contact,
            hipaa_covered: input.hipaa_covered,
            status: ClinicStatus::Pending,
            status_since: now,
            agreements: Accepted::new(),
            settings: ClinicSettings::default(),
            key: clinic_keys.wrapped,
            registered_at: now,
        };
        let mut transaction = self
            .records
            .transaction(&scope, &*self.setup.entropy)
            .create(Clinic::TYPE, &record)?
            .create("branch_key", &clinic_keys.branch)?;
        for (member, details) in &invited {
            transaction = transaction.create_sealed("staff", member, details, &clinic_keys.key)?;
        }
        let audited = match trail.commit(transaction).await {
            Ok(audited) => audited,
            // The same registration, at the same moment.
            Err(CommitError::Conflict(Clinic::TYPE)) => trail.after(Vec::new(), ()).await?,
            Err(error) => return Err(error.into()),
        };
        self.list(&record, invited.into_iter().map(|(member, _)| member)).await?;
        Ok(audited.map(|()| Reply::new(Output { clinic, slug: record.slug, staff })))
    }
}

impl RegisterClinic {
    /// The clinic that this registration is about: the same one whenever it is sent under its key.
    async fn named(&self, call: &Call<Self>) -> Result<ClinicId, Problem> {
        let key = call.idempotency_key.as_deref().filter(|key| (16..=128).contains(&key.len()));
        let key = key.ok_or_else(Problem::idempotency_key_required)?;
        let entry = RegistrationEntry {
            request: sha256_hex(format!("{}\n{key}", call.caller.operator).as_bytes()),
            body: sha256_hex(&call.body),
            clinic: ClinicId::new(&*self.setup.entropy),
            since: call.now,
        };
        let known = match self.directory.registration(&entry.request).await? {
            None if self.directory.add(&entry).await? => return Ok(entry.clinic),
            // Between the two it was sent once more.
            None => self.directory.registration(&entry.request).await?.ok_or_else(Problem::conflict)?,
            Some(known) => known,
        };
        if known.body == entry.body { Ok(known.clinic) } else { Err(Problem::idempotency_key_reused()) }
    }

    async fn take_slug(&self, slug: &str, clinic: ClinicId, since: Timestamp) -> Result<(), Problem> {
        let entry = SlugEntry { slug: slug.to_owned(), clinic, since };
        let is_ours =
            self.directory.add(&entry).await? || self.directory.clinic_of(slug).await? == Some(clinic);
        if is_ours { Ok(()) } else { Err(Problem::already_exists()) }
    }

    async fn invite(
        &self,
        clinic: ClinicId,
        staff: &[Newcomer],
        since: Timestamp,
    ) -> Result<Vec<(Staff, StaffDetails)>, Problem> {
        let mut members = Vec::with_capacity(staff.len());
        for member in staff {
            let (email, staff) = (member.email.as_str(), staff_id_of(clinic, &member.email));
            let invited = Invited { email, clinic, staff, comes_back: false, now: since };
            let subject = match account_of(&self.pool, &self.directory, invited).await? {
                Account::Of(subject) => subject,
                Account::OfAnotherUser => return Err(Problem::conflict()),
                Account::Closed => return Err(Problem::account_closed()),
            };
            members.push(member.clone().into_member(staff, subject, since));
        }
        Ok(members)
    }

    /// Where its people and what runs by the clock find it. What stands there already is as it should be.
    async fn list(&self, clinic: &Clinic, members: impl Iterator<Item = Staff>) -> Result<(), Problem> {
        let (clinic, since) = (clinic.clinic, clinic.registered_at);
        for member in members {
            self.directory.add(&MembershipEntry::of(&member, clinic)).await?;
        }
        self.directory.add(&ClinicEntry { clinic, since }).await?;
        Ok(())
    }
}

/// Checks and tidies everything, naming every wrong field at once.
fn check(input: &mut Input) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let mut require = |good: bool, pointer: &str, code: &'static str| {
        if !good {
            errors.push(FieldProblem::new(pointer, code));
        }
    };
    require(is_slug(&input.slug), "/slug", "invalid_slug");
    require(is_line(&input.name, 120), "/name", "invalid_name");
    require(jiff::tz::TimeZone::get(&input.time_zone).is_ok(), "/timeZone", "unknown_time_zone");
    require(is_state(&input.state), "/state", "unknown_state");
    match normalise_email(&input.contact.email) {
        Some(email) => input.contact.email = email,
        None => require(false, "/contact/email", "invalid_email"),
    }
    match normalise_phone(&input.contact.phone, PhoneRegion::US) {
        Some(phone) => input.contact.phone = phone,
        None => require(false, "/contact/phone", "invalid_phone"),
    }
    require(input.staff.len() <= MAX_STAFF, "/staff", "too_many");
    require(input.staff.iter().any(|member| member.roles.contains(&Role::Owner)), "/staff", "owner_required");
    for (index, member) in input.staff.iter_mut().enumerate() {
        for (pointer, code) in member.tidy(&format!("/staff/{index}")) {
            require(false, &pointer, code);
        }
    }
    let mut emails: Vec<_> = input.staff.iter().map(|member| &member.email).collect();
    emails.sort_unstable();
    require(emails.windows(2).all(|pair| pair[0] != pair[1]), "/staff", "duplicate_email");
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_fields().with_errors(errors)) }
}
