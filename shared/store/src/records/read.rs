//! Single reads, and those of the gate, which come before anyone was found allowed.

use super::entity::{Entity, Key};
use super::item::{Item, PK, SK, Stored, from_item};
use super::query::Found;
use super::{Records, keys};
use crate::error::{DYNAMODB, StoreError, held};
use crate::vault::{link_id_of, session_id_of};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use jiff::Timestamp;
use visage_domain::capability::{Capability, SessionToken};
use visage_domain::ids::{ClinicId, IntakeId, PatientId, StaffId};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::session::Session;

/// The key attributes of a record.
pub(super) fn key_item<E>(clinic: ClinicId, key: &Key<E>) -> Item {
    [(PK, key.home.partition(clinic)), (SK, key.sort.clone())]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
        .collect()
}

impl Records {
    /// The record at `key`, strongly consistent.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn get<P, E: Record>(
        &self,
        scope: &Scope<P>,
        key: Key<E>,
    ) -> Result<Option<Stored<E>>, StoreError> {
        self.get_item(scope.clinic(), &key).await
    }

    /// Patients and their keys, of up to 50 patients, in one call.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn patients_with_keys<P>(
        &self,
        scope: &Scope<P>,
        patients: &[PatientId],
    ) -> Result<Found, StoreError> {
        let mut wanted: Vec<Item> = Vec::new();
        for patient in patients {
            for key in [
                key_item(scope.clinic(), &keys::patient(*patient)),
                key_item(scope.clinic(), &keys::patient_key(*patient)),
            ] {
                if !wanted.contains(&key) {
                    wanted.push(key);
                }
            }
        }
        self.batch(wanted).await
    }

    /// Those of up to 100 records that there are, strongly consistent, in one call; in no particular order.
    ///
    /// # Errors
    /// If the table can't be read, or one of them.
    pub async fn get_each<P, E: Record>(
        &self,
        scope: &Scope<P>,
        keys: impl IntoIterator<Item = Key<E>>,
    ) -> Result<Vec<Stored<E>>, StoreError> {
        let mut wanted: Vec<Item> = Vec::new();
        for key in keys {
            let key = key_item(scope.clinic(), &key);
            if !wanted.contains(&key) {
                wanted.push(key);
            }
        }
        self.batch(wanted).await?.take_all()
    }

    async fn get_item<E: Record>(
        &self,
        clinic: ClinicId,
        key: &Key<E>,
    ) -> Result<Option<Stored<E>>, StoreError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_item(clinic, key)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
        self.calls.read(got.consumed_capacity);
        got.item.map(from_item).transpose()
    }

    pub(super) async fn batch(&self, wanted: Vec<Item>) -> Result<Found, StoreError> {
        let mut found = Vec::new();
        let mut wanted = wanted;
        // DynamoDB may leave keys over when it is busy; what remains is asked for again, a few times.
        for _ in 0..4 {
            if wanted.is_empty() {
                break;
            }
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let keys = keys.map_err(|_| StoreError::Corrupt { what: "batch" })?;
            let got = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
            self.calls.read(got.consumed_capacity.unwrap_or_default());
            found.extend(got.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            let left = got.unprocessed_keys.unwrap_or_default().remove(&self.table);
            wanted = left.map(|left| left.keys).unwrap_or_default();
        }
        if wanted.is_empty() {
            Ok(Found(found))
        } else {
            Err(StoreError::Unavailable { service: DYNAMODB, code: "unprocessed keys".into() })
        }
    }
}

/// The reads that decide who is asking. They take what the caller presented, and give back nothing but that.
#[derive(Clone, Debug)]
pub struct GateReads(Records);

impl GateReads {
    /// The gate's view of `records`.
    pub const fn new(records: Records) -> Self {
        Self(records)
    }

    /// Session, membership and clinic that a session token names, and the key of the patient that the path names,
    /// in one strongly consistent call.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn staff(&self, token: &SessionToken, patient: Option<PatientId>) -> Result<Found, StoreError> {
        let clinic = token.clinic;
        let session = keys::session(token.staff, session_id_of(&token.secret));
        let mut wanted = vec![
            key_item(clinic, &session),
            key_item(clinic, &keys::staff(token.staff)),
            key_item(clinic, &keys::clinic()),
        ];
        wanted.extend(patient.map(|patient| key_item(clinic, &keys::patient_key(patient))));
        self.0.batch(wanted).await
    }

    /// Clinic, patient key and intake behind a resume token.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn intake(
        &self,
        clinic: ClinicId,
        patient: PatientId,
        intake: IntakeId,
    ) -> Result<Found, StoreError> {
        let wanted = vec![
            key_item(clinic, &keys::clinic()),
            key_item(clinic, &keys::patient_key(patient)),
            key_item(clinic, &keys::intake(patient, intake)),
        ];
        self.0.batch(wanted).await
    }

    /// Clinic, patient and key behind a patient's link, and the membership that it rests on, if on one.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn recipient(
        &self,
        clinic: ClinicId,
        patient: PatientId,
        staff: Option<StaffId>,
    ) -> Result<Found, StoreError> {
        let mut wanted = vec![
            key_item(clinic, &keys::clinic()),
            key_item(clinic, &keys::patient(patient)),
            key_item(clinic, &keys::patient_key(patient)),
        ];
        wanted.extend(staff.map(|staff| key_item(clinic, &keys::staff(staff))));
        self.0.batch(wanted).await
    }

    /// The record that a capability is filed under.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn capability<E: Record>(
        &self,
        capability: &Capability,
        key: impl FnOnce(visage_domain::ids::LinkId) -> Key<E>,
    ) -> Result<Option<Stored<E>>, StoreError> {
        self.0.get_item(capability.clinic, &key(link_id_of(&capability.secret))).await
    }

    /// Writes a session's activity, unless another request did so meanwhile.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn touch(
        &self,
        clinic: ClinicId,
        session: &Stored<Session>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .0
            .client
            .update_item()
            .table_name(&self.0.table)
            .set_key(Some(key_item(clinic, &session.record.key())))
            .update_expression("SET seen_at = :now")
            .condition_expression("seen_at = :seen")
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .expression_attribute_values(":seen", AttributeValue::S(session.record.seen_at.to_string()));
        held(update.send().await).map(drop)
    }
}
