//! Vendors: no patient's data goes to one whose agreement and approval aren't on record.

use crate::ids::OperatorId;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// The vendors that the platform has an adapter for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorName {
    /// Amazon Rekognition: photo analysis.
    Rekognition,
    /// Amazon SNS: text messages.
    Sns,
    /// Amazon SES: e-mail.
    Ses,
}

impl VendorName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rekognition, Self::Sns, Self::Ses];

    /// The name in addresses and keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rekognition => "rekognition",
            Self::Sns => "sns",
            Self::Ses => "ses",
        }
    }

    /// The vendor with that name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.code() == code)
    }
}

/// What is on record about a vendor (45 CFR 164.502(e)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendor {
    /// Which.
    pub vendor: VendorName,
    /// When the business associate agreement was signed; none: there is none.
    pub baa_signed_on: Option<Date>,
    /// Whether the vendor was approved to see PHI.
    pub phi_approved: bool,
    /// Who recorded this.
    pub recorded_by: OperatorId,
    /// When.
    pub recorded_at: Timestamp,
}

impl Vendor {
    /// Whether a patient's data may go there.
    pub const fn may_see_phi(&self) -> bool {
        self.phi_approved && self.baa_signed_on.is_some()
    }
}

impl Record for Vendor {
    const TYPE: &'static str = "vendor";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.recorded_at
    }
}
