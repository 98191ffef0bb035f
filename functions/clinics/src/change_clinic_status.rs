//! Changes where a clinic stands: past due, suspended, active again, terminated. It holds from the clinic's next request on.
//!
//! One that registered by itself is verified by being made active: it is at once if its owner has signed all agreements, and
//! otherwise stays pending, as the answer says, until they do. One that was suspended when it ended stays closed until what it
//! was closed for is resolved: from `terminated` to `terminated`, once it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::clinic::{ChangeReason, Clinic, ClinicStatus};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::records::{CommitError, Records, keys};

/// The operation.
pub struct ChangeClinicStatus {
    records: Records,
    setup: Setup,
}

/// Which clinic.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Path {
    clinic: ClinicId,
}

/// The change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Where the clinic stands; if it doesn't, nothing is changed.
    from: ClinicStatus,
    to: ClinicStatus,
    reason: ChangeReason,
}

/// Where the clinic stands now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    clinic: ClinicId,
    status: ClinicStatus,
    /// Whether nothing about patients is answered and nothing changed: so it is while it is suspended, and after an end that
    /// came then, until that is resolved.
    closed: bool,
}

impl Operation for ChangeClinicStatus {
    const INFO: Info = Info {
        name: "change_clinic_status",
        method: "PUT",
        path: "/v1/clinics/{clinic}/status",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 1_024,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::invalid_fields(), Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("clinic"), shown("status"), shown("closed")];
    type Caller = Operator<permission::ChangeClinicStatus>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// A second click finds the change made, and nothing more is put on record than that.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (clinic, Input { from, to, reason }) = (call.path.clinic, call.input);
        let scope = call.caller.scope_in(clinic)?;
        let stored = self.records.get(&scope, keys::clinic()).await?.ok_or_else(Problem::not_found)?;
        let trail = call.trail.in_clinic(clinic);
        if !from.may_become(to, reason) {
            let wrong = FieldProblem::new("/to", "not_allowed");
            return Err(Problem::invalid_fields().with_errors(vec![wrong]));
        }
        let changed = match stored.record.status {
            status if status == from => stored.record.clone().decided(to, reason, call.now),
            status if status == to => stored.record.clone(),
            _ => return Err(Problem::conflict()),
        };
        let status = changed.status;
        let reply = Reply::new(Output { clinic, status, closed: changed.is_closed() });
        if changed == stored.record {
            let resource = format!("clinic={clinic};unchanged={}", status.code());
            return trail.regarding(resource).after(Vec::new(), reply).await;
        }
        let (from, to, reason) = (from.code(), status.code(), reason.code());
        let resource = format!("clinic={clinic};from={from};to={to};reason={reason}");
        let transaction = self.records.transaction(&scope, &*self.setup.entropy);
        match trail.regarding(resource).commit(transaction.replace(Clinic::TYPE, &stored, &changed)?).await {
            Ok(audited) => Ok(audited.map(|()| reply)),
            Err(CommitError::Conflict(_)) => Err(Problem::conflict()),
            Err(error) => Err(error.into()),
        }
    }
}
