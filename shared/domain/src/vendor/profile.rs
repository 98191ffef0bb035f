//! What each vendor does here and gets to see: what the public list of them says.

use super::{Standard, VendorName};
use schemars::JsonSchema;
use serde::Serialize;

/// What a vendor does for the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// It runs the platform: computing, storage, keys, sign-in.
    Hosting,
    /// It finds faces in photographs, and what isn't to be shown to everybody.
    PhotoAnalysis,
    /// It brings text messages.
    TextMessages,
    /// It brings e-mail.
    Email,
}

/// A kind of data that a vendor handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// All records, photographs and reports, encrypted, and in the memory of what works on them.
    AllRecords,
    /// Names and e-mail addresses of staff and operators, and their second factors.
    StaffAccounts,
    /// Photographs of faces and bodies, without name, time or place.
    Photographs,
    /// Telephone numbers.
    PhoneNumbers,
    /// E-mail addresses.
    EmailAddresses,
    /// The texts of messages: the clinic's name and address, and a link or a code; nothing of health.
    MessageTexts,
}

/// What is true of a vendor as long as the code is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The company that the contract is with.
    pub company: &'static str,
    /// What its product is called.
    pub product: &'static str,
    /// What it does for us.
    pub service: Service,
    /// What it handles.
    pub data: &'static [DataClass],
    /// Where, by ISO 3166-1.
    pub country: &'static str,
    /// What auditors have to attest it.
    pub needs: &'static [Standard],
    /// Whether it keeps what it is shown to make its models better, unless it is told not to.
    pub could_learn: bool,
}

impl VendorName {
    /// What is true of it.
    pub fn profile(self) -> Profile {
        let aws = |product, service, data, could_learn| Profile {
            company: "Amazon Web Services, Inc.",
            product,
            service,
            data,
            country: "US",
            needs: &[Standard::Soc2],
            could_learn,
        };
        match self {
            Self::Aws => aws(
                "Amazon Web Services",
                Service::Hosting,
                &[DataClass::AllRecords, DataClass::StaffAccounts],
                false,
            ),
            Self::Rekognition => {
                aws("Amazon Rekognition", Service::PhotoAnalysis, &[DataClass::Photographs], true)
            }
            Self::Sns => aws(
                "Amazon Simple Notification Service",
                Service::TextMessages,
                &[DataClass::PhoneNumbers, DataClass::MessageTexts],
                false,
            ),
            Self::Ses => aws(
                "Amazon Simple Email Service",
                Service::Email,
                &[DataClass::EmailAddresses, DataClass::MessageTexts],
                false,
            ),
        }
    }
}
