//! Who may come in: a clinic's staff, the sessions of staff and operators, who opens charts in an
//! emergency, and the reviews of all that.

pub mod approve_mfa_reset;
pub mod approve_owner_reset;
pub mod attest_access_review_line;
pub mod break_glass;
mod bulk;
pub mod change_staff_status;
pub mod compile_access_review;
pub mod end_operator_session;
pub mod end_session;
pub mod escalate_reviews;
pub mod get_access_review;
pub mod get_break_glass;
pub mod get_session;
mod glass;
pub mod grant_bulk_permission;
pub mod invite_staff;
mod inviting;
pub mod list_access_reviews;
pub mod list_break_glass;
pub mod list_sessions;
pub mod list_staff;
mod member;
mod owner_reset;
pub mod plan_access_reviews;
mod reminding;
pub mod renew_invitation;
pub mod request_mfa_reset;
pub mod request_owner_reset;
mod resetting;
mod review;
pub mod review_break_glass;
mod review_log;
pub mod revoke_bulk_permission;
pub mod revoke_operator_sessions;
pub mod revoke_session;
pub mod revoke_sessions;
pub mod settle_departure;
pub mod start_access_review;
pub mod start_operator_session;
pub mod start_session;
pub mod update_staff;

use visage_domain::access_review::ReviewOrder;
use visage_domain::staff::Departure;
use visage_platform::ListedWorker;
use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<start_session::StartSession>(),
        list::<start_operator_session::StartOperatorSession>(),
        list::<end_operator_session::EndOperatorSession>(),
        list::<revoke_operator_sessions::RevokeOperatorSessions>(),
        list::<get_session::GetSession>(),
        list::<end_session::EndSession>(),
        list::<list_sessions::ListSessions>(),
        list::<revoke_session::RevokeSession>(),
        list::<revoke_sessions::RevokeSessions>(),
        list::<list_staff::ListStaff>(),
        list::<invite_staff::InviteStaff>(),
        list::<renew_invitation::RenewInvitation>(),
        list::<update_staff::UpdateStaff>(),
        list::<change_staff_status::ChangeStaffStatus>(),
        list::<grant_bulk_permission::GrantBulkPermission>(),
        list::<revoke_bulk_permission::RevokeBulkPermission>(),
        list::<request_mfa_reset::RequestMfaReset>(),
        list::<approve_mfa_reset::ApproveMfaReset>(),
        list::<request_owner_reset::RequestOwnerReset>(),
        list::<approve_owner_reset::ApproveOwnerReset>(),
        list::<break_glass::BreakGlass>(),
        list::<list_break_glass::ListBreakGlass>(),
        list::<get_break_glass::GetBreakGlass>(),
        list::<review_break_glass::ReviewBreakGlass>(),
        list::<start_access_review::StartAccessReview>(),
        list::<list_access_reviews::ListAccessReviews>(),
        list::<get_access_review::GetAccessReview>(),
        list::<attest_access_review_line::AttestAccessReviewLine>(),
    ]
}

/// This area's workers.
pub fn workers() -> Vec<ListedWorker> {
    vec![
        ListedWorker::of::<settle_departure::SettleDeparture, Departure>(),
        ListedWorker::errand::<escalate_reviews::EscalateReviews>(),
        ListedWorker::of::<compile_access_review::CompileAccessReview, ReviewOrder>(),
        ListedWorker::errand::<plan_access_reviews::PlanAccessReviews>(),
    ]
}
