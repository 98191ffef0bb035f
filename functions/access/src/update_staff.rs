//! Changes what somebody is called, does and is licensed for. It holds from their next request on.

use crate::member::{self, Path, Shown, another_owner};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::{Staff as Member, StaffChange, StaffDetails};
use visage_platform::operation::check_version;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records};
use visage_store::vault::{Subject, Vault};

/// What a transaction calls the owner who stays.
const OWNER: &str = "owner";

/// The operation.
pub struct UpdateStaff {
    records: Records,
    vault: Vault,
    setup: Setup,
}

impl Operation for UpdateStaff {
    const INFO: Info = Info {
        name: "update_staff",
        method: "PUT",
        path: "/v1/staff/{staff}",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 8 * 1024,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::invalid_fields(), Problem::last_owner(), Problem::left(), Problem::conflict()],
        headers: &[Header::IfMatch, Header::ETag],
    };
    const FIELDS: &'static [Field] = Shown::FIELDS;
    type Caller = Staff<permission::UpdateStaff>;
    type Path = Path;
    type Input = StaffChange;
    type Output = Shown;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, mut call: Call<Self>) -> Result<Audited<Reply<Shown>>, Problem> {
        member::check(call.input.tidy())?;
        let Staff { scope, clinic, .. } = &call.caller;
        let (stored, key) = tokio::join!(
            member::read(&self.records, scope, call.path.staff),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (stored, key) = (stored?, key?);
        member::check_stays(&stored.record)?;
        check_version(call.if_match.as_deref(), stored.version)?;
        let StaffChange { name, credential, roles, licences } = call.input;
        let details = StaffDetails { name, credential, email: stored.open(&key)?.email };
        let record = Member { roles, licences, ..stored.record.clone() };
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy).replace_sealed(
            Member::TYPE,
            &stored,
            &record,
            &details,
            &key,
        )?;
        if stored.record.is_active_owner() && !record.is_active_owner() {
            let owner = another_owner(&self.records, &call.caller, record.staff).await?;
            transaction = transaction.require(OWNER, &owner)?;
        }
        let version = stored.version + 1;
        match call.trail.regarding(record.summary()).commit(transaction).await {
            Ok(audited) => {
                let shown = Shown::of(record, details, version, clinic, call.now);
                Ok(audited.map(|()| Reply::new(shown).with_etag(version)))
            }
            Err(CommitError::Conflict(OWNER)) => Err(Problem::conflict()),
            Err(CommitError::Conflict(_)) => Err(Problem::changed_meanwhile()),
            Err(error) => Err(error.into()),
        }
    }
}
