//! Somebody who opened the link of a message, and thereby shows that it reached them.

use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::request::Presented;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use std::sync::Arc;
use visage_domain::capability::Capability;
use visage_domain::channel::ConfirmationLink;
use visage_domain::clinic::Clinic;
use visage_domain::keys::PatientKey;
use visage_domain::permission::{Permission, Row};
use visage_domain::principal::{Actor, Principal};
use visage_domain::scope::{Scope, authorize};
use visage_store::records::{GateReads, Stored, keys};
use visage_store::vault::{DataKey, Subject, Vault, verify_secret};

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

/// What it takes to know a confirmer.
#[derive(Debug)]
pub struct ConfirmerGate {
    reads: GateReads,
    vault: Vault,
}

impl<P: Permission> Caller for Confirmer<P> {
    type Gate = ConfirmerGate;
    const PERMISSION: Row = Row { name: P::NAME, grant: P::GRANT };
    const KIND: &'static str = "holder of a message's link";

    fn gate(setup: &Setup) -> Result<ConfirmerGate, SetupError> {
        Ok(ConfirmerGate { reads: setup.gate_reads()?, vault: setup.vault()? })
    }

    async fn admit(gate: &ConfirmerGate, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        // A link that isn't one, and a link to nothing, look the same: there is nothing here.
        let strange = || Refused::stranger(Problem::not_found());
        let Presented::Bearer(text) = &knock.incoming.presented else {
            return Err(Refused::stranger(Problem::unauthenticated()));
        };
        let capability = Capability::decode(text).ok_or_else(strange)?;
        let link = gate.reads.capability(&capability, keys::confirmation_link).await;
        let link: Stored<ConfirmationLink> = link
            .map_err(Refused::stranger)?
            .filter(|link: &Stored<ConfirmationLink>| {
                verify_secret(&capability.secret, &link.record.secret_hash)
            })
            .ok_or_else(strange)?;
        let (subject, evaluation) = (link.record.patient, link.record.evaluation);
        let mut found = gate.reads.recipient(capability.clinic, subject).await.map_err(Refused::stranger)?;
        let clinic = found.take::<Clinic>().map_err(Refused::stranger)?.ok_or_else(strange)?.record;
        let wrapped = found.take::<PatientKey>().map_err(Refused::stranger)?.ok_or_else(strange)?.record;

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
        match &link.record {
            _ if !clinic.may_handle_phi() => refuse(Problem::baa_required()),
            record if knock.now >= record.expires_at => refuse(Problem::link_gone()),
            _ => Ok((Self { scope, link, key, permission: PhantomData }, trail)),
        }
    }
}
