//! Names of staff, for those who read who did what.

use std::collections::{BTreeSet, HashMap};
use visage_domain::ids::StaffId;
use visage_domain::permission::Permission;
use visage_domain::staff::Staff as Member;
use visage_platform::{Problem, Staff};
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

/// The names of up to 100 members of the caller's clinic, in one call; none if nobody is asked for.
pub(crate) async fn names_of<P: Permission>(
    records: &Records,
    vault: &Vault,
    caller: &Staff<P>,
    staff: BTreeSet<StaffId>,
) -> Result<HashMap<StaffId, String>, Problem> {
    let found = records.get_each(&caller.scope, staff.into_iter().take(100).map(keys::staff)).await?;
    if found.is_empty() {
        return Ok(HashMap::new());
    }
    let key = vault.unwrap_key(&caller.scope, &caller.clinic.key, Subject::Clinic).await?;
    let name = |member: Stored<Member>| Ok((member.record.staff, member.open(&key)?.name));
    found.into_iter().map(name).collect()
}
