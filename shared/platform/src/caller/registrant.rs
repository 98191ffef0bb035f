//! Somebody who opened the link that was mailed to register a clinic, and thereby shows that its owner's mail is theirs to
//! read.

use super::link::strange;
use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::request::Presented;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use visage_domain::capability::Secret;
use visage_domain::permission::{Permission, Row};
use visage_domain::principal::{Actor, Principal};
use visage_domain::registration::RegistrationRequest;
use visage_domain::scope::{Scope, authorize};
use visage_store::directory::Directory;
use visage_store::vault::verify_secret;

/// What the token of a registration's link starts with.
pub const TOKEN_PREFIX: &str = "v1.registration.";

/// The holder of a link by which a clinic is registered.
#[derive(Clone, Debug)]
pub struct Registrant<P> {
    /// The key to the records of the clinic that it becomes.
    pub scope: Scope<P>,
    /// What was asked for.
    pub request: RegistrationRequest,
    /// The link's secret, which opens what was entered.
    pub secret: Secret,
    permission: PhantomData<P>,
}

impl<P: Permission> Caller for Registrant<P> {
    type Gate = Directory;
    const PERMISSION: Row = Row::of::<P>();
    const KIND: &'static str = "holder of a registration's link";
    const PROBLEMS: &'static [Problem] = &[Problem::unauthenticated(), Problem::not_found()];

    fn gate(setup: &Setup) -> Result<Directory, SetupError> {
        setup.directory()
    }

    /// A link whose time is over may be gone already, and looks as if it were. The trail names no clinic: there may be none
    /// yet.
    async fn admit(directory: &Directory, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        let Presented::Bearer(token) = &knock.incoming.presented else {
            return Err(Refused::stranger(Problem::unauthenticated()));
        };
        let secret = token.strip_prefix(TOKEN_PREFIX).and_then(Secret::decode).ok_or_else(strange)?;
        let request = directory.registration_request(&secret).await.map_err(Refused::stranger)?;
        let request = request
            .filter(|request| verify_secret(&secret, &request.secret_hash) && knock.now < request.expires_at)
            .ok_or_else(strange)?;
        let actor = Actor::Registrant { link: request.link };
        let principal = Principal { clinic: request.clinic, actor: actor.clone() };
        let scope = authorize(&principal).map_err(|_| Refused::stranger(Problem::forbidden()))?;
        let trail = knock.trail.acting_as(actor).naming_client(knock.incoming.client.clone());
        Ok((Self { scope, request, secret, permission: PhantomData }, trail))
    }
}
