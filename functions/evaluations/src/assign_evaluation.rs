//! Takes an evaluation, hands it over, or gives it back to the queue.
//!
//! Whoever takes it from somebody says why. The steps are kept, each as a record of its own.

use crate::tag::{lost, tag};
use crate::visit::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{Assignment, Evaluation, Reason};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::StaffId;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::Staff as Member;
use visage_platform::operation::{check_open, check_tag};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct AssignEvaluation {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// Whose it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("required" = ["assignee"]))]
pub struct Input {
    /// None gives it back to the queue.
    #[serde(deserialize_with = "said")]
    assignee: Option<StaffId>,
    /// Needed where it was somebody's.
    #[serde(default)]
    reason: Reason,
}

/// Not to say whose it is to be isn't to say nobody's.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StaffId>, D::Error> {
    Option::deserialize(deserializer)
}

/// Whose it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    assignee: Option<StaffId>,
}

impl Operation for AssignEvaluation {
    const INFO: Info = Info {
        name: "assign_evaluation",
        method: "PUT",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/assignee",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 8 * 1024,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::invalid_fields(), Problem::already_signed(), Problem::withdrawn()],
        headers: &[Header::IfMatch, Header::ETag],
    };
    const FIELDS: &'static [Field] = &[shown("assignee")];
    type Caller = Staff<permission::AssignEvaluation>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, path, to) = (&call.caller.scope, call.path, call.input.assignee);
        let wrapped = call.caller.patient_key.as_ref().ok_or_else(Problem::not_found)?;
        let (stored, member, key) = tokio::join!(
            self.records.get(scope, keys::evaluation(path.patient, path.evaluation)),
            self.member(&call),
            self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(path.patient))
        );
        let (stored, member, key) = (stored?.ok_or_else(Problem::not_found)?, member?, key?);
        check_open(stored.record.status)?;
        check_tag(call.if_match.as_deref(), tag(stored.version, 0))?;
        check(&call.input, stored.record.assignee, member.as_ref())?;
        let output = Output { assignee: to };
        if stored.record.assignee == to {
            return call.trail.after(Vec::new(), Reply::new(output).with_etag(stored.version)).await;
        }
        let record =
            Evaluation { assignee: to, assignments: stored.record.assignments + 1, ..stored.record.clone() };
        let step = Assignment {
            patient: path.patient,
            evaluation: path.evaluation,
            number: record.assignments,
            from: stored.record.assignee,
            to,
            assigned_by: call.caller.staff.record.staff,
            assigned_at: call.now,
        };
        let transaction = self
            .records
            .transaction(scope, &*self.setup.entropy)
            .replace(Evaluation::TYPE, &stored, &record)?
            .create_sealed(Assignment::TYPE, &step, &call.input.reason, &key)?;
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(output).with_etag(stored.version + 1))),
            Err(error) => Err(lost(&self.records, &self.vault, &call.caller, path, error).await),
        }
    }
}

impl AssignEvaluation {
    /// Whoever it is to be given to, as this clinic knows them.
    async fn member(&self, call: &Call<Self>) -> Result<Option<Member>, StoreError> {
        let Some(staff) = call.input.assignee else { return Ok(None) };
        let found = self.records.get(&call.caller.scope, keys::staff(staff)).await?;
        Ok(found.map(|member: Stored<Member>| member.record))
    }
}

/// Somebody of another clinic, who left, or whose role doesn't work on evaluations: all look the same.
fn check(input: &Input, from: Option<StaffId>, member: Option<&Member>) -> Result<(), Problem> {
    let fits = input.assignee.is_none() || member.is_some_and(Member::is_assignable);
    let unfit = (!fits).then(|| FieldProblem::new("/assignee", "not_assignable"));
    let is_taken_from_somebody = from.is_some() && from != input.assignee;
    let unexplained = input.reason.check(is_taken_from_somebody, "/reason");
    let unexplained = unexplained.map(|error| FieldProblem::new(error.pointer, error.code));
    let errors: Vec<_> = unfit.into_iter().chain(unexplained).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_fields().with_errors(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use visage_domain::principal::Role;
    use visage_domain::staff::StaffStatus;

    fn member(status: StaffStatus, roles: Vec<Role>) -> Member {
        let staff = StaffId::from_bits([1; 16]);
        let (subject, licences, since) = (String::new(), Vec::new(), Timestamp::UNIX_EPOCH);
        let (accepted_at, last_sign_in_at, signed_out_at, bulk) = (None, None, None, Vec::new());
        Member {
            staff,
            subject,
            roles,
            licences,
            status,
            since,
            accepted_at,
            last_sign_in_at,
            signed_out_at,
            bulk,
        }
    }

    fn codes(from: Option<StaffId>, reason: &str, member: Option<&Member>) -> Vec<String> {
        let assignee = Some(StaffId::from_bits([1; 16]));
        let input = Input { assignee, reason: Reason::new(reason.into()) };
        let errors = check(&input, from, member).err().map(|problem| problem.errors).unwrap_or_default();
        errors.into_iter().map(|error| format!("{} {}", error.pointer, error.code)).collect()
    }

    #[test]
    fn only_active_providers_and_coordinators_are_given_work() {
        let unfit = ["/assignee not_assignable".to_owned()];
        for role in [Role::Provider, Role::Coordinator] {
            assert!(codes(None, "", Some(&member(StaffStatus::Active, vec![Role::Owner, role]))).is_empty());
            assert_eq!(codes(None, "", Some(&member(StaffStatus::Terminated, vec![role]))), unfit);
        }
        for role in [Role::Owner, Role::Billing, Role::Compliance] {
            assert_eq!(codes(None, "", Some(&member(StaffStatus::Active, vec![role]))), unfit);
        }
        assert_eq!(codes(None, "", None), unfit);
    }

    #[test]
    fn a_hand_over_needs_its_reason_and_everything_wrong_is_named() {
        let somebody = Some(StaffId::from_bits([9; 16]));
        let provider = member(StaffStatus::Active, vec![Role::Provider]);
        assert_eq!(codes(somebody, " ", Some(&provider)), ["/reason required"]);
        assert_eq!(codes(somebody, " ", None), ["/assignee not_assignable", "/reason required"]);
        assert!(codes(somebody, "On leave.", Some(&provider)).is_empty());
        assert!(codes(Some(provider.staff), "", Some(&provider)).is_empty(), "it is theirs already");
    }
}
