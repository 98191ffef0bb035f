//! What the holders of a patient's links have in common: the link, found from its secret, and what stands behind it.

use super::{Knock, Refused};
use crate::problem::Problem;
use crate::request::Presented;
use crate::setup::{Setup, SetupError};
use crate::trail::Trail;
use std::sync::Arc;
use visage_domain::capability::Capability;
use visage_domain::channel::ConfirmationLink;
use visage_domain::clinic::Clinic;
use visage_domain::ids::{EvaluationId, LinkId, PatientId};
use visage_domain::keys::PatientKey;
use visage_domain::permission::Permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::report::ReportLink;
use visage_domain::retake::RetakeLink;
use visage_domain::retention::Record;
use visage_domain::scope::{Scope, authorize};
use visage_store::records::{Found, GateReads, Key, Stored};
use visage_store::vault::{DataKey, Subject, Vault, verify_secret};

/// A link that is about one evaluation of one patient.
pub(super) trait PatientLink: Record {
    fn id(&self) -> LinkId;
    fn secret_hash(&self) -> &str;
    fn about(&self) -> (PatientId, EvaluationId);
}

macro_rules! patient_links {
    ($($link:ty),*) => {$(
        impl PatientLink for $link {
            fn id(&self) -> LinkId {
                self.link
            }

            fn secret_hash(&self) -> &str {
                &self.secret_hash
            }

            fn about(&self) -> (PatientId, EvaluationId) {
                (self.patient, self.evaluation)
            }
        }
    )*};
}

patient_links!(ReportLink, ConfirmationLink, RetakeLink);

/// What it takes to know the holder of a link.
#[derive(Debug)]
pub struct LinkGate {
    reads: GateReads,
    vault: Vault,
}

/// A link that somebody holds, whatever state it is in.
pub(super) struct Held<P, L> {
    pub(super) scope: Scope<P>,
    pub(super) clinic: Clinic,
    pub(super) link: Stored<L>,
    pub(super) key: Arc<DataKey>,
    /// What else the gate read of the patient.
    pub(super) found: Found,
    pub(super) trail: Trail,
}

impl LinkGate {
    pub(super) fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { reads: setup.gate_reads()?, vault: setup.vault()? })
    }

    /// The link that a request presents, and the patient's key behind it.
    pub(super) async fn hold<P: Permission, L: PatientLink>(
        &self,
        knock: Knock<'_>,
        place: impl FnOnce(LinkId) -> Key<L>,
    ) -> Result<Held<P, L>, Refused> {
        let Presented::Bearer(text) = &knock.incoming.presented else {
            return Err(Refused::stranger(Problem::unauthenticated()));
        };
        let capability = Capability::decode(text).ok_or_else(strange)?;
        let link = self.reads.capability(&capability, place).await.map_err(Refused::stranger)?;
        let link: Stored<L> = link
            .filter(|link: &Stored<L>| verify_secret(&capability.secret, link.record.secret_hash()))
            .ok_or_else(strange)?;
        let (patient, evaluation) = link.record.about();
        let found = self.reads.recipient(capability.clinic, patient).await;
        let mut found = found.map_err(Refused::stranger)?;
        let clinic = found.take::<Clinic>().map_err(Refused::stranger)?.ok_or_else(strange)?.record;
        let wrapped = found.take::<PatientKey>().map_err(Refused::stranger)?.ok_or_else(strange)?.record;

        let actor = Actor::Recipient { link: link.record.id(), patient, evaluation };
        let principal = Principal { clinic: capability.clinic, actor: actor.clone() };
        let scope = authorize::<P>(&principal).map_err(|_| Refused::stranger(Problem::forbidden()))?;
        let key = self.vault.unwrap_key(&scope, &wrapped.key, Subject::Patient(patient)).await;
        let key = Arc::new(key.map_err(Refused::stranger)?);
        let trail = knock
            .trail
            .in_clinic(capability.clinic)
            .about(patient)
            .acting_as(actor)
            .sealing_client(knock.incoming.client.clone(), Arc::clone(&key));
        if !clinic.may_handle_phi() {
            return Err(Refused::known(Problem::baa_required(), trail));
        }
        Ok(Held { scope, clinic, link, key, found, trail })
    }
}

/// A link that isn't one, and a link to nothing, look the same: there is nothing here.
pub(super) fn strange() -> Refused {
    Refused::stranger(Problem::not_found())
}
