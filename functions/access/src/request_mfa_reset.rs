//! Asks that somebody who lost their authenticator or password gets new ones. It waits a day for the approval of a second
//! person.

use crate::approve_mfa_reset::asker_counts;
use crate::member::{self, Path};
use crate::resetting::{Asked, Waiting, ask, check_came_in, check_is_ours};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::staff::{MfaReset, ResetActor};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::directory::Directory;
use visage_store::records::{CommitError, Records, keys};

/// The operation.
pub struct RequestMfaReset {
    records: Records,
    directory: Directory,
    setup: Setup,
}

impl Operation for RequestMfaReset {
    const INFO: Info = Info {
        name: "request_mfa_reset",
        method: "PUT",
        path: "/v1/staff/{staff}/mfa-reset",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[
            Problem::already_exists(),
            Problem::left(),
            Problem::never_signed_in(),
            Problem::needs_another(),
            Problem::works_elsewhere(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Waiting::FIELDS;
    type Caller = Staff<permission::RequestMfaReset>;
    type Path = Path;
    type Input = Empty;
    type Output = Waiting;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, directory: setup.directory()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Waiting>>, Problem> {
        let (scope, staff) = (&call.caller.scope, call.path.staff);
        let requested_by = call.caller.staff.record.staff;
        let (stored, earlier) = tokio::join!(
            member::read(&self.records, scope, staff),
            self.records.get(scope, keys::mfa_reset(staff))
        );
        let (stored, earlier) = (stored?, earlier?);
        member::check_stays(&stored.record)?;
        if requested_by == staff {
            return Err(Problem::needs_another());
        }
        check_came_in(&stored.record)?;
        check_is_ours(&self.directory, &stored.record.subject, &stored.record, scope.clinic()).await?;
        let reset = MfaReset::requested(staff, ResetActor::Staff(requested_by), call.now);
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let counts = match earlier.as_ref().map(|it| &it.record) {
            // Whether an operator may still ask is theirs to say.
            Some(earlier) if matches!(earlier.requested_by, ResetActor::Staff(_)) => {
                asker_counts(&self.records, scope, earlier).await?
            }
            _ => true,
        };
        let transaction = match ask(transaction, earlier.as_ref(), counts, &reset)? {
            Asked::Again(waiting) => return call.trail.after(Vec::new(), Reply::new(waiting)).await,
            Asked::Anew(transaction) => transaction,
        };
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Waiting::of(&reset)))),
            Err(CommitError::Conflict(_)) => Err(Problem::already_exists()),
            Err(error) => Err(error.into()),
        }
    }
}
