//! Registers a clinic, with its agreement on record and its first staff invited.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::clinic::{
    BusinessAssociateAgreement, Clinic, ClinicContact, ClinicSettings, ClinicStatus, is_slug,
};
use visage_domain::form::{PhoneRegion, clean_name, normalise_email, normalise_phone};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::permission;
use visage_domain::principal::Role;
use visage_domain::staff::{Staff, StaffDetails, StaffStatus};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::directory::{ClinicEntry, Directory, MembershipEntry, SlugEntry};
use visage_store::identity::UserPool;
use visage_store::records::Records;
use visage_store::vault::Vault;

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

impl std::fmt::Debug for RegisterClinic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RegisterClinic")
    }
}

/// The clinic to register.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    slug: String,
    name: String,
    time_zone: String,
    state: String,
    contact: ClinicContact,
    hipaa_covered: bool,
    baa: Baa,
    staff: Vec<NewStaff>,
}

/// The agreement that the clinic signed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Baa {
    version: String,
    signed_on: Date,
}

/// A user to invite.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStaff {
    email: String,
    name: String,
    credential: Option<String>,
    roles: Vec<Role>,
}

/// The registered clinic.
#[derive(Debug, Serialize)]
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
    };
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

    /// The slug is taken last: a registration that breaks off leaves nothing that anyone could find, and can be sent
    /// again. Once it is taken, the same registration is a 409.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let mut input = call.input;
        check(&mut input, call.now)?;
        if self.directory.clinic_of(&input.slug).await?.is_some() {
            return Err(Problem::already_exists());
        }
        let clinic = ClinicId::new(&*self.setup.entropy);
        let keys = self.vault.new_clinic_keys(clinic, call.now).await?;
        let staff = self.invite(&input.staff, call.now).await?;

        let scope = call.caller.scope_in(clinic)?;
        let record = Clinic {
            clinic,
            slug: input.slug.clone(),
            name: input.name,
            time_zone: input.time_zone,
            state: input.state,
            contact: input.contact,
            hipaa_covered: input.hipaa_covered,
            status: ClinicStatus::Active,
            baa: Some(BusinessAssociateAgreement {
                version: input.baa.version,
                signed_on: input.baa.signed_on,
                recorded_by: call.caller.operator,
                recorded_at: call.now,
            }),
            settings: ClinicSettings::default(),
            key: keys.wrapped,
            registered_at: call.now,
        };
        let mut transaction = self
            .records
            .transaction(&scope, &*self.setup.entropy)
            .create("clinic", &record)?
            .create("branch_key", &keys.branch)?;
        for (member, details) in &staff {
            transaction = transaction.create_sealed("staff", member, details, &keys.key)?;
        }
        let audited = call.trail.in_clinic(clinic).commit(transaction).await?;
        self.list(&record, &staff).await?;
        let output = Output {
            clinic,
            slug: record.slug,
            staff: staff.iter().map(|(member, _)| member.staff).collect(),
        };
        Ok(audited.map(|()| Reply::new(output)))
    }
}

impl RegisterClinic {
    async fn invite(
        &self,
        staff: &[NewStaff],
        now: jiff::Timestamp,
    ) -> Result<Vec<(Staff, StaffDetails)>, Problem> {
        let mut invited = Vec::with_capacity(staff.len());
        for member in staff {
            let subject = self.pool.invite(&member.email).await?;
            let record = Staff {
                staff: StaffId::new(&*self.setup.entropy),
                subject,
                roles: member.roles.clone(),
                status: StaffStatus::Active,
                since: now,
            };
            let details = StaffDetails {
                name: member.name.clone(),
                credential: member.credential.clone(),
                email: member.email.clone(),
            };
            invited.push((record, details));
        }
        Ok(invited)
    }

    async fn list(&self, clinic: &Clinic, staff: &[(Staff, StaffDetails)]) -> Result<(), Problem> {
        for (member, _) in staff {
            let entry = MembershipEntry {
                subject: member.subject.clone(),
                clinic: clinic.clinic,
                staff: member.staff,
                since: clinic.registered_at,
            };
            self.directory.add(&entry).await?;
        }
        let listed = ClinicEntry { clinic: clinic.clinic, since: clinic.registered_at };
        self.directory.add(&listed).await?;
        let entry =
            SlugEntry { slug: clinic.slug.clone(), clinic: clinic.clinic, since: clinic.registered_at };
        if self.directory.add(&entry).await? { Ok(()) } else { Err(Problem::already_exists()) }
    }
}

/// Checks and tidies everything, naming every wrong field at once.
fn check(input: &mut Input, now: jiff::Timestamp) -> Result<(), Problem> {
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
    require(is_line(&input.baa.version, 60), "/baa/version", "invalid_version");
    let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    require(
        input.baa.signed_on <= today.saturating_add(jiff::Span::new().days(1)),
        "/baa/signedOn",
        "in_future",
    );
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
        match normalise_email(&member.email) {
            Some(email) => member.email = email,
            None => require(false, &format!("/staff/{index}/email"), "invalid_email"),
        }
        match clean_name(&member.name) {
            Some(name) => member.name = name,
            None => require(false, &format!("/staff/{index}/name"), "invalid_name"),
        }
        require(!member.roles.is_empty(), &format!("/staff/{index}/roles"), "required");
        require(
            member.credential.as_ref().is_none_or(|text| is_line(text, 60)),
            &format!("/staff/{index}/credential"),
            "invalid_credential",
        );
    }
    let mut emails: Vec<_> = input.staff.iter().map(|member| member.email.to_lowercase()).collect();
    emails.sort_unstable();
    require(emails.windows(2).all(|pair| pair[0] != pair[1]), "/staff", "duplicate_email");
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_fields().with_errors(errors)) }
}

/// Something to read in one line, of at most so many characters: it stands in subjects of mails and on reports.
fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
}

/// The postal codes of the states, the District of Columbia and the inhabited territories (USPS Publication 28).
fn is_state(state: &str) -> bool {
    const STATES: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ \
                          NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI";
    state.len() == 2 && STATES.split(' ').any(|known| known == state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_something_in_it_and_no_end() {
        assert!(is_line("Belle Époque", 120));
        for bad in ["", "  ", "Glow\r\nBcc: a@b.example", "Glow\0", "Gloww"] {
            assert!(!is_line(bad, 4), "{bad:?}");
        }
    }

    #[test]
    fn states_are_two_letters_that_exist() {
        assert!(is_state("WA") && is_state("DC"));
        assert!(!is_state("ZZ") && !is_state("wa") && !is_state("A ") && !is_state("AL AK"));
    }
}
