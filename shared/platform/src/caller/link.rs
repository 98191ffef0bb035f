//! What the holders of a patient's links have in common: the link, found from its secret, and what stands behind it.

use super::capability::{CapabilityGate, Entered};
use super::{Knock, Refused};
use crate::problem::Problem;
use crate::request::Presented;
use crate::trail::Trail;
use std::sync::Arc;
use visage_domain::capability::Capability;
use visage_domain::channel::ConfirmationLink;
use visage_domain::clinic::Clinic;
use visage_domain::ids::{EvaluationId, LinkId, PatientId, StaffId};
use visage_domain::permission::Permission;
use visage_domain::principal::Actor;
use visage_domain::report::ReportLink;
use visage_domain::retake::RetakeLink;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_store::records::{Found, Key, Stored};
use visage_store::vault::{DataKey, verify_secret};

/// A link that is about one evaluation of one patient.
pub(super) trait PatientLink: Record {
    fn id(&self) -> LinkId;
    fn secret_hash(&self) -> &str;
    fn about(&self) -> (PatientId, EvaluationId);
    /// Whose membership it rests on, if on anybody's.
    fn rests_on(&self) -> Option<StaffId>;
}

macro_rules! patient_links {
    ($($link:ty, resting on |$it:ident| $staff:expr;)*) => {$(
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

            fn rests_on(&self) -> Option<StaffId> {
                let $it = self;
                $staff
            }
        }
    )*};
}

patient_links! {
    ReportLink, resting on |it| it.rests_on();
    ConfirmationLink, resting on |_it| None;
    RetakeLink, resting on |_it| None;
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

impl CapabilityGate {
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
        let found = self.reads.recipient(capability.clinic, patient, link.record.rests_on()).await;
        let mut found = found.map_err(Refused::stranger)?;
        let actor = Actor::Recipient { link: link.record.id(), patient, evaluation };
        let place = (capability.clinic, patient);
        let Entered { scope, clinic, key, trail } =
            self.enter(knock, actor, place, &mut found, strange).await?;
        Ok(Held { scope, clinic, link, key, found, trail })
    }
}

/// A link that isn't one, and a link to nothing, look the same: there is nothing here.
pub(super) fn strange() -> Refused {
    Refused::stranger(Problem::not_found())
}
