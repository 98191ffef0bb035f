//! Decides whether somebody may work: suspended, active again, terminated. It holds from their next request on.

use crate::member::{self, Path, another_owner};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::StaffId;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::{Departure, Staff as Member, StaffStatus, StatusReason};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::queue::Queue;
use visage_store::records::{CommitError, Records};

/// The operation.
pub struct ChangeStaffStatus {
    records: Records,
    departures: Queue,
    setup: Setup,
}

/// The change.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Whether they may work now; if it isn't so, nothing is changed.
    from: StaffStatus,
    to: StaffStatus,
    reason: StatusReason,
}

/// Whether they may work from now on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    staff: StaffId,
    status: StaffStatus,
}

impl Operation for ChangeStaffStatus {
    const INFO: Info = Info {
        name: "change_staff_status",
        method: "PUT",
        path: "/v1/staff/{staff}/status",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 1_024,
        background: false,
        phi: false,
        // Who may no more come near patients' data is kept from it wherever the clinic stands.
        changes: false,
        problems: &[Problem::invalid_fields(), Problem::last_owner(), Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("staff"), shown("status")];
    type Caller = Staff<permission::ChangeStaffStatus>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        let departures = Queue::new(&setup.aws, setup.config.departures_queue_url()?);
        Ok(Self { records: setup.records()?, departures, setup: setup.clone() })
    }

    /// A second click finds the change made, and nothing more is put on record than that.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, staff, Input { from, to, reason }) = (&call.caller.scope, call.path.staff, call.input);
        let stored = member::read(&self.records, scope, staff).await?;
        if !from.may_become(to, reason) {
            let wrong = FieldProblem::new("/to", "not_allowed");
            return Err(Problem::invalid_fields().with_errors(vec![wrong]));
        }
        let reply = Reply::new(Output { staff, status: to });
        if stored.record.status == to {
            self.announce(&call, to).await?;
            let resource = format!("staff={staff};unchanged={}", to.code());
            return call.trail.regarding(resource).after(Vec::new(), reply).await;
        }
        if stored.record.status != from {
            return Err(Problem::conflict());
        }
        let signed_out_at =
            if to == StaffStatus::Active { stored.record.signed_out_at } else { Some(call.now) };
        // Who comes back is to be given anew what they may do in bulk.
        let bulk = if to == StaffStatus::Terminated { Vec::new() } else { stored.record.bulk.clone() };
        let record = Member { status: to, signed_out_at, bulk, ..stored.record.clone() };
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let mut transaction = transaction.replace(Member::TYPE, &stored, &record)?;
        if stored.record.is_active_owner() {
            let owner = another_owner(&self.records, &call.caller, staff).await?;
            transaction = transaction.require("owner", &owner)?;
        }
        self.announce(&call, to).await?;
        let (from, to, reason) = (from.code(), to.code(), reason.code());
        let resource = format!("staff={staff};from={from};to={to};reason={reason}");
        match call.trail.regarding(resource).commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| reply)),
            Err(CommitError::Conflict(_)) => Err(Problem::conflict()),
            Err(error) => Err(error.into()),
        }
    }
}

impl ChangeStaffStatus {
    /// Sends word of a departure, before it is one, for nothing may be lost of it. The queue holds it back for longer than
    /// this function lives, and whoever takes it out looks whether there was a change.
    async fn announce(&self, call: &Call<Self>, to: StaffStatus) -> Result<(), Problem> {
        if to == StaffStatus::Terminated {
            let (clinic, by) = (call.caller.scope.clinic(), call.caller.staff.record.staff);
            self.departures.send(&Departure { clinic, staff: call.path.staff, by }).await?;
        }
        Ok(())
    }
}
