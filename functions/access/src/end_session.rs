//! Ends one's own session, at once.

use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::request::SESSION_COOKIE;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};

/// The operation.
pub struct EndSession {
    records: Records,
    setup: Setup,
}

impl Operation for EndSession {
    const INFO: Info = Info {
        name: "end_session",
        method: "DELETE",
        path: "/v1/session",
        purpose: Purpose::Security,
        status: 204,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::conflict()],
        headers: &[Header::SetCookie],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Staff<permission::UseSession>;
    type Path = Empty;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let scope = &call.caller.scope;
        let session = &call.caller.session.record;
        // Read again: the gate may just have written the session's activity.
        let stored = self.records.get(scope, keys::session(session.staff, session.session)).await?;
        let stored = stored.ok_or_else(Problem::unauthenticated)?;
        let transaction = self.records.transaction(scope, &*self.setup.entropy).delete("session", &stored)?;
        let audited = call.trail.commit(transaction).await?;
        let cookie = format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
        Ok(audited.map(|()| Reply::empty().with_cookie(cookie)))
    }
}
