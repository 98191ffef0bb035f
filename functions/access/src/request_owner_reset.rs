//! Asks, as an operator of the platform, that a clinic's owner who lost their authenticator or password, or let their
//! invitation lapse, gets new ones, where nobody at the clinic can help. It waits a day for the approval of a second operator.
//!
//! Those who answer for the clinic are told: who talks to an operator may not be the owner, and they may know.

use crate::owner_reset::{self, Path};
use crate::resetting::{Asked, Waiting, ask, check_is_ours};
use visage_domain::alert::{Alert, AlertEvent};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::ids::AlertId;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::{MfaReset, ResetActor};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::directory::Directory;
use visage_store::records::{CommitError, Records};

/// The operation.
pub struct RequestOwnerReset {
    records: Records,
    directory: Directory,
    setup: Setup,
}

impl Operation for RequestOwnerReset {
    const INFO: Info = Info {
        name: "request_owner_reset",
        method: "PUT",
        path: "/v1/clinics/{clinic}/owners/{staff}/mfa-reset",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::already_exists(), Problem::clinic_helps_itself(), Problem::works_elsewhere()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Waiting::FIELDS;
    type Caller = Operator<permission::RequestOwnerReset>;
    type Path = Path;
    type Input = Empty;
    type Output = Waiting;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, directory: setup.directory()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Waiting>>, Problem> {
        let Path { clinic, staff } = call.path;
        let scope = call.caller.scope_in(clinic)?;
        let (owner, earlier) = owner_reset::read(&self.records, &scope, staff).await?;
        check_is_ours(&self.directory, &owner.record.subject, &owner.record, clinic).await?;
        let trail = call.trail.in_clinic(clinic);
        let entropy = &*self.setup.entropy;
        let reset = MfaReset::requested(staff, ResetActor::Operator(call.caller.operator), call.now);
        let transaction = self.records.transaction(&scope, entropy);
        let counts = match &earlier {
            Some(earlier) => owner_reset::asker_counts(&self.directory, &earlier.record).await?,
            None => true,
        };
        let transaction = match ask(transaction, earlier.as_ref(), counts, &reset)? {
            Asked::Again(waiting) => return trail.after(Vec::new(), Reply::new(waiting)).await,
            Asked::Anew(transaction) => transaction,
        };
        let alert = Alert::pending(AlertId::new(entropy), AlertEvent::OwnerResetRequested, call.now);
        match trail.commit(transaction.create(Alert::TYPE, &alert)?).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Waiting::of(&reset)))),
            Err(CommitError::Conflict(_)) => Err(Problem::already_exists()),
            Err(error) => Err(error.into()),
        }
    }
}
