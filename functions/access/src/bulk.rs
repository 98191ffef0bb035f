//! What a user may do to many patients at once, as a path names it.

use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::ids::StaffId;
use visage_domain::staff::BulkPermission;

/// Whose permission, and which.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    pub(crate) staff: StaffId,
    pub(crate) permission: BulkPermission,
}
