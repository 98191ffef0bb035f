//! Alerts that are still to be sent.

use super::outbox::Order;
use super::{Records, places};
use crate::error::StoreError;
use jiff::Timestamp;
use visage_domain::ids::AlertId;
use visage_domain::scope::Scope;

impl Records {
    /// The clinic's newest alerts, `limit` at most, that were made by `until` and are still to be sent, with the instant that
    /// each was made at: the index knows no more of them. Eventually consistent, as every index is.
    ///
    /// # Errors
    /// If the index can't be read.
    pub async fn waiting_alerts<P>(
        &self,
        scope: &Scope<P>,
        until: Timestamp,
        limit: i32,
    ) -> Result<Vec<(Timestamp, AlertId)>, StoreError> {
        self.waiting(scope, (places::ALERTS, Order::NewestFirst), until, limit).await
    }
}
