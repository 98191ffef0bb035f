//! Ends an operator's own session, at once.

use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::directory::Directory;

/// The operation.
#[derive(Debug)]
pub struct EndOperatorSession {
    directory: Directory,
}

impl Operation for EndOperatorSession {
    const INFO: Info = Info {
        name: "end_operator_session",
        method: "DELETE",
        path: "/v1/operator-session",
        purpose: Purpose::Security,
        status: 204,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Operator<permission::EndOperatorSessions>;
    type Path = Empty;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { directory: setup.directory()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let audited = call.trail.after(Vec::new(), Reply::empty()).await?;
        self.directory.end_operator_session(&call.caller.session).await?;
        Ok(audited)
    }
}
