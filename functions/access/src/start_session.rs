//! Starts a staff session with a fresh sign-in at the identity provider.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::capability::{Secret, SessionToken};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::permission;
use visage_domain::principal::Role;
use visage_domain::session::{ABSOLUTE_LIMIT, Session};
use visage_domain::staff::Staff as Member;
use visage_platform::request::SESSION_COOKIE;
use visage_platform::sign_in::SignIn;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Visitor};
use visage_store::directory::{Directory, MembershipEntry};
use visage_store::records::{Records, keys};
use visage_store::vault::{secret_hash, session_id_of};

/// The operation.
pub struct StartSession {
    sign_in: SignIn,
    directory: Directory,
    records: Records,
    setup: Setup,
}

/// Who wants in, and where.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The access token of a sign-in of at most five minutes ago.
    access_token: String,
    /// The clinic's slug: a person may work for several.
    clinic: String,
}

/// The session. Web clients use the cookie that comes along; others send the token as a bearer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    token: String,
    csrf_token: String,
    clinic: ClinicId,
    staff: StaffId,
    roles: Vec<Role>,
    ends_at: Timestamp,
}

impl Operation for StartSession {
    const INFO: Info = Info {
        name: "start_session",
        method: "POST",
        path: "/v1/sessions",
        purpose: Purpose::Security,
        status: 201,
        body_limit: 8_192,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::unauthenticated(), Problem::clinic_closed(), Problem::conflict()],
        headers: &[Header::SetCookie],
    };
    const FIELDS: &'static [Field] = &[
        shown("token"),
        shown("csrfToken"),
        shown("clinic"),
        shown("staff"),
        shown("roles"),
        shown("endsAt"),
    ];
    type Caller = Visitor<permission::StartSession>;
    type Path = visage_platform::operation::Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        let sign_in = SignIn::new(setup.staff_pool()?, setup.config.staff_client_id()?, setup.directory()?);
        Ok(Self { sign_in, directory: setup.directory()?, records: setup.records()?, setup: setup.clone() })
    }

    /// A clinic that doesn't exist and one that the person doesn't belong to answer alike.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let person = self.sign_in.verify(&call.input.access_token, call.now).await?;
        let clinic =
            self.directory.clinic_of(&call.input.clinic).await?.ok_or_else(Problem::unauthenticated)?;
        let membership =
            self.directory.membership(&person.subject, clinic).await?.ok_or_else(Problem::unauthenticated)?;
        let scope = call.caller.scope_in(clinic)?;
        let staff = self.records.get(&scope, keys::staff(membership.staff)).await?;
        let stored = staff
            .filter(|it| it.record.is_active() && it.record.subject == person.subject)
            .ok_or_else(Problem::unauthenticated)?;
        let staff = stored.record.clone();

        if staff.accepted_at.is_none() {
            // Whoever took an owner's account over may have invited them.
            let known = self.records.get(&scope, keys::clinic()).await?.ok_or_else(Problem::internal)?;
            if known.record.is_closed() {
                return Err(Problem::clinic_closed());
            }
        }
        // Last of all: a mistyped clinic must not cost another second factor.
        self.sign_in.use_up(person, call.now).await?;
        let accepted_at = Some(membership.accepted_at.unwrap_or(call.now));
        if membership.accepted_at.is_none() {
            self.directory.set(&MembershipEntry { accepted_at, ..membership }).await?;
        }
        let entropy = &*self.setup.entropy;
        let token = SessionToken { clinic, staff: staff.staff, secret: Secret::new(entropy) };
        let csrf = Secret::new(entropy);
        let session = Session {
            session: session_id_of(&token.secret),
            staff: staff.staff,
            token_hash: secret_hash(&token.secret),
            csrf_hash: secret_hash(&csrf),
            client: call.client.clone(),
            started_at: call.now,
            seen_at: call.now,
            break_glass: None,
        };
        // Who is just being signed out, suspended or given another account doesn't come in by the way.
        let transaction = self.records.transaction(&scope, entropy).create("session", &session)?;
        let transaction = match staff.accepted_at {
            Some(_) => transaction.note_sign_in("staff", &stored, call.now)?,
            None => {
                let last_sign_in_at = Some(call.now);
                let come = Member { accepted_at, last_sign_in_at, ..stored.record.clone() };
                transaction.replace("staff", &stored, &come)?
            }
        };
        let trail = call.trail.in_clinic(clinic).acting_as(staff.actor()).naming_client(call.client);
        let audited = trail.commit(transaction).await?;
        let output = Output {
            token: token.encode(),
            csrf_token: csrf.encode(),
            clinic,
            staff: staff.staff,
            roles: staff.roles,
            ends_at: session.ends_at(),
        };
        let cookie = format!(
            "{SESSION_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={}",
            output.token,
            ABSOLUTE_LIMIT.as_secs()
        );
        Ok(audited.map(|()| Reply::new(output).with_cookie(cookie)))
    }
}
