//! To whom of the clinic evaluations can be assigned.

use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::StaffId;
use visage_domain::permission;
use visage_domain::principal::Role;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct ListAssignees {
    records: Records,
    vault: Vault,
}

/// Them.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    assignees: Vec<Line>,
}

/// One of them.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    staff: StaffId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
    roles: Vec<Role>,
}

impl Operation for ListAssignees {
    const INFO: Info = Info {
        name: "list_assignees",
        method: "GET",
        path: "/v1/assignees",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] =
        &[shown("assignees").of(&[shown("staff"), shown("name"), shown("credential"), shown("roles")])];
    type Caller = Staff<permission::AssignEvaluation>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let Staff { scope, clinic, .. } = &call.caller;
        let (members, key) = tokio::join!(
            self.records.members(scope),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (members, key) = (members?, key?);
        let mut assignees = Vec::new();
        for member in members.into_iter().filter(|member| member.record.is_assignable()) {
            let details = member.open(&key)?;
            let (staff, roles) = (member.record.staff, member.record.roles);
            assignees.push(Line { staff, name: details.name, credential: details.credential, roles });
        }
        assignees.sort_by(|one, other| one.name.cmp(&other.name));
        let shown = assignees.iter().map(|line| line.staff.to_string()).collect();
        call.trail.after(shown, Reply::new(Output { assignees })).await
    }
}
