//! The vendors: what each does for the platform and gets to see, and what is on record about it. Public, as every clinic and
//! every patient may ask.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::clock::utc_day;
use visage_domain::fields::{Field, shown};
use visage_domain::permission;
use visage_domain::vendor::{Attestation, DataClass, Lack, Profile, Service, Vendor, VendorName};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Visitor};
use visage_store::directory::Directory;

/// The operation.
#[derive(Debug)]
pub struct ListVendors {
    directory: Directory,
}

/// All of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    vendors: Vec<Shown>,
}

/// A vendor.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    vendor: VendorName,
    /// The company that the contract is with.
    company: &'static str,
    product: &'static str,
    service: Service,
    /// What it handles.
    data: Vec<DataClass>,
    /// Where, by ISO 3166-1.
    country: &'static str,
    /// What is on record about it. An adapter calls no vendor of which nothing is.
    on_record: Option<OnRecord>,
}

/// What is on record about a vendor.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OnRecord {
    /// When the business associate agreement was signed.
    baa_signed_on: Option<Date>,
    /// Whether it was approved to handle PHI.
    phi_approved: bool,
    /// When its risks were last reviewed.
    reviewed_on: Option<Date>,
    /// Since when it may not learn from what it is shown.
    learning_opt_out_on: Option<Date>,
    /// What auditors attest it.
    attestations: Vec<Attestation>,
    /// What it lacks today. An adapter calls no vendor that lacks anything.
    lacks: Vec<Lack>,
    /// The last day on which it lacks nothing that ends, if nothing new is put on record.
    cleared_until: Option<Date>,
    /// Since when this is on record. Every clinic's owners are told of a change.
    changed_at: Timestamp,
}

impl OnRecord {
    const FIELDS: &'static [Field] = &[
        shown("baaSignedOn"),
        shown("phiApproved"),
        shown("reviewedOn"),
        shown("learningOptOutOn"),
        shown("attestations").of(&[shown("standard"), shown("validUntil")]),
        shown("lacks"),
        shown("clearedUntil"),
        shown("changedAt"),
    ];
}

impl Shown {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("vendor"),
        shown("company"),
        shown("product"),
        shown("service"),
        shown("data"),
        shown("country"),
        shown("onRecord").of(OnRecord::FIELDS),
    ];

    /// How `vendor` stands on `today`, by what is on record.
    pub(crate) fn of(vendor: VendorName, on_record: Option<&Vendor>, today: Date) -> Self {
        let Profile { company, product, service, data, country, .. } = vendor.profile();
        let on_record = on_record.map(|it| OnRecord {
            baa_signed_on: it.baa_signed_on,
            phi_approved: it.phi_approved,
            reviewed_on: it.reviewed_on,
            learning_opt_out_on: it.learning_opt_out_on,
            attestations: it.attestations.clone(),
            lacks: it.lacks(today),
            cleared_until: it.cleared_until(),
            changed_at: it.changed_at,
        });
        Self { vendor, company, product, service, data: data.to_vec(), country, on_record }
    }
}

impl Operation for ListVendors {
    const INFO: Info = Info {
        name: "list_vendors",
        method: "GET",
        path: "/v1/vendors",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("vendors").of(Shown::FIELDS)];
    type Caller = Visitor<permission::ListVendors>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { directory: setup.directory()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (on_record, today) = (self.directory.vendors().await?, utc_day(call.now));
        let shown = |name| Shown::of(name, on_record.iter().find(|it| it.vendor == name), today);
        let vendors = VendorName::ALL.into_iter().map(shown).collect();
        Ok(call.trail.public(&call.caller, Reply::new(Output { vendors })))
    }
}
