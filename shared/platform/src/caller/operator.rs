//! A platform operator with a session. Never reaches PHI.

use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::request::Presented;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use visage_domain::capability::Secret;
use visage_domain::ids::{ClinicId, OperatorId};
use visage_domain::permission::{Permission, Row};
use visage_domain::principal::{Actor, Principal};
use visage_domain::scope::{Scope, authorize};
use visage_domain::session::{Liveness, OperatorSession, liveness};
use visage_store::directory::Directory;
use visage_store::vault::verify_secret;

/// What an operator's token starts with.
pub const TOKEN_PREFIX: &str = "v1.operator.";

/// A platform operator who holds permission `P`.
#[derive(Clone, Debug)]
pub struct Operator<P> {
    /// The operator.
    pub operator: OperatorId,
    /// The session.
    pub session: OperatorSession,
    permission: PhantomData<P>,
}

impl<P: Permission> Operator<P> {
    /// The key to the records of `clinic`, as far as `P` goes.
    ///
    /// # Errors
    /// 403 if the permission isn't an operator's.
    pub fn scope_in(&self, clinic: ClinicId) -> Result<Scope<P>, Problem> {
        let principal = Principal { clinic, actor: Actor::Operator { operator: self.operator } };
        authorize(&principal).map_err(|_| Problem::forbidden())
    }
}

impl<P: Permission> Caller for Operator<P> {
    type Gate = Directory;
    const PERMISSION: Row = Row::of::<P>();
    const KIND: &'static str = "operator";
    const PROBLEMS: &'static [Problem] = &[
        Problem::unauthenticated(),
        Problem::session_idle(),
        Problem::session_expired(),
        Problem::forbidden(),
    ];

    fn gate(setup: &Setup) -> Result<Directory, SetupError> {
        setup.directory()
    }

    async fn admit(directory: &Directory, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        let strange = || Refused::stranger(Problem::unauthenticated());
        let Presented::Bearer(token) = &knock.incoming.presented else { return Err(strange()) };
        let secret = token.strip_prefix(TOKEN_PREFIX).and_then(Secret::decode).ok_or_else(strange)?;
        let session = directory.operator_session(&secret).await.map_err(Refused::stranger)?;
        let session =
            session.filter(|session| verify_secret(&secret, &session.token_hash)).ok_or_else(strange)?;
        let actor = Actor::Operator { operator: session.operator };
        let trail = knock.trail.acting_as(actor.clone()).naming_client(knock.incoming.client.clone());
        let refuse = |problem: Problem| Refused::known(problem, trail.clone());
        let sign_out = directory.operator_sign_out(session.operator);
        if sign_out.await.map_err(Refused::stranger)?.is_some_and(|it| it.ends(session.started_at)) {
            return Err(refuse(Problem::unauthenticated()));
        }
        match liveness(session.started_at, session.seen_at, knock.now) {
            Liveness::Live { renew: false } => {}
            Liveness::Live { renew: true } => {
                let renewed = directory.renew_operator_session(&session, knock.now).await;
                if !renewed.map_err(|error| refuse(error.into()))? {
                    return Err(refuse(Problem::unauthenticated()));
                }
            }
            Liveness::Idle => return Err(refuse(Problem::session_idle())),
            Liveness::TooOld => return Err(refuse(Problem::session_expired())),
        }
        if P::GRANT.includes(&actor) {
            Ok((Self { operator: session.operator, session, permission: PhantomData }, trail))
        } else {
            Err(refuse(Problem::forbidden()))
        }
    }
}
