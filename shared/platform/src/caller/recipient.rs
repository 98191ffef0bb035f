//! Somebody who holds a report link. What proves that they are the patient is asked by the operation.

use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::request::Presented;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use std::sync::Arc;
use visage_domain::capability::Capability;
use visage_domain::clinic::Clinic;
use visage_domain::keys::PatientKey;
use visage_domain::patient::Patient;
use visage_domain::permission::{Permission, Row};
use visage_domain::principal::{Actor, Principal};
use visage_domain::report::{LinkState, ReportLink};
use visage_domain::scope::{Scope, authorize};
use visage_store::records::{GateReads, Stored, keys};
use visage_store::vault::{DataKey, Subject, Vault, verify_secret};

/// The holder of a report link that can be tried.
#[derive(Clone, Debug)]
pub struct Recipient<P> {
    /// The key to the clinic's records.
    pub scope: Scope<P>,
    /// The link.
    pub link: Stored<ReportLink>,
    /// Whose report it opens.
    pub patient: Stored<Patient>,
    /// The patient's key.
    pub key: Arc<DataKey>,
    permission: PhantomData<P>,
}

/// What it takes to know a recipient.
#[derive(Debug)]
pub struct RecipientGate {
    reads: GateReads,
    vault: Vault,
}

impl<P: Permission> Caller for Recipient<P> {
    type Gate = RecipientGate;
    const PERMISSION: Row = Row { name: P::NAME, grant: P::GRANT };
    const KIND: &'static str = "holder of a report link";

    fn gate(setup: &Setup) -> Result<RecipientGate, SetupError> {
        Ok(RecipientGate { reads: setup.gate_reads()?, vault: setup.vault()? })
    }

    async fn admit(gate: &RecipientGate, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        // A link that isn't one, and a link to nothing, look the same: there is nothing here.
        let strange = || Refused::stranger(Problem::not_found());
        let Presented::Bearer(text) = &knock.incoming.presented else {
            return Err(Refused::stranger(Problem::unauthenticated()));
        };
        let capability = Capability::decode(text).ok_or_else(strange)?;
        let link = gate.reads.capability(&capability, keys::report_link).await.map_err(Refused::stranger)?;
        let link: Stored<ReportLink> = link
            .filter(|link: &Stored<ReportLink>| verify_secret(&capability.secret, &link.record.secret_hash))
            .ok_or_else(strange)?;
        let found = gate.reads.recipient(capability.clinic, link.record.patient).await;
        let mut found = found.map_err(Refused::stranger)?;
        let clinic = found.take::<Clinic>().map_err(Refused::stranger)?.ok_or_else(strange)?.record;
        let patient = found.take::<Patient>().map_err(Refused::stranger)?.ok_or_else(strange)?;
        let wrapped = found.take::<PatientKey>().map_err(Refused::stranger)?.ok_or_else(strange)?.record;

        let (subject, evaluation) = (link.record.patient, link.record.evaluation);
        let actor = Actor::Recipient { link: link.record.link, patient: subject, evaluation };
        let principal = Principal { clinic: capability.clinic, actor: actor.clone() };
        let scope = authorize::<P>(&principal).map_err(|_| Refused::stranger(Problem::forbidden()))?;
        let key = gate.vault.unwrap_key(&scope, &wrapped.key, Subject::Patient(subject)).await;
        let key = Arc::new(key.map_err(Refused::stranger)?);
        let trail = knock
            .trail
            .in_clinic(capability.clinic)
            .about(subject)
            .acting_as(actor)
            .sealing_client(knock.incoming.client.clone(), Arc::clone(&key));
        let refuse = |problem: Problem| Err(Refused::known(problem, trail.clone()));
        match link.record.state(knock.now) {
            _ if !clinic.may_handle_phi() => refuse(Problem::baa_required()),
            LinkState::Gone => refuse(Problem::link_gone()),
            LinkState::Locked => refuse(Problem::link_locked()),
            LinkState::Usable => Ok((Self { scope, link, patient, key, permission: PhantomData }, trail)),
        }
    }
}
