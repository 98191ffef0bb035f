//! A patient who was asked for another photo. Whether the ask is still open is for the operation to see.

use super::capability::CapabilityGate;
use super::link::Held;
use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use std::sync::Arc;
use visage_domain::permission::{Permission, Row};
use visage_domain::retake::RetakeLink;
use visage_domain::scope::Scope;
use visage_store::records::{Stored, keys};
use visage_store::vault::DataKey;

/// The holder of a link by which a photo is taken again.
#[derive(Clone, Debug)]
pub struct Retaker<P> {
    /// The key to the clinic's records.
    pub scope: Scope<P>,
    /// The link.
    pub link: Stored<RetakeLink>,
    /// The patient's key.
    pub key: Arc<DataKey>,
    permission: PhantomData<P>,
}

impl<P: Permission> Caller for Retaker<P> {
    type Gate = CapabilityGate;
    const PERMISSION: Row = Row::of::<P>();
    const KIND: &'static str = "holder of a retake link";
    const IN_CLINIC: bool = true;
    const PROBLEMS: &'static [Problem] =
        &[Problem::unauthenticated(), Problem::not_found(), Problem::link_gone()];

    fn gate(setup: &Setup) -> Result<CapabilityGate, SetupError> {
        CapabilityGate::new(setup)
    }

    async fn admit(gate: &CapabilityGate, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        let now = knock.now;
        let Held { scope, link, key, trail, .. } = gate.hold(knock, keys::retake_link).await?;
        if now >= link.record.expires_at {
            return Err(Refused::known(Problem::link_gone(), trail));
        }
        Ok((Self { scope, link, key, permission: PhantomData }, trail))
    }
}
