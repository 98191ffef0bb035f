//! Who works at a clinic, and their sessions.

use super::entity::{Home, IndexName};
use super::item::{Item, Stored};
use super::query::version_value;
use super::read::key_item;
use super::transaction::{Transaction, UNCHANGED};
use super::{Records, keys, places};
use crate::error::{DYNAMODB, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, TransactWriteItem, Update};
use jiff::Timestamp;
use visage_domain::ids::StaffId;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::session::Session;
use visage_domain::staff::{MfaReset, Staff, StaffStatus};

impl<P> Transaction<'_, P> {
    /// Goes through only if a membership is as it was read, and notes that its user signs in at `now`. To whoever changes the
    /// membership that is no change: a version that an owner looked at is the one that it was.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn note_sign_in(
        self,
        label: &'static str,
        stored: &Stored<Staff>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (name, version) = version_value(stored.version);
        let update = Update::builder()
            .table_name(self.table())
            .set_key(Some(key_item(self.scope.clinic(), &keys::staff(stored.record.staff))))
            .update_expression("SET last_sign_in_at = :now")
            .condition_expression(UNCHANGED)
            .expression_attribute_values(name, version)
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .build()
            .map_err(|_| StoreError::Corrupt { what: Staff::TYPE })?;
        Ok(self.push(label, TransactWriteItem::builder().update(update).build()))
    }
}

/// Most records that one call brings.
const AT_ONCE: usize = 100;

impl Records {
    /// All who may work at the scope's clinic.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn members<P>(&self, scope: &Scope<P>) -> Result<Vec<Stored<Staff>>, StoreError> {
        self.staff_of(scope, StaffStatus::Active).await
    }

    /// All users of the scope's clinic with that status: who they are from an index, and then, strongly consistent, what
    /// holds of each. Whose status has just changed may be missing or have the one that it has now.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn staff_of<P>(
        &self,
        scope: &Scope<P>,
        status: StaffStatus,
    ) -> Result<Vec<Stored<Staff>>, StoreError> {
        self.staff_each(scope, &self.staff_ids(scope, status).await?).await
    }

    /// Those of these users of the scope's clinic that there are, strongly consistent, in no particular order.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn staff_each<P>(
        &self,
        scope: &Scope<P>,
        ids: &[StaffId],
    ) -> Result<Vec<Stored<Staff>>, StoreError> {
        let mut staff = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            staff.extend(self.get_each(scope, some.iter().copied().map(keys::staff)).await?);
        }
        Ok(staff)
    }

    /// All users of the scope's clinic with that status, from an index. Whose status has just changed may be missing.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn staff_ids<P>(
        &self,
        scope: &Scope<P>,
        status: StaffStatus,
    ) -> Result<Vec<StaffId>, StoreError> {
        let name = IndexName::Assigned.name();
        let partition = format!("C#{}#{}", scope.clinic(), places::STAFF);
        let prefix = places::staff_prefix(status);
        let id = |item: &Item| {
            let sort = item.get(&format!("{name}_sk"))?.as_s().ok()?;
            sort.strip_prefix(&prefix)?.parse::<StaffId>().ok()
        };
        let (mut ids, mut start) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(name)
                .key_condition_expression(format!("{name}_pk = :pk AND begins_with({name}_sk, :status)"))
                .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
                .expression_attribute_values(":status", AttributeValue::S(prefix.clone()))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk(DYNAMODB, &error))?;
            self.calls.read(page.consumed_capacity);
            ids.extend(page.items.unwrap_or_default().iter().filter_map(id));
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(ids);
            }
        }
    }

    /// What was asked for to reset the authenticators of these users of the scope's clinic, strongly consistent; some may be
    /// over.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn mfa_resets<P>(
        &self,
        scope: &Scope<P>,
        staff: &[StaffId],
    ) -> Result<Vec<Stored<MfaReset>>, StoreError> {
        let mut resets = Vec::new();
        for some in staff.chunks(AT_ONCE) {
            resets.extend(self.get_each(scope, some.iter().copied().map(keys::mfa_reset)).await?);
        }
        Ok(resets)
    }

    /// The sessions of a user of the scope's clinic that are stored, strongly consistent; some may be over.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn sessions<P>(
        &self,
        scope: &Scope<P>,
        staff: StaffId,
    ) -> Result<Vec<Stored<Session>>, StoreError> {
        let partition = Home::Staff(staff).partition(scope.clinic());
        self.under(partition, keys::SESSIONS.into()).await?.take_all()
    }
}
