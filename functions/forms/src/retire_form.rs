//! Takes a version of the form out of use. Intakes that were started on it are still answered on it.
//!
//! Retiring the current version closes the clinic's intake until another is published: no earlier one comes back by
//! itself, for its consents may be what it was retired for. A retirement is final and creates nothing, so that a second
//! click needs no key: it finds it done.

use crate::standing::{Path, known};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::form_version::{FormStanding, Retirement};
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};

/// The operation.
pub struct RetireForm {
    records: Records,
    setup: Setup,
}

/// The retired version.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    version: u32,
    retired_at: Timestamp,
    /// Whether patients can start intakes: not, if it was the current version.
    open: bool,
}

impl Operation for RetireForm {
    const INFO: Info = Info {
        name: "retire_form",
        method: "POST",
        path: "/v1/forms/{version}/retirement",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 1_024,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("version"), shown("retiredAt"), shown("open")];
    type Caller = Staff<permission::RetireForm>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, version) = (&call.caller.scope, call.path.version);
        // In this order: a version that is being published would else be retired and stay in force.
        let standing = known(&self.records, scope, version).await?;
        let current = self.records.get(scope, keys::current_form()).await?;
        if let Some(Retirement { at, .. }) = standing.record.retired {
            let output = Output { version, retired_at: at, open: current.is_some() };
            return call.trail.after(Vec::new(), Reply::new(output)).await;
        }
        let retired = Retirement { by: call.caller.staff.record.staff, at: call.now };
        let record = FormStanding { retired: Some(retired), ..standing.record.clone() };
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy).replace(
            "form_standing",
            &standing,
            &record,
        )?;
        let mut open = current.is_some();
        if let Some(current) = current.filter(|current| current.record.version == version) {
            transaction = transaction.delete("current_form", &current)?;
            open = false;
        }
        let audited = call.trail.commit(transaction).await?;
        Ok(audited.map(|()| Reply::new(Output { version, retired_at: call.now, open })))
    }
}
