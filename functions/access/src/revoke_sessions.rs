//! Ends all sessions of somebody at once: one's own everywhere, this one too, or as an owner somebody else's.

use crate::member::{self, Path, check_may_end};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::Staff as Member;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
pub struct RevokeSessions {
    records: Records,
    setup: Setup,
}

impl Operation for RevokeSessions {
    const INFO: Info = Info {
        name: "revoke_sessions",
        method: "DELETE",
        path: "/v1/staff/{staff}/sessions",
        purpose: Purpose::Security,
        status: 204,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::conflict(), Problem::clinic_closed()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Staff<permission::UseSession>;
    type Path = Path;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// What began until now counts no more: one write, however many there are.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let (scope, staff) = (&call.caller.scope, call.path.staff);
        check_may_end(&call.caller, staff)?;
        let stored = member::read(&self.records, scope, staff).await?;
        let record = Member { signed_out_at: Some(call.now), ..stored.record.clone() };
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let audited = call.trail.commit(transaction.replace(Member::TYPE, &stored, &record)?).await?;
        Ok(audited.map(|()| Reply::empty()))
    }
}
