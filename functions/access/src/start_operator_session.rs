//! Starts an operator's session. Operators have a user pool of their own and never reach PHI.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::capability::Secret;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::OperatorId;
use visage_domain::permission;
use visage_domain::principal::Actor;
use visage_domain::session::{ABSOLUTE_LIMIT, OperatorSession};
use visage_platform::caller::OPERATOR_TOKEN_PREFIX;
use visage_platform::sign_in::SignIn;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Visitor};
use visage_store::directory::Directory;
use visage_store::vault::{operator_id_of, secret_hash, session_id_of};

/// The operation.
pub struct StartOperatorSession {
    sign_in: SignIn,
    directory: Directory,
    setup: Setup,
}

/// Who wants in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The access token of a sign-in of at most five minutes ago.
    access_token: String,
}

/// The session.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    token: String,
    operator: OperatorId,
    ends_at: Timestamp,
}

impl Operation for StartOperatorSession {
    const INFO: Info = Info {
        name: "start_operator_session",
        method: "POST",
        path: "/v1/operator-sessions",
        purpose: Purpose::Security,
        status: 201,
        body_limit: 8_192,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::unauthenticated()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("token"), shown("operator"), shown("endsAt")];
    type Caller = Visitor<permission::StartSession>;
    type Path = visage_platform::operation::Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        let sign_in =
            SignIn::new(setup.operator_pool()?, setup.config.operator_client_id()?, setup.directory()?);
        Ok(Self { sign_in, directory: setup.directory()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let person = self.sign_in.verify(&call.input.access_token, call.now).await?;
        let operator = operator_id_of(&person.subject);
        self.sign_in.use_up(person, call.now).await?;
        let (secret, csrf) = (Secret::new(&*self.setup.entropy), Secret::new(&*self.setup.entropy));
        let session = OperatorSession {
            session: session_id_of(&secret),
            operator,
            token_hash: secret_hash(&secret),
            csrf_hash: secret_hash(&csrf),
            started_at: call.now,
            seen_at: call.now,
        };
        let trail = call.trail.acting_as(Actor::Operator { operator }).naming_client(call.client);
        // The entry first: a session that nobody knows of is worse than an entry without one.
        let audited = trail.after(Vec::new(), ()).await?;
        self.directory.set(&session).await?;
        let output = Output {
            token: format!("{OPERATOR_TOKEN_PREFIX}{}", secret.encode()),
            operator,
            ends_at: call.now.checked_add(ABSOLUTE_LIMIT).unwrap_or(call.now),
        };
        Ok(audited.map(|()| Reply::new(output)))
    }
}
