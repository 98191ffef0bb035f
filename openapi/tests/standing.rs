//! What each operation says of itself that decides where its clinic stands: by name, since the gate and the tests that walk
//! all routes believe it.

use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use visage_domain::permission::Grant;
use visage_openapi::operations;
use visage_platform::operation::Listed;

/// What is about no patient, and so answers before a clinic has signed.
const ABOUT_NO_PATIENT: &[&str] = &[
    "accept_agreements",
    "approve_mfa_reset",
    "approve_owner_reset",
    "attest_access_review_line",
    "change_clinic_status",
    "change_staff_status",
    "confirm_registration",
    "end_operator_session",
    "end_session",
    "export_form",
    "get_access_review",
    "get_clinic_settings",
    "get_form",
    "get_form_draft",
    "get_form_version",
    "get_session",
    "grant_bulk_permission",
    "import_form",
    "invite_staff",
    "list_access_reviews",
    "list_agreements",
    "list_assignees",
    "list_break_glass",
    "list_form_versions",
    "list_sessions",
    "list_staff",
    "list_vendors",
    "preview_form",
    "publish_form",
    "publish_form_draft",
    "record_vendor",
    "register_clinic",
    "renew_invitation",
    "request_mfa_reset",
    "request_owner_reset",
    "request_registration",
    "retire_form",
    "revoke_bulk_permission",
    "revoke_operator_sessions",
    "revoke_session",
    "revoke_sessions",
    "save_form_draft",
    "start_access_review",
    "start_operator_session",
    "start_session",
    "update_clinic_settings",
    "update_staff",
];

/// What is more than reading and yet counts as no change, so that it goes on while a clinic may only read: what reading
/// takes, what protects a patient, and what runs accounts. Nothing that merely reads changes anything.
const NO_CHANGE: &[&str] = &[
    "accept_agreements",
    "admit_device",
    "approve_mfa_reset",
    "approve_owner_reset",
    "attest_access_review_line",
    "break_glass",
    "change_staff_status",
    "confirm_channel",
    "end_operator_session",
    "end_session",
    "grant_bulk_permission",
    "open_report",
    "preview_form",
    "request_mfa_reset",
    "request_owner_reset",
    "request_report_code",
    "review_break_glass",
    "revoke_bulk_permission",
    "revoke_operator_sessions",
    "revoke_report_link",
    "revoke_session",
    "revoke_sessions",
    "start_access_review",
    "start_answer_export",
    "start_operator_session",
    "start_session",
    "withdraw_evaluation",
];

/// What its people are still answered at a closed clinic.
const AT_A_CLOSED_CLINIC: &[&str] = &[
    "end_session",
    "export_form",
    "get_access_review",
    "get_clinic_settings",
    "get_form_draft",
    "get_form_version",
    "get_session",
    "list_access_reviews",
    "list_agreements",
    "list_assignees",
    "list_break_glass",
    "list_form_versions",
    "list_sessions",
    "list_staff",
    "revoke_session",
    "revoke_sessions",
];

fn names(of: impl Fn(&Listed) -> bool) -> BTreeSet<&'static str> {
    operations().iter().filter(|listed| of(listed)).map(|listed| listed.info.name).collect()
}

/// What was decided beside what is so: each name in one of them alone is either a slip or a decision to be noted here.
fn is_as_decided(decided: &[&'static str], found: &BTreeSet<&'static str>) -> Result<()> {
    let decided: BTreeSet<_> = decided.iter().copied().collect();
    let unlike: Vec<_> = decided.symmetric_difference(found).collect();
    ensure!(unlike.is_empty(), "not as decided: {unlike:?}");
    Ok(())
}

#[test]
fn what_is_about_no_patient_is_what_was_decided() -> Result<()> {
    is_as_decided(ABOUT_NO_PATIENT, &names(|it| !it.info.phi))
}

#[test]
fn whatever_names_a_patient_or_is_a_patients_to_ask_is_about_patients() -> Result<()> {
    let named = ["{patient}", "{evaluation}", "{intake}"];
    let must = |it: &Listed| {
        named.iter().any(|name| it.info.path.contains(name))
            || matches!(it.permission.grant, Grant::Patient | Grant::Recipient)
    };
    let wrong = names(|it| must(it) && !it.info.phi);
    ensure!(wrong.is_empty(), "about patients, and says that it isn't: {wrong:?}");
    ensure!(names(must).len() >= 25, "only {} operations", names(must).len());
    Ok(())
}

#[test]
fn what_changes_nothing_is_what_reads_and_what_was_decided() -> Result<()> {
    is_as_decided(NO_CHANGE, &names(|it| it.info.mutates() && !it.info.changes))?;
    let wrong = names(|it| !it.info.mutates() && it.info.changes);
    ensure!(wrong.is_empty(), "read and change: {wrong:?}");
    Ok(())
}

#[test]
fn at_a_closed_clinic_is_answered_what_was_decided() -> Result<()> {
    let is_answered =
        |it: &Listed| it.asked().is_some_and(|asked| !asked.phi && !asked.changes && !asked.acts);
    is_as_decided(AT_A_CLOSED_CLINIC, &names(is_answered))
}
