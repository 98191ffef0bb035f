//! Asks to register a clinic of one's own: whoever reads the owner's mail can confirm it within 48 hours. What is answered
//! doesn't depend on whether anybody reads it, or is known here.
//!
//! Nothing that was entered is in the mail: nobody is to have us write to strangers what they like. Until it is confirmed
//! nothing is taken, the slug included, and nothing that was entered can be read.

use crate::registration::{NewClinic, Registration, is_like_a_link, tidy_member};
use crate::registration_mail;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::capability::Secret;
use visage_domain::clinic::ClinicContact;
use visage_domain::clock::utc_day;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_domain::principal::Role;
use visage_domain::registration::{
    CONFIRMATION_LIFETIME, Counted, RegistrationCount, RegistrationRequest, mailbox_of,
};
use visage_domain::staff::Newcomer;
use visage_domain::start_limit::{network_of, site_of};
use visage_domain::vendor::{Called, Clearance, Ses};
use visage_platform::caller::REGISTRATION_TOKEN_PREFIX;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Visitor};
use visage_store::StoreError;
use visage_store::directory::Directory;
use visage_store::mail::MailSender;
use visage_store::vault::{address_id_of, link_id_of, seal_under, secret_hash};

/// The operation.
pub struct RequestRegistration {
    directory: Directory,
    mail: MailSender,
    web_url: String,
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
    owner: Owner,
}

/// Who will run the clinic's account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Owner {
    /// Where the link to confirm goes, and then the invitation.
    email: String,
    /// Name, as reports show it.
    name: String,
    /// Professional title, as reports show it.
    credential: Option<String>,
}

/// That a mail with a link is on its way.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// When the link stops working.
    expires_at: Timestamp,
}

impl Operation for RequestRegistration {
    const INFO: Info = Info {
        name: "request_registration",
        method: "POST",
        path: "/v1/registrations",
        purpose: Purpose::Operations,
        status: 202,
        body_limit: 4_096,
        background: false,
        phi: false,
        changes: true,
        problems: &[
            Problem::invalid_fields(),
            Problem::already_exists(),
            Problem::registration_closed(),
            Problem::too_many_registrations(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("expiresAt")];
    type Caller = Visitor<permission::RequestRegistration>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        let config = &setup.config;
        Ok(Self {
            directory: setup.directory()?,
            mail: MailSender::new(&setup.aws, config.mail_from()?, config.mail_configuration_set()?),
            web_url: config.web_url()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let Call { input, trail, client, now, .. } = call;
        let (email, registration) = checked(input)?;
        self.count(Counted::Network, &network_of(&client.ip), now).await?;
        let clearance = self.clearance(&registration.clinic.slug, now).await?;
        self.count(Counted::Site, &site_of(&client.ip), now).await?;
        self.count(Counted::Mailbox, &mailbox_of(&email), now).await?;
        // What the others refuse takes nothing from everybody.
        self.count(Counted::Everybody, "", now).await?;

        let secret = Secret::new(&*self.setup.entropy);
        let request = self.request(&secret, &registration, now)?;
        let expires_at = request.expires_at;
        let trail = trail.naming_client(client).regarding(format!("link={}", request.link));
        // The entry first: a link that nobody knows of is worse than an entry without one.
        let audited = trail.after(Vec::new(), Reply::new(Output { expires_at })).await?;
        self.directory.add(&request).await?;
        let link = format!("{}/registrations#{REGISTRATION_TOKEN_PREFIX}{}", self.web_url, secret.encode());
        let text = registration_mail::text(&link);
        let sent = self.mail.send(&clearance, &email, registration_mail::SUBJECT, &text).await;
        sent.map_err(not_sent)?;
        Ok(audited)
    }
}

impl RequestRegistration {
    /// Leave to send mail, if the slug is still to be had. Where SES isn't cleared that is an answer and no fault of ours:
    /// strangers set off no alarm by asking.
    async fn clearance(&self, slug: &str, now: Timestamp) -> Result<Clearance<Ses>, Problem> {
        let (taken, vendor) = tokio::join!(self.directory.clinic_of(slug), self.directory.vendor(Ses::NAME));
        if taken?.is_some() {
            return Err(Problem::already_exists());
        }
        Clearance::of(vendor?.as_ref(), &[], utc_day(now)).map_err(|_| Problem::registration_closed())
    }

    /// Counts the request. Counted before it is done: one that breaks off has been one.
    async fn count(&self, counted: Counted, address: &str, now: Timestamp) -> Result<(), Problem> {
        let first = RegistrationCount::first(counted, address_id_of(counted, address), now);
        if self.directory.count_registration(&first).await? {
            Ok(())
        } else {
            Err(Problem::too_many_registrations().retry_in(first.seconds_left(now)))
        }
    }

    fn request(
        &self,
        secret: &Secret,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<RegistrationRequest, StoreError> {
        let entropy = &*self.setup.entropy;
        let clinic = ClinicId::new(entropy);
        let context = RegistrationRequest::seal_context(clinic);
        Ok(RegistrationRequest {
            link: link_id_of(secret),
            secret_hash: secret_hash(secret),
            clinic,
            sealed: seal_under(secret, &context, registration, entropy)?,
            requested_at: now,
            expires_at: now.checked_add(CONFIRMATION_LIFETIME).unwrap_or(now),
        })
    }
}

/// Checks and tidies everything, naming every wrong field at once; answers the owner's address beside it.
fn checked(input: Input) -> Result<(String, Registration), Problem> {
    let Input { slug, name, time_zone, state, contact, hipaa_covered, owner } = input;
    let mut clinic = NewClinic { slug, name, time_zone, state, contact, hipaa_covered };
    let Owner { email, name, credential } = owner;
    let (roles, licences) = (vec![Role::Owner], Vec::new());
    let mut owner = Newcomer { email, name, credential, roles, licences };
    let mut wrong = clinic.tidy(|name| !is_like_a_link(name));
    wrong.extend(tidy_member(&mut owner, "/owner"));
    let email = owner.email.clone();
    Ok((email, Registration { clinic, staff: vec![owner], verified: false }.unless(wrong)?))
}

/// Whatever keeps a mail from being sent is ours to mend, and tells nothing of the mailbox.
fn not_sent(error: StoreError) -> Problem {
    let Problem { retry_after, .. } = Problem::from(error);
    Problem { retry_after, ..Problem::unavailable() }
}
