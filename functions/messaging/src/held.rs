//! Hands over notices that were held back for what the clinic or the operators mended since: a closed clinic, a vendor that
//! wasn't cleared, codes that had no way.
//!
//! Nothing is written here either. The sender looks at each anew, and takes it or leaves it held back.

use crate::sweep_outbox::{Key, MOST_OF_A_CLINIC, MOST_PAGES, PAGE, SweepOutbox};
use jiff::Timestamp;
use jiff::civil::Date;
use lambda_runtime::Error;
use visage_domain::clinic::Clinic;
use visage_domain::outbox::{Channel, HELD_FOR, OutboxItem, Task};
use visage_domain::vendor::{Vendor, VendorName};
use visage_store::records::{Order, OutboxQueue, keys};

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
            vendors.iter().any(|it| it.vendor == name && it.lacks(today).is_empty())
        };
        Self { sms: may_bring(Channel::Sms), email: may_bring(Channel::Email) }
    }

    const fn may_bring(self, channel: Channel) -> bool {
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
        let oldest = now.checked_sub(HELD_FOR)?;
        let (mut released, mut cursor, mut clinic) = (0, None, None);
        for _ in 0..MOST_PAGES {
            let newest = (OutboxQueue::Suppressed, Order::NewestFirst);
            let page = self.records.outbox(scope, newest, (oldest, now), PAGE, cursor.as_deref()).await?;
            let held: Vec<_> = page.entries.iter().filter(|item| item.hold(now).is_some()).collect();
            if clinic.is_none() && !held.is_empty() {
                clinic = self.records.get(scope, keys::clinic()).await?.map(|stored| stored.record);
            }
            let may_go = |item: &&OutboxItem| {
                clinic.as_ref().is_some_and(|clinic| carriers.may_take(item, clinic, now))
            };
            let due: Vec<_> = held.into_iter().filter(may_go).take(MOST_OF_A_CLINIC - released).collect();
            self.hand_over(scope, &due).await?;
            released += due.len();
            cursor = page.next;
            if cursor.is_none() || released == MOST_OF_A_CLINIC {
                break;
            }
        }
        Ok(released)
    }
}
