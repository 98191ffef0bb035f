//! Ends all sessions of an operator at once: one's own everywhere, this one too, or another's who left or whose computer was
//! lost. Whether they may come in again, their account decides.

use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::ids::OperatorId;
use visage_domain::permission;
use visage_domain::session::OperatorSignOut;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::directory::Directory;

/// The operation.
#[derive(Debug)]
pub struct RevokeOperatorSessions {
    directory: Directory,
}

/// Whose sessions.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Path {
    operator: OperatorId,
}

impl Operation for RevokeOperatorSessions {
    const INFO: Info = Info {
        name: "revoke_operator_sessions",
        method: "DELETE",
        path: "/v1/operators/{operator}/sessions",
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
    type Path = Path;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { directory: setup.directory()? })
    }

    /// What began until now counts no more. Who has no session has none afterwards, so that nobody need be known.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let audited = call.trail.after(Vec::new(), Reply::empty()).await?;
        let sign_out = OperatorSignOut { operator: call.path.operator, at: call.now };
        self.directory.sign_out_operator(&sign_out).await?;
        Ok(audited)
    }
}
