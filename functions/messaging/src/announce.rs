//! The sweeper's part in vendors and alerts: how vendors stand is counted, what changed of them announced to every clinic, and
//! alerts that the stream lost are handed over.

use crate::relay_outbox::Waiting;
use crate::sweep_outbox::{Key, Look, SweepOutbox};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use visage_domain::alert::{Alert, AlertMessage};
use visage_domain::outbox::SWEEP_INTERVAL;
use visage_domain::retention::Record;
use visage_domain::vendor::{Vendor, VendorName};
use visage_platform::{Audited, Event, Occasion, Trail};
use visage_store::records::CommitError;

/// How many of a clinic's alerts a run looks at: there are a few in a year.
const MOST: i32 = 100;

/// How the vendors stand, the one that all runs on among them.
pub(crate) fn standing_of(vendors: &[Vendor], today: Date) -> Result<Event, Error> {
    let count = |those: &dyn Fn(VendorName) -> bool| {
        u32::try_from(VendorName::ALL.into_iter().filter(|name| those(*name)).count())
    };
    let of = |name| vendors.iter().find(|it| it.vendor == name);
    let not_cleared = count(&|name| of(name).is_none_or(|it| !it.is_cleared(today)))?;
    let due = count(&|name| of(name).is_some_and(|it| it.is_due(today)))?;
    Ok(Event::Vendors { not_cleared, due })
}

impl SweepOutbox {
    /// Tells every clinic that was there of the vendors' changes. They count as told once every clinic has its alert: a run that breaks off
    /// is followed by one that finds some there already.
    pub(crate) async fn announce(&self, vendors: &[Vendor], occasion: &Occasion<'_>) -> Result<(), Error> {
        let news: Vec<_> = vendors.iter().filter(|vendor| vendor.is_news()).collect();
        if news.is_empty() {
            return Ok(());
        }
        let alert = |vendor: &&Vendor| (vendor.changed_at, Alert::of_vendor(vendor, occasion.now));
        let alerts = news.iter().map(alert).collect();
        let (_, failed) = self.sweep(Look::News(alerts), occasion).await?;
        failed.map_or(Ok(()), Err)?;
        for vendor in news {
            self.directory.announced(vendor, occasion.now).await?;
        }
        Ok(())
    }

    /// Makes a clinic's alert; it may be there already.
    pub(crate) async fn tell(&self, scope: &Key, alert: &Alert, trail: &Trail) -> Result<(), Error> {
        let transaction =
            self.records.transaction(scope, &*self.entropy).create_unsealed(Alert::TYPE, alert)?;
        let trail = trail.clone().regarding(format!("alert={};event={}", alert.alert, alert.event.code()));
        let made: Result<Audited<()>, _> = trail.commit(transaction).await;
        match made {
            Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Hands over the alerts that wait for longer than they should and whose turn it is; answers how many.
    pub(crate) async fn relay_alerts(
        &self,
        scope: &Key,
        now: Timestamp,
        is_due: impl Fn(SignedDuration) -> bool,
    ) -> Result<usize, Error> {
        let until = now.checked_sub(SWEEP_INTERVAL)?;
        let mut alerts = self.records.waiting_alerts(scope, until, MOST).await?;
        alerts.retain(|(made_at, _)| is_due(now.duration_since(*made_at)));
        for &(_, alert) in &alerts {
            let message = AlertMessage { clinic: scope.clinic(), alert };
            self.desks.hand_over(Waiting::Alert(message)).await?;
        }
        Ok(alerts.len())
    }
}
