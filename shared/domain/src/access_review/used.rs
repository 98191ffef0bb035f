//! Which permission an operation of staff uses, so that the log tells which nobody uses.
//!
//! The domain knows no operations. `openapi/tests/document.rs` holds this table against those that there are.

use crate::permission::{ExportAnswersInBulk, ImportIntakes, Permission, Row, TABLE};
use crate::principal::Role;
use crate::staff::{BulkPermission, Staff};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The permission that each operation of staff asks for, by the operation's name in the audit log.
pub const PERMISSION_OF: &[(&str, &str)] = &[
    ("accept_agreements", "agreements.accept"),
    ("add_addendum", "evaluation.add_addendum"),
    ("add_note", "note.add"),
    ("approve_mfa_reset", "mfa_reset.approve"),
    ("assess_evaluation", "evaluation.assess"),
    ("assign_evaluation", "evaluation.assign"),
    ("attest_access_review_line", "access_review.attest"),
    ("break_glass", "break_glass.use"),
    ("change_staff_status", "staff.change_status"),
    ("compare_visits", "evaluation.open"),
    ("decide_match", "patient.decide_match"),
    ("end_session", "session.use"),
    ("enter_intake", "intake.enter"),
    ("export_answers", "answers.export"),
    ("export_form", "form.read_versions"),
    ("get_access_review", "access_review.read"),
    ("get_break_glass", "break_glass.read"),
    ("get_clinic_settings", "clinic_settings.read"),
    ("get_form_draft", "form.draft"),
    ("get_form_version", "form.read_versions"),
    ("get_session", "session.use"),
    ("get_timeline", "evaluation.timeline"),
    ("grant_bulk_permission", "bulk_permission.manage"),
    ("hand_over_report", "report_link.issue"),
    ("import_form", "form.draft"),
    ("import_intakes", "intakes.import"),
    ("invite_staff", "staff.invite"),
    ("list_access_reviews", "access_review.read"),
    ("list_agreements", "agreements.read"),
    ("list_assignees", "evaluation.assign"),
    ("list_break_glass", "break_glass.read"),
    ("list_evaluations", "evaluation.list"),
    ("list_form_versions", "form.read_versions"),
    ("list_matches", "patient.list_matches"),
    ("list_notices", "notice.list"),
    ("list_reports", "report.list"),
    ("list_sessions", "session.use"),
    ("list_staff", "staff.list"),
    ("list_visits", "patient.list_visits"),
    ("open_evaluation", "evaluation.open"),
    ("preview_form", "form.draft"),
    ("publish_form", "form.publish"),
    ("publish_form_draft", "form.publish"),
    ("read_answer_export", "answers.export_in_bulk"),
    ("renew_invitation", "staff.invite"),
    ("renew_report_link", "report_link.issue"),
    ("request_mfa_reset", "mfa_reset.request"),
    ("request_retake", "retake.request"),
    ("retire_form", "form.retire"),
    ("review_break_glass", "break_glass.review"),
    ("revoke_bulk_permission", "bulk_permission.manage"),
    ("revoke_report_link", "report_link.revoke"),
    ("revoke_session", "session.use"),
    ("revoke_sessions", "session.use"),
    ("save_form_draft", "form.draft"),
    ("sign_evaluation", "evaluation.sign"),
    ("start_access_review", "access_review.start"),
    ("start_answer_export", "answers.export_in_bulk"),
    ("update_clinic_settings", "clinic_settings.update"),
    ("update_staff", "staff.update"),
    ("withdraw_evaluation", "evaluation.withdraw"),
];

/// The permissions that take leave beside the role, and which.
const TAKES_LEAVE: &[(&str, BulkPermission)] =
    &[(ExportAnswersInBulk::NAME, BulkPermission::Export), (ImportIntakes::NAME, BulkPermission::Import)];

/// The permission that an operation of staff asks for.
pub(super) fn permission_of(action: &str) -> Option<&'static str> {
    let found = PERMISSION_OF.binary_search_by_key(&action, |(operation, _)| *operation);
    found.ok().and_then(|at| PERMISSION_OF.get(at)).map(|(_, permission)| *permission)
}

/// A permission's name, as the table has it.
pub(super) fn named(permission: &str) -> Option<&'static str> {
    TABLE.iter().map(|row| row.name).find(|name| *name == permission)
}

/// The permissions that `member` has by their roles at `now` and that aren't among those `used`. Left out is what no change of
/// roles could take from them, because every role has it, and of which the log can't tell whether it was used.
pub(super) fn unused(member: &Staff, used: &BTreeSet<&str>, now: Timestamp) -> Vec<String> {
    let can_be_told = |row: &&Row| PERMISSION_OF.iter().any(|(_, permission)| *permission == row.name);
    let is_theirs = |row: &&Row| {
        let roles = row.grant.roles();
        let is_special = Role::ALL.iter().any(|role| !roles.contains(role));
        let leave = TAKES_LEAVE.iter().find(|(name, _)| *name == row.name);
        let is_given = leave.is_none_or(|(_, leave)| member.holds_bulk(*leave, now));
        is_special && is_given && member.roles.iter().any(|role| roles.contains(role))
    };
    let theirs = TABLE.iter().filter(can_be_told).filter(is_theirs).map(|row| row.name);
    theirs.filter(|name| !used.contains(name)).map(str::to_owned).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ids::StaffId;
    use crate::staff::{BulkGrant, StaffStatus};
    use jiff::SignedDuration;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn member(roles: &[Role]) -> Staff {
        Staff {
            staff: StaffId::from_bits([1; 16]),
            subject: String::new(),
            roles: roles.to_vec(),
            licences: Vec::new(),
            status: StaffStatus::Active,
            since: NOW,
            accepted_at: None,
            last_sign_in_at: None,
            signed_out_at: None,
            bulk: Vec::new(),
        }
    }

    #[test]
    fn operations_stand_in_order_and_ask_for_what_there_is() {
        assert!(PERMISSION_OF.is_sorted_by(|(one, _), (other, _)| one < other));
        for (operation, permission) in PERMISSION_OF {
            assert!(TABLE.iter().any(|row| row.name == *permission), "{operation}");
            assert_eq!(permission_of(operation), Some(*permission));
        }
        assert_eq!(permission_of("purge_due"), None);
    }

    #[test]
    fn what_a_role_gives_and_nobody_used_is_named() {
        let used = ["staff.list", "staff.invite"].into();
        let found = unused(&member(&[Role::Owner]), &used, NOW);
        assert!(found.contains(&"form.publish".to_owned()) && found.contains(&"staff.update".to_owned()));
        for not_theirs in ["staff.list", "staff.invite", "evaluation.sign", "vendor.record"] {
            assert!(!found.contains(&not_theirs.to_owned()), "{not_theirs}");
        }
    }

    #[test]
    fn what_everybody_has_or_the_log_cannot_tell_is_left_out() {
        assert_eq!(unused(&member(&[Role::Billing]), &BTreeSet::new(), NOW), Vec::<String>::new());
        let found = unused(&member(&[Role::Owner]), &BTreeSet::new(), NOW);
        assert!(!found.iter().any(|name| name.starts_with("session.") || name == "break_glass.use"));
    }

    #[test]
    fn leave_for_bulk_is_unused_where_it_was_granted() {
        let until = NOW + SignedDuration::from_hours(1);
        for &(name, leave) in TAKES_LEAVE {
            let names = |member: &Staff, at| unused(member, &BTreeSet::new(), at).contains(&name.to_owned());
            let coordinator = member(&[Role::Coordinator]);
            assert!(!names(&coordinator, NOW), "{name}");
            let grant = BulkGrant::new(leave, until, coordinator.staff, NOW).unwrap();
            let coordinator = coordinator.granted_bulk(grant);
            assert!(names(&coordinator, NOW) && !names(&coordinator, until), "{name}");
        }
    }
}
