//! Ends one session: one of one's own on a device that was left somewhere, or as an owner somebody else's.

use crate::member::check_may_end;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::ids::{SessionId, StaffId};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::session::Session;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};

/// The operation.
pub struct RevokeSession {
    records: Records,
    setup: Setup,
}

/// Which.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    staff: StaffId,
    session: SessionId,
}

impl Operation for RevokeSession {
    const INFO: Info = Info {
        name: "revoke_session",
        method: "DELETE",
        path: "/v1/staff/{staff}/sessions/{session}",
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

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let (scope, Path { staff, session }) = (&call.caller.scope, call.path);
        check_may_end(&call.caller, staff)?;
        let stored = self.records.get(scope, keys::session(staff, session)).await?;
        let stored = stored.ok_or_else(Problem::not_found)?;
        let transaction =
            self.records.transaction(scope, &*self.setup.entropy).delete(Session::TYPE, &stored)?;
        let audited = call.trail.commit(transaction).await?;
        Ok(audited.map(|()| Reply::empty()))
    }
}
