//! Who holds what: operators nothing of patients, nobody takes out or brings in by the hundred what they may not one by one.

use super::*;
use crate::ids::{LinkId, OperatorId, StaffId};

fn held_by(actor: &Actor) -> Vec<&'static str> {
    TABLE.iter().filter(|row| row.grant.includes(actor)).map(|row| row.name).collect()
}

#[test]
fn operators_hold_no_permission_that_reaches_a_patient() {
    let held = held_by(&Actor::Operator { operator: OperatorId::from_bits([1; 16]) });
    assert_eq!(
        held,
        [
            "operator_session.end",
            "clinic.register",
            "clinic.change_status",
            "vendor.record",
            "owner_reset.request",
            "owner_reset.approve"
        ]
    );
}

#[test]
fn who_registers_a_clinic_may_confirm_that_and_nothing_else() {
    let held = held_by(&Actor::Registrant { link: LinkId::from_bits([1; 16]) });
    assert_eq!(held, ["registration.confirm"]);
}

#[test]
fn only_providers_assess_and_sign() {
    for role in [Owner, Coordinator, Billing, Compliance] {
        let actor = Actor::Staff { staff: StaffId::from_bits([1; 16]), roles: vec![role] };
        assert!(!SignEvaluation::GRANT.includes(&actor));
        assert!(!AssessEvaluation::GRANT.includes(&actor));
        assert!(!AddAddendum::GRANT.includes(&actor));
        assert!(!WithdrawEvaluation::GRANT.includes(&actor));
    }
}

#[test]
fn nobody_takes_out_in_bulk_what_they_may_not_see_one_by_one() {
    assert_eq!(ExportAnswersInBulk::GRANT, ExportAnswers::GRANT);
}

#[test]
fn nobody_imports_what_they_may_not_enter_one_by_one() {
    assert_eq!(ImportIntakes::GRANT, EnterIntake::GRANT);
}

#[test]
fn a_broken_glass_opens_what_is_read_of_a_chart_and_nothing_else() {
    let opened: Vec<_> = TABLE.iter().filter(|row| row.emergency).map(|row| row.name).collect();
    let reading =
        ["evaluation.list", "evaluation.open", "evaluation.timeline", "patient.list_visits", "report.list"];
    assert_eq!(opened, reading);
}

#[test]
fn at_a_closed_clinic_one_ends_ones_sessions_and_does_nothing_else() {
    let left: Vec<_> = TABLE.iter().filter(|row| row.while_closed).map(|row| row.name).collect();
    assert_eq!(left, ["session.use"]);
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), TABLE.len());
}
