//! Records what a vendor is approved for. Without agreement and approval no patient's data goes there.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::permission;
use visage_domain::vendor::{Vendor, VendorName};
use visage_platform::{Audited, Call, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::directory::Directory;

/// The operation.
#[derive(Debug)]
pub struct RecordVendor {
    directory: Directory,
}

/// Which vendor.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Path {
    vendor: String,
}

/// What is to be on record.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// When the business associate agreement was signed; none: there is none.
    baa_signed_on: Option<Date>,
    /// Whether the vendor is approved to see PHI.
    phi_approved: bool,
}

/// What is on record now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    vendor: &'static str,
    may_see_phi: bool,
}

impl Operation for RecordVendor {
    const INFO: Info = Info {
        name: "record_vendor",
        method: "PUT",
        path: "/v1/vendors/{vendor}",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 4_096,
        background: false,
        phi: false,
        changes: true,
        problems: &[],
        headers: &[],
    };
    type Caller = Operator<permission::RecordVendor>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { directory: setup.directory()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let name = VendorName::from_code(&call.path.vendor).ok_or_else(Problem::not_found)?;
        let vendor = Vendor {
            vendor: name,
            baa_signed_on: call.input.baa_signed_on,
            phi_approved: call.input.phi_approved,
            recorded_by: call.caller.operator,
            recorded_at: call.now,
        };
        // The entry first: what is on record about a vendor must never be without one.
        let change = format!(
            "{};baa_signed_on={};phi_approved={}",
            name.code(),
            vendor.baa_signed_on.map_or_else(|| "none".to_owned(), |date| date.to_string()),
            vendor.phi_approved
        );
        let audited = call.trail.after(vec![change], ()).await?;
        self.directory.set(&vendor).await?;
        let output = Output { vendor: name.code(), may_see_phi: vendor.may_see_phi() };
        Ok(audited.map(|()| Reply::new(output)))
    }
}
