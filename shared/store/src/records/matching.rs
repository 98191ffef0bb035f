//! Finding likely the same patient, and what was decided about it.

use super::entity::Home;
use super::query::Found;
use super::{Records, keys};
use crate::error::StoreError;
use crate::vault::{DataKey, Mac};
use jiff::Timestamp;
use visage_domain::ids::{MatchId, PatientId};
use visage_domain::matching::{MatchEntry, match_values};
use visage_domain::patient::Identity;
use visage_domain::scope::Scope;

/// The index items of a patient, under the clinic's key: at most two.
pub fn match_entries(
    clinic_key: &DataKey,
    identity: &Identity,
    patient: PatientId,
    since: Timestamp,
) -> Vec<MatchEntry> {
    let entry = |(field, values): (_, [String; 2])| {
        let matching = Mac::match_id(clinic_key, field, &values);
        MatchEntry { matching, field, patient, since }
    };
    match_values(identity).into_iter().map(entry).collect()
}

impl Records {
    /// The patients who share a birth date and contact, strongly consistent, in one query (one page unless they pass 1 MB,
    /// which is some thousands).
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn sharing<P>(
        &self,
        scope: &Scope<P>,
        matching: MatchId,
    ) -> Result<Vec<MatchEntry>, StoreError> {
        let partition = Home::Match(matching).partition(scope.clinic());
        let entries = self.under(partition, String::new()).await?.take_all::<MatchEntry>()?;
        Ok(entries.into_iter().map(|stored| stored.record).collect())
    }

    /// A patient's visits, and the decisions about who else is the same person; strongly consistent, in one query.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn links<P>(&self, scope: &Scope<P>, patient: PatientId) -> Result<Found, StoreError> {
        self.under(Home::Patient(patient).partition(scope.clinic()), keys::LINKS.to_owned()).await
    }
}
