//! The way from a capability to the patient behind it, the same for every kind: the clinic, the patient's key, the trail.

use super::standing::admitted;
use super::{Knock, Refused};
use crate::problem::Problem;
use crate::setup::{Setup, SetupError};
use crate::trail::Trail;
use std::sync::Arc;
use visage_domain::clinic::Clinic;
use visage_domain::ids::{ClinicId, PatientId};
use visage_domain::keys::PatientKey;
use visage_domain::permission::Permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::scope::{Scope, authorize};
use visage_store::records::{Found, GateReads};
use visage_store::vault::{DataKey, Subject, Vault};

/// What it takes to know the holder of a capability.
#[derive(Debug)]
pub struct CapabilityGate {
    pub(super) reads: GateReads,
    vault: Vault,
}

/// Where a holder came to.
pub(super) struct Entered<P> {
    pub(super) scope: Scope<P>,
    pub(super) clinic: Clinic,
    pub(super) key: Arc<DataKey>,
    pub(super) trail: Trail,
}

impl CapabilityGate {
    pub(super) fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { reads: setup.gate_reads()?, vault: setup.vault()? })
    }

    /// Lets `actor`, whose capability was found good, in to `patient` of `clinic`; clinic and key are among what was
    /// `found`. Whoever has none behind them is `strange`.
    pub(super) async fn enter<P: Permission>(
        &self,
        knock: Knock<'_>,
        actor: Actor,
        (clinic, patient): (ClinicId, PatientId),
        found: &mut Found,
        strange: fn() -> Refused,
    ) -> Result<Entered<P>, Refused> {
        let principal = Principal { clinic, actor: actor.clone() };
        let known = found.take::<Clinic>().map_err(Refused::stranger)?.ok_or_else(strange)?.record;
        let wrapped = found.take::<PatientKey>().map_err(Refused::stranger)?.ok_or_else(strange)?.record;
        let scope = authorize::<P>(&principal).map_err(|_| Refused::stranger(Problem::forbidden()))?;
        let key = self.vault.unwrap_key(&scope, &wrapped.key, Subject::Patient(patient)).await;
        let key = Arc::new(key.map_err(Refused::stranger)?);
        let trail = knock
            .trail
            .in_clinic(clinic)
            .about(patient)
            .acting_as(actor)
            .sealing_client(knock.incoming.client.clone(), Arc::clone(&key));
        if let Err(problem) = admitted::<P>(&known, knock.info, knock.now) {
            return Err(Refused::known(problem, trail));
        }
        Ok(Entered { scope, clinic: known, key, trail })
    }
}
