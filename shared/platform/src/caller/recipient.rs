//! Somebody who holds a report link. What proves that they are the patient is asked by the operation.

use super::capability::CapabilityGate;
use super::link::{Held, strange};
use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use std::sync::Arc;
use visage_domain::clinic::Clinic;
use visage_domain::patient::Patient;
use visage_domain::permission::{Permission, Row};
use visage_domain::report::{LinkState, ReportLink};
use visage_domain::scope::Scope;
use visage_domain::staff::Staff as Member;
use visage_store::records::{Stored, keys};
use visage_store::vault::DataKey;

/// The holder of a report link that can be tried.
#[derive(Clone, Debug)]
pub struct Recipient<P> {
    /// The key to the clinic's records.
    pub scope: Scope<P>,
    /// The clinic.
    pub clinic: Clinic,
    /// The link.
    pub link: Stored<ReportLink>,
    /// Whose report it opens.
    pub patient: Stored<Patient>,
    /// The patient's key.
    pub key: Arc<DataKey>,
    permission: PhantomData<P>,
}

impl<P: Permission> Caller for Recipient<P> {
    type Gate = CapabilityGate;
    const PERMISSION: Row = Row::of::<P>();
    const KIND: &'static str = "holder of a report link";
    const IN_CLINIC: bool = true;
    const PROBLEMS: &'static [Problem] =
        &[Problem::unauthenticated(), Problem::not_found(), Problem::link_gone(), Problem::link_locked()];

    fn gate(setup: &Setup) -> Result<CapabilityGate, SetupError> {
        CapabilityGate::new(setup)
    }

    async fn admit(gate: &CapabilityGate, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        let now = knock.now;
        let held = gate.hold(knock, keys::report_link).await?;
        let Held { scope, clinic, link, key, mut found, trail } = held;
        let patient = found.take::<Patient>().map_err(Refused::stranger)?.ok_or_else(strange)?;
        let issuer = found.take::<Member>().map_err(Refused::stranger)?;
        let is_left_behind = link.record.is_left_behind(issuer.as_ref().map(|it| &it.record));
        match link.record.state(now) {
            _ if is_left_behind => Err(Refused::known(Problem::link_gone(), trail)),
            LinkState::Gone => Err(Refused::known(Problem::link_gone(), trail)),
            LinkState::Locked => Err(Refused::known(Problem::link_locked(), trail)),
            LinkState::Usable => {
                Ok((Self { scope, clinic, link, patient, key, permission: PhantomData }, trail))
            }
        }
    }
}
