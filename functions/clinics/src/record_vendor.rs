//! Records what is known of a vendor: agreement, approval, review, attestations. Without them no patient's data goes there.
//! Of what changed the sweeper tells every clinic's owners (`sweep_outbox`).

use crate::list_vendors::Shown;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::clock::utc_day;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::vendor::{Attestation, Vendor, VendorName};
use visage_platform::problem::FieldProblem;
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

/// What is to be on record: all of it, in place of what was.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// When the business associate agreement was signed; none: there is none.
    baa_signed_on: Option<Date>,
    /// Whether the vendor is approved to handle PHI.
    phi_approved: bool,
    /// When its risks were last reviewed. A review counts for a year.
    reviewed_on: Option<Date>,
    /// Since when it may not learn from what it is shown, by the organization's opt-out policy.
    learning_opt_out_on: Option<Date>,
    /// What auditors attest it, each standard once.
    attestations: Vec<Attestation>,
}

impl Input {
    /// Every field that can't be true on `today`.
    fn wrong(&self, today: Date) -> Vec<FieldProblem> {
        let days = [
            (self.baa_signed_on, "/baaSignedOn"),
            (self.reviewed_on, "/reviewedOn"),
            (self.learning_opt_out_on, "/learningOptOutOn"),
        ];
        let ahead = days.into_iter().filter(|(day, _)| day.is_some_and(|day| day > today));
        let mut wrong: Vec<_> = ahead.map(|(_, pointer)| FieldProblem::new(pointer, "in_future")).collect();
        for (index, it) in self.attestations.iter().enumerate() {
            if self.attestations[..index].iter().any(|earlier| earlier.standard == it.standard) {
                wrong.push(FieldProblem::new(format!("/attestations/{index}/standard"), "given_twice"));
            }
        }
        wrong
    }
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
        problems: &[Problem::invalid_fields(), Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Shown::FIELDS;
    type Caller = Operator<permission::RecordVendor>;
    type Path = Path;
    type Input = Input;
    type Output = Shown;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { directory: setup.directory()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Shown>>, Problem> {
        let name = VendorName::from_code(&call.path.vendor).ok_or_else(Problem::not_found)?;
        let (input, today) = (call.input, utc_day(call.now));
        let wrong = input.wrong(today);
        if !wrong.is_empty() {
            return Err(Problem::invalid_fields().with_errors(wrong));
        }
        let Input { baa_signed_on, phi_approved, reviewed_on, learning_opt_out_on, attestations } = input;
        let vendor = Vendor {
            vendor: name,
            baa_signed_on,
            phi_approved,
            reviewed_on,
            learning_opt_out_on,
            attestations,
            recorded_by: call.caller.operator,
            recorded_at: call.now,
            changed_at: call.now,
            announced_at: None,
        };
        let earlier = self.directory.vendor(name).await?;
        let vendor = vendor.following(earlier.as_ref());
        // The entry first: what is on record about a vendor must never be without one.
        let audited = call.trail.after(vec![told(&vendor)], ()).await?;
        if !self.directory.record_vendor(&vendor, earlier.as_ref()).await? {
            return Err(Problem::conflict());
        }
        let shown = Shown::of(name, Some(&vendor), today);
        Ok(audited.map(|()| Reply::new(shown)))
    }
}

/// What the log says of it.
fn told(vendor: &Vendor) -> String {
    let day = |day: Option<Date>| day.map_or_else(|| "none".to_owned(), |day| day.to_string());
    let attested = vendor.attestations.iter().map(|it| format!("{}:{}", it.standard.code(), it.valid_until));
    format!(
        "{};baa_signed_on={};phi_approved={};reviewed_on={};learning_opt_out_on={};attestations={}",
        vendor.vendor.code(),
        day(vendor.baa_signed_on),
        vendor.phi_approved,
        day(vendor.reviewed_on),
        day(vendor.learning_opt_out_on),
        attested.collect::<Vec<_>>().join(","),
    )
}
