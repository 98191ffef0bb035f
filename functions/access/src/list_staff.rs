//! Who works at the clinic, or worked there: with roles, licences, whether they may work and came in, and whether somebody asked
//! that they get another authenticator.

use crate::member::Shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::StaffId;
use visage_domain::permission;
use visage_domain::staff::StaffStatus;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct ListStaff {
    records: Records,
    vault: Vault,
}

/// Which of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// Those who may work, unless others are asked for.
    #[serde(default = "active")]
    status: StaffStatus,
}

const fn active() -> StaffStatus {
    StaffStatus::Active
}

/// Them, by name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    staff: Vec<Shown>,
}

impl Operation for ListStaff {
    const INFO: Info = Info {
        name: "list_staff",
        method: "GET",
        path: "/v1/staff",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::invalid_query()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("staff").of(Shown::FIELDS)];
    type Caller = Staff<permission::ListStaff>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let Staff { scope, clinic, .. } = &call.caller;
        let (members, key) = tokio::join!(
            self.records.staff_of(scope, call.input.status),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (members, key) = (members?, key?);
        let ids: Vec<StaffId> = members.iter().map(|it| it.record.staff).collect();
        let resets = self.records.mfa_resets(scope, &ids).await?;
        let mut staff = Vec::with_capacity(members.len());
        for member in members.into_iter().filter(|it| it.record.status == call.input.status) {
            let details = member.open(&key)?;
            let shown = Shown::of(member.record, details, member.version, clinic, call.now);
            staff.push(shown.with_reset(&resets, call.now));
        }
        staff.sort_by(|one, other| one.name().cmp(other.name()));
        let shown = staff.iter().map(Shown::id).collect();
        call.trail.after(shown, Reply::new(Output { staff })).await
    }
}
