//! Patients' keys by the branch key that wraps them.

use super::Records;
use super::entity::IndexName;
use super::item::Item;
use super::places::{PATIENT_KEYS, branch_sort};
use crate::error::{DYNAMODB, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use visage_domain::ids::PatientId;
use visage_domain::scope::Scope;

impl Records {
    /// Up to `limit` patients of the scope's clinic whose keys are wrapped by a branch key before `version`, those under the
    /// oldest first. From an index: what was wrapped or destroyed just now may be missing, or still be there.
    ///
    /// # Errors
    /// If the index can't be read.
    pub async fn keyed_before<P>(
        &self,
        scope: &Scope<P>,
        version: u32,
        limit: i32,
    ) -> Result<Vec<PatientId>, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(IndexName::Due.name())
            .key_condition_expression("due_pk = :pk AND due_sk < :version")
            .expression_attribute_values(
                ":pk",
                AttributeValue::S(format!("C#{}#{PATIENT_KEYS}", scope.clinic())),
            )
            .expression_attribute_values(":version", AttributeValue::S(branch_sort(version)))
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(page.consumed_capacity);
        let patient = |item: &Item| {
            let (_, patient) = item.get("due_sk")?.as_s().ok()?.split_once('#')?;
            patient.parse().ok()
        };
        let patients = page.items.iter().flatten().map(patient).collect::<Option<_>>();
        patients.ok_or(StoreError::Corrupt { what: "place of a patient's key" })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::records::Entity;
    use jiff::Timestamp;
    use visage_domain::keys::{PatientKey, WrappedKey};

    fn place(version: u32) -> String {
        let key = WrappedKey { branch: version, wrapped: String::new() };
        let patient = PatientId::from_bits([0xff; 16]);
        let record = PatientKey { patient, key, created_at: Timestamp::UNIX_EPOCH };
        record.indexes().pop().unwrap().sort
    }

    #[test]
    fn before_a_version_stands_what_an_older_one_wraps_and_nothing_else() {
        for version in [2, 10, 100] {
            assert!(place(version - 1) < branch_sort(version), "{version}");
            assert!(place(version) > branch_sort(version), "{version}");
            assert!(place(version + 1) > branch_sort(version), "{version}");
        }
    }
}
