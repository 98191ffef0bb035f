//! A broken glass: named in a path, read, and shown.

use crate::member;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::break_glass::{BreakGlass, EmergencyReason, Finding, Review};
use visage_domain::evaluation::Reason;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{BreakGlassId, StaffId};
use visage_domain::principal::Role;
use visage_domain::scope::Scope;
use visage_platform::Problem;
use visage_store::records::{Records, Stored, keys};

/// Which a path names.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    pub(crate) break_glass: BreakGlassId,
}

/// That somebody broke the glass, without what was written about it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BreakGlass")]
pub struct Shown {
    break_glass: BreakGlassId,
    staff: StaffId,
    /// Their roles at that moment.
    roles: Vec<Role>,
    reason: EmergencyReason,
    started_at: Timestamp,
    /// When it was over, at the latest: the session may have ended before.
    until: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Reviewed>,
}

/// What somebody else found.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BreakGlassReview")]
struct Reviewed {
    reviewed_by: StaffId,
    reviewed_at: Timestamp,
    finding: Finding,
}

impl Shown {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("breakGlass"),
        shown("staff"),
        shown("roles"),
        shown("reason"),
        shown("startedAt"),
        shown("until"),
        shown("review").of(Reviewed::FIELDS),
    ];
}

impl Reviewed {
    /// What is shown of it.
    const FIELDS: &'static [Field] = &[shown("reviewedBy"), shown("reviewedAt"), shown("finding")];
}

impl From<BreakGlass> for Shown {
    fn from(it: BreakGlass) -> Self {
        let review =
            |Review { reviewed_by, reviewed_at, finding }| Reviewed { reviewed_by, reviewed_at, finding };
        Self {
            break_glass: it.break_glass,
            staff: it.staff,
            roles: it.roles,
            reason: it.reason,
            started_at: it.started_at,
            until: it.until,
            review: it.review.map(review),
        }
    }
}

impl Shown {
    /// Its id, as the log names it.
    pub(crate) fn id(&self) -> String {
        self.break_glass.to_string()
    }
}

/// The one that the path names.
///
/// # Errors
/// 404 if the clinic has none such.
pub(crate) async fn read<P>(
    records: &Records,
    scope: &Scope<P>,
    path: Path,
) -> Result<Stored<BreakGlass>, Problem> {
    records.get(scope, keys::break_glass(path.break_glass)).await?.ok_or_else(Problem::not_found)
}

/// That something is said, and not too much.
///
/// # Errors
/// 422 otherwise.
pub(crate) fn check_said(text: &Reason, pointer: &str) -> Result<(), Problem> {
    member::check(text.check(true, pointer).map(|wrong| (wrong.pointer, wrong.code)).into_iter().collect())
}
