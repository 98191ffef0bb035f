//! Somebody who opened the link of a message, and thereby shows that it reached them.

use super::capability::CapabilityGate;
use super::link::Held;
use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use std::sync::Arc;
use visage_domain::channel::ConfirmationLink;
use visage_domain::permission::{Permission, Row};
use visage_domain::scope::Scope;
use visage_store::records::{Stored, keys};
use visage_store::vault::DataKey;

/// The holder of a link by which a channel is confirmed.
#[derive(Clone, Debug)]
pub struct Confirmer<P> {
    /// The key to the clinic's records.
    pub scope: Scope<P>,
    /// The link.
    pub link: Stored<ConfirmationLink>,
    /// The patient's key.
    pub key: Arc<DataKey>,
    permission: PhantomData<P>,
}

impl<P: Permission> Caller for Confirmer<P> {
    type Gate = CapabilityGate;
    const PERMISSION: Row = Row::of::<P>();
    const KIND: &'static str = "holder of a message's link";
    const IN_CLINIC: bool = true;
    const PROBLEMS: &'static [Problem] =
        &[Problem::unauthenticated(), Problem::not_found(), Problem::link_gone()];

    fn gate(setup: &Setup) -> Result<CapabilityGate, SetupError> {
        CapabilityGate::new(setup)
    }

    async fn admit(gate: &CapabilityGate, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        let now = knock.now;
        let Held { scope, link, key, trail, .. } = gate.hold(knock, keys::confirmation_link).await?;
        if now >= link.record.expires_at {
            return Err(Refused::known(Problem::link_gone(), trail));
        }
        Ok((Self { scope, link, key, permission: PhantomData }, trail))
    }
}
