//! Who may come in: a clinic's staff, and the sessions of staff and operators.

pub mod approve_mfa_reset;
pub mod change_staff_status;
pub mod end_session;
pub mod get_session;
pub mod invite_staff;
pub mod list_sessions;
pub mod list_staff;
mod member;
pub mod request_mfa_reset;
pub mod revoke_session;
pub mod revoke_sessions;
pub mod settle_departure;
pub mod start_operator_session;
pub mod start_session;
pub mod update_staff;

use visage_domain::staff::Departure;
use visage_platform::ListedWorker;
use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<start_session::StartSession>(),
        list::<start_operator_session::StartOperatorSession>(),
        list::<get_session::GetSession>(),
        list::<end_session::EndSession>(),
        list::<list_sessions::ListSessions>(),
        list::<revoke_session::RevokeSession>(),
        list::<revoke_sessions::RevokeSessions>(),
        list::<list_staff::ListStaff>(),
        list::<invite_staff::InviteStaff>(),
        list::<update_staff::UpdateStaff>(),
        list::<change_staff_status::ChangeStaffStatus>(),
        list::<request_mfa_reset::RequestMfaReset>(),
        list::<approve_mfa_reset::ApproveMfaReset>(),
    ]
}

/// This area's workers.
pub fn workers() -> Vec<ListedWorker> {
    vec![ListedWorker::of::<settle_departure::SettleDeparture, Departure>()]
}
