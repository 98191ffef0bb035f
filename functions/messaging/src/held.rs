//! Hands over notices that were held back for what the clinic or the operators mended since: a closed clinic, a vendor that
//! wasn't cleared, codes that had no way.
//!
//! Nothing is written here either. The sender looks at each anew, and takes it or leaves it held back.

use crate::sweep_outbox::{Key, SweepOutbox};
use jiff::Timestamp;
use jiff::civil::Date;
use lambda_runtime::Error;
use visage_domain::clinic::Clinic;
use visage_domain::outbox::{Channel, HELD_FOR, OutboxItem, Task};
use visage_domain::vendor::{Vendor, VendorName};
use visage_store::records::{OutboxQueue, keys};

/// The vendors that may bring a patient something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carriers {
    sms: bool,
    email: bool,
}

impl Carriers {
    /// Those of `vendors` that are cleared `today`.
    pub(crate) fn among(vendors: &[Vendor], today: Date) -> Self {
        let may_bring = |channel| {
            let name = VendorName::that_brings(channel);
            vendors.iter().any(|it| it.vendor == name && it.is_cleared(today))
        };
        Self { sms: may_bring(Channel::Sms), email: may_bring(Channel::Email) }
    }

    pub(crate) const fn may_bring(self, channel: Channel) -> bool {
        match channel {
            Channel::Sms => self.sms,
            Channel::Email => self.email,
        }
    }

    /// Whether what held `item` back is over.
    fn may_take(self, item: &OutboxItem, clinic: &Clinic, now: Timestamp) -> bool {
        let Task::Notice { channel, .. } = item.task else { return false };
        item.is_released(clinic, self.may_bring(channel), now)
    }
}

impl SweepOutbox {
    /// Hands over what of a clinic's may go now; answers how much that was.
    pub(crate) async fn release(
        &self,
        scope: &Key,
        carriers: Carriers,
        now: Timestamp,
    ) -> Result<usize, Error> {
        let Some(clinic) = self.records.get(scope, keys::clinic()).await? else { return Ok(0) };
        let since = (now.checked_sub(HELD_FOR)?, now);
        let may_go = |item: &OutboxItem| carriers.may_take(item, &clinic.record, now);
        self.hand_over_of(scope, OutboxQueue::Suppressed, since, may_go).await
    }
}
