//! Sessions of staff and operators.

pub mod end_session;
pub mod get_session;
pub mod start_operator_session;
pub mod start_session;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<start_session::StartSession>(),
        list::<start_operator_session::StartOperatorSession>(),
        list::<get_session::GetSession>(),
        list::<end_session::EndSession>(),
    ]
}
