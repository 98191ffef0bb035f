//! What is on record about vendors.

use super::entries::{self, VENDORS};
use super::{Condition, Directory, DirectoryEntry, key_of};
use crate::error::{StoreError, held};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use visage_domain::vendor::{Vendor, VendorName};

impl Directory {
    /// What is on record about a vendor.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn vendor(&self, vendor: VendorName) -> Result<Option<Vendor>, StoreError> {
        self.get(entries::vendor(vendor)).await
    }

    /// What is on record about all vendors: few enough for one page.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn vendors(&self) -> Result<Vec<Vendor>, StoreError> {
        Ok(self.page(VENDORS, None).await?.0)
    }

    /// Notes that the clinics were told of a vendor's last change. If it changed again meanwhile, they are yet to be told.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn announced(&self, vendor: &Vendor, at: Timestamp) -> Result<(), StoreError> {
        let note = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_of(vendor.place())))
            .update_expression("SET announced_at = :at, changed_at = :changed_at")
            // Of one that was recorded before changes were, nothing says when it changed.
            .condition_expression("attribute_not_exists(changed_at) OR changed_at = :changed_at")
            .expression_attribute_values(":at", AttributeValue::S(at.to_string()))
            .expression_attribute_values(":changed_at", AttributeValue::S(vendor.changed_at.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if let Some(noted) = held(note.send().await)? {
            self.calls.wrote(noted.consumed_capacity);
        }
        Ok(())
    }

    /// Writes what is on record about a vendor, in place of `earlier`; `false` if that isn't what is there.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn record_vendor(&self, vendor: &Vendor, earlier: Option<&Vendor>) -> Result<bool, StoreError> {
        match earlier {
            None => self.add(vendor).await,
            Some(earlier) => {
                let unchanged = Condition::comparing("#it = :it", "recorded_at", earlier)?;
                self.put(vendor, Some(unchanged)).await
            }
        }
    }
}
