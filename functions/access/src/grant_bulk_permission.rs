//! Lets somebody do something to many patients at once, until an instant within 90 days. Nobody gives it to themselves.

use crate::bulk::Path;
use crate::member;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::{BulkGrant, Staff as Member, StaffStatus};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
pub struct GrantBulkPermission {
    records: Records,
    setup: Setup,
}

/// For how long.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// From when on they may no more.
    until: Timestamp,
}

impl Operation for GrantBulkPermission {
    const INFO: Info = Info {
        name: "grant_bulk_permission",
        method: "PUT",
        path: "/v1/staff/{staff}/bulk-permissions/{permission}",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 1_024,
        background: false,
        phi: false,
        // A clinic that may only read takes out what is its own, and somebody has to be let do that.
        changes: false,
        problems: &[
            Problem::invalid_fields(),
            Problem::needs_another(),
            Problem::left(),
            Problem::suspended(),
            Problem::conflict(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = BulkGrant::FIELDS;
    type Caller = Staff<permission::ManageBulkPermissions>;
    type Path = Path;
    type Input = Input;
    type Output = BulkGrant;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// A second click finds it granted, and nothing more is put on record than that.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<BulkGrant>>, Problem> {
        let (scope, Path { staff, permission }) = (&call.caller.scope, call.path);
        let (until, granted_by) = (call.input.until, call.caller.staff.record.staff);
        let stored = member::read(&self.records, scope, staff).await?;
        if staff == granted_by {
            return Err(Problem::needs_another());
        }
        member::check_stays(&stored.record)?;
        if stored.record.status == StaffStatus::Suspended {
            return Err(Problem::suspended());
        }
        let grant = BulkGrant::new(permission, until, granted_by, call.now);
        let grant = grant
            .map_err(|code| Problem::invalid_fields().with_errors([FieldProblem::new("/until", code)]))?;
        let resource = format!("staff={staff};permission={};until={until}", permission.code());
        if let Some(held) = stored.record.bulk_grant(permission).filter(|held| held.until == until) {
            let trail = call.trail.regarding(format!("{resource};unchanged"));
            return trail.after(Vec::new(), Reply::new(*held)).await;
        }
        let record = stored.record.clone().granted_bulk(grant);
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = transaction.replace(Member::TYPE, &stored, &record)?;
        let audited = call.trail.regarding(resource).commit(transaction).await?;
        Ok(audited.map(|()| Reply::new(grant)))
    }
}
