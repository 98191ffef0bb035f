//! Takes back what somebody may do to many patients at once. It holds from their next request on.

use crate::bulk::Path;
use crate::member;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::Staff as Member;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
pub struct RevokeBulkPermission {
    records: Records,
    setup: Setup,
}

impl Operation for RevokeBulkPermission {
    const INFO: Info = Info {
        name: "revoke_bulk_permission",
        method: "DELETE",
        path: "/v1/staff/{staff}/bulk-permissions/{permission}",
        purpose: Purpose::Security,
        status: 204,
        body_limit: 0,
        background: false,
        phi: false,
        // Patients' data is protected from somebody wherever the clinic stands.
        changes: false,
        problems: &[Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Staff<permission::ManageBulkPermissions>;
    type Path = Path;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// What they don't have is taken back already.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let (scope, Path { staff, permission }) = (&call.caller.scope, call.path);
        let stored = member::read(&self.records, scope, staff).await?;
        let resource = format!("staff={staff};permission={}", permission.code());
        let Some(held) = stored.record.bulk_grant(permission) else {
            let trail = call.trail.regarding(format!("{resource};unchanged"));
            return trail.after(Vec::new(), Reply::empty()).await;
        };
        let resource = format!("{resource};until={}", held.until);
        let record = stored.record.clone().without_bulk(permission);
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = transaction.replace(Member::TYPE, &stored, &record)?;
        let audited = call.trail.regarding(resource).commit(transaction).await?;
        Ok(audited.map(|()| Reply::empty()))
    }
}
