//! Hands over again what has been pending for five minutes: what the stream lost, and what a queue gave up.
//!
//! Comes by the clock. A piece of work that is handed over twice is done once, by its claim, so nothing is written here.
//! The newest comes first, and what waits for long ever more rarely: only what came in the same minutes stands before a
//! piece of work when its first turn comes, and a pile that can't be done holds up nothing that comes after it.
//! Whose fate stays unknown is counted, clinic by clinic; so are the vendors that nothing may go to, or soon may not.

use crate::relay_outbox::Desks;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use serde::Serialize;
use tokio::task::JoinSet;
use visage_domain::audit::Purpose;
use visage_domain::clock::utc_day;
use visage_domain::ids::ClinicId;
use visage_domain::outbox::{
    CLAIM_GRACE, OutboxItem, OutboxMessage, OutboxState, SWEEP_INTERVAL, is_due_for_sweep,
};
use visage_domain::permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::scope::{Scope, authorize};
use visage_domain::vendor::VendorName;
use visage_platform::telemetry::Event;
use visage_platform::{Errand, Occasion, Setup, SetupError, WorkerInfo};
use visage_store::directory::Directory;
use visage_store::records::OutboxQueue;
use visage_store::records::{Order, Records};

/// How many clinics are looked at at once.
const AT_ONCE: usize = 16;
/// How many pieces of one clinic's work a run hands over at most, and how many at once. What was lost at the same time in
/// greater number has its next turns at 10, 15, 20 and 40 minutes: some 1,000 leave within the hour.
const MOST_OF_A_CLINIC: usize = 200;
const HANDED_OVER_AT_ONCE: usize = 8;
/// How many pages of what is pending a run looks through at most, for one clinic.
const MOST_PAGES: usize = 20;
/// How long what nobody knows of is news.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// Entries of the index per call.
const PAGE: i32 = 500;

type Key = Scope<permission::SweepOutbox>;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    clinics: usize,
    relayed: usize,
    unknown: usize,
    /// Of these, the ones taken within the last day: nothing resolves them by itself, so that only new ones alarm.
    unknown_today: u32,
}

/// The sweeper.
#[derive(Clone, Debug)]
pub struct SweepOutbox {
    records: Records,
    directory: Directory,
    desks: Desks,
}

impl Errand for SweepOutbox {
    const INFO: WorkerInfo = WorkerInfo { name: "sweep_outbox", purpose: Purpose::Operations };
    type Event = serde_json::Value;
    type Outcome = Swept;

    fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, directory: setup.directory()?, desks: Desks::new(setup)? })
    }

    async fn run(&self, _event: Self::Event, occasion: Occasion<'_>) -> Result<Swept, Error> {
        let (swept, failed) = self.sweep(occasion.now).await?;
        tracing::info!(
            request = occasion.request,
            clinics = swept.clinics,
            relayed = swept.relayed,
            unknown = swept.unknown,
            "swept"
        );
        occasion.count(Event::UnknownNotices(swept.unknown_today));
        occasion.count(self.vendors(occasion.now).await?);
        failed.map_or(Ok(swept), Err)
    }
}

impl SweepOutbox {
    /// How the vendors stand, the one that all runs on among them.
    async fn vendors(&self, now: Timestamp) -> Result<Event, Error> {
        let (vendors, today) = (self.directory.vendors().await?, utc_day(now));
        let count = |those: &dyn Fn(VendorName) -> bool| {
            u32::try_from(VendorName::ALL.into_iter().filter(|name| those(*name)).count())
        };
        let of = |name| vendors.iter().find(|it| it.vendor == name);
        let not_cleared = count(&|name| of(name).is_none_or(|it| !it.lacks(today).is_empty()))?;
        let due = count(&|name| of(name).is_some_and(|it| it.is_due(today)))?;
        Ok(Event::Vendors { not_cleared, due })
    }

    /// Sweeps every clinic. One clinic's trouble is no other's: the rest is swept and counted, then the run fails.
    async fn sweep(&self, now: Timestamp) -> Result<(Swept, Option<Error>), Error> {
        let (mut total, mut after, mut failed) = (Swept::default(), None, None);
        loop {
            let (clinics, next) = self.directory.clinics(after).await?;
            for some in clinics.chunks(AT_ONCE) {
                let mut running = JoinSet::new();
                for clinic in some {
                    let (sweeper, clinic) = (self.clone(), *clinic);
                    running.spawn(async move { sweeper.sweep_clinic(clinic, now).await });
                }
                while let Some(done) = running.join_next().await {
                    match done.map_err(Error::from).and_then(|swept| swept) {
                        Ok(swept) => total = total.and(swept),
                        Err(error) => failed = Some(error),
                    }
                }
            }
            after = next;
            if after.is_none() {
                return Ok((total, failed));
            }
        }
    }

    async fn sweep_clinic(&self, clinic: ClinicId, now: Timestamp) -> Result<Swept, Error> {
        let actor = Actor::Function { name: Self::INFO.name.to_owned() };
        let scope: Key = authorize(&Principal { clinic, actor })?;
        let (relayed, unknown) = tokio::join!(self.relay(&scope, now), self.unknown(&scope, now));
        Ok(Swept { clinics: 1, relayed: relayed?, ..unknown? })
    }

    async fn relay(&self, scope: &Key, now: Timestamp) -> Result<usize, Error> {
        let before = now.checked_sub(SWEEP_INTERVAL)?;
        let (mut relayed, mut cursor) = (0, None);
        for _ in 0..MOST_PAGES {
            let newest = (OutboxQueue::Pending, Order::NewestFirst);
            let page = self.records.outbox(scope, newest, before, PAGE, cursor.as_deref()).await?;
            let due = |item: &&OutboxItem| is_due_for_sweep(now.duration_since(item.created_at));
            let due: Vec<_> = page.entries.iter().filter(due).take(MOST_OF_A_CLINIC - relayed).collect();
            for some in due.chunks(HANDED_OVER_AT_ONCE) {
                self.hand_over(scope, some).await?;
            }
            relayed += due.len();
            cursor = page.next;
            if cursor.is_none() || relayed == MOST_OF_A_CLINIC {
                break;
            }
        }
        Ok(relayed)
    }

    async fn hand_over(&self, scope: &Key, items: &[&OutboxItem]) -> Result<(), Error> {
        let mut running = JoinSet::new();
        for item in items {
            let (desks, message, task) =
                (self.desks.clone(), OutboxMessage::of(scope.clinic(), item), item.task.clone());
            running.spawn(async move { desks.hand_over(message, &task).await });
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        Ok(())
    }

    /// How many were taken and never heard of again.
    async fn unknown(&self, scope: &Key, now: Timestamp) -> Result<Swept, Error> {
        let (before, yesterday) = (now.checked_sub(CLAIM_GRACE)?, now.checked_sub(A_DAY)?);
        let (mut swept, mut cursor) = (Swept::default(), None);
        loop {
            let claimed = (OutboxQueue::Claimed, Order::OldestFirst);
            let page = self.records.outbox(scope, claimed, before, PAGE, cursor.as_deref()).await?;
            swept.unknown += page.entries.len();
            let new = |item: &&OutboxItem| matches!(item.outbox_state, OutboxState::Claimed { at } if at > yesterday);
            swept.unknown_today += u32::try_from(page.entries.iter().filter(new).count())?;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(swept);
            }
        }
    }
}

impl Swept {
    const fn and(self, other: Self) -> Self {
        Self {
            clinics: self.clinics + other.clinics,
            relayed: self.relayed + other.relayed,
            unknown: self.unknown + other.unknown,
            unknown_today: self.unknown_today + other.unknown_today,
        }
    }
}
