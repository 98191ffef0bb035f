//! Clinics that are being registered: what an operator sent, what somebody asked for, and how often somebody asked.

use super::{Directory, DirectoryEntry, item_of, key_of};
use crate::error::StoreError;
use crate::records::CountUp;
use crate::vault::link_id_of;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use visage_domain::capability::Secret;
use visage_domain::ids::{ClinicId, LinkId};
use visage_domain::registration::{RegistrationCount, RegistrationRequest};
use visage_domain::retention::{Nothing, Record, RecordClass};

/// A clinic's registration, as an operator sent it: kept, so that one that broke off can be finished at any time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationEntry {
    /// SHA-256 of operator and `Idempotency-Key`, hexadecimal.
    pub request: String,
    /// SHA-256 of the body, hexadecimal: the same key with another body is a mistake of the client.
    pub body: String,
    /// The clinic that it names.
    pub clinic: ClinicId,
    /// Since when.
    pub since: Timestamp,
}

impl Record for RegistrationEntry {
    const TYPE: &'static str = "registration";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

impl DirectoryEntry for RegistrationEntry {
    fn place(&self) -> (String, String) {
        (registration(&self.request), "CLINIC".into())
    }
}

/// The partition of a registration.
fn registration(request: &str) -> String {
    format!("REGISTRATION#{request}")
}

impl DirectoryEntry for RegistrationRequest {
    fn place(&self) -> (String, String) {
        request(self.link)
    }
}

/// The place of a registration that was asked for.
fn request(link: LinkId) -> (String, String) {
    (format!("REGISTRATION_REQUEST#{link}"), "REQUEST".into())
}

impl DirectoryEntry for RegistrationCount {
    fn place(&self) -> (String, String) {
        (format!("REGISTRATION_COUNT#{}", self.address), format!("SINCE#{}", self.since))
    }
}

impl Directory {
    /// The registration that was sent in that request.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn registration(&self, request: &str) -> Result<Option<RegistrationEntry>, StoreError> {
        self.get((registration(request), "CLINIC".into())).await
    }

    /// The registration that was asked for and that a link's secret leads to.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn registration_request(
        &self,
        secret: &Secret,
    ) -> Result<Option<RegistrationRequest>, StoreError> {
        self.get(request(link_id_of(secret))).await
    }

    /// Counts a request to register a clinic; `false` if there were as many as there may be.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn count_registration(&self, first: &RegistrationCount) -> Result<bool, StoreError> {
        let up = CountUp::over(item_of(first)?, "requests", first.counted.most());
        up.send((&self.client, &self.table), key_of(first.place()), &self.calls).await
    }
}
