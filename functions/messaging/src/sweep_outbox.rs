//! Hands over again what has been pending for five minutes: what the stream lost, and what a queue gave up.
//!
//! Comes by the clock. A piece of work that is handed over twice is done once, by its claim, so nothing is written here.
//! The newest comes first, and what waits for long ever more rarely: only what came in the same minutes stands before a
//! piece of work when its first turn comes, and a pile that can't be done holds up nothing that comes after it.
//! Whose fate stays unknown is counted, clinic by clinic; so are the vendors that nothing may go to, or soon may not.
//! Once an hour it looks at what is held back instead. What changed on record about a vendor is announced to every clinic.

use crate::announce::standing_of;
use crate::held::Carriers;
use crate::relay_outbox::{Desks, Waiting};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;
use std::sync::Arc;
use tokio::task::JoinSet;
use visage_domain::alert::Alert;
use visage_domain::audit::Purpose;
use visage_domain::clock::{Entropy, utc_day};
use visage_domain::outbox::{
    CLAIM_GRACE, Channel, OutboxItem, OutboxState, SWEEP_INTERVAL, is_due_for_sweep,
};
use visage_domain::permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::scope::{Scope, authorize};
use visage_platform::telemetry::Event;
use visage_platform::{Errand, Occasion, Setup, SetupError, Trail, WorkerInfo};
use visage_store::directory::{ClinicEntry, Directory};
use visage_store::records::{Order, OutboxQueue, Records};

/// How many pieces of one clinic's work a run hands over at most, and how many at once. What was lost at the same time in
/// greater number has its next turns at 10, 15, 20 and 40 minutes: some 1,000 leave within the hour.
const MOST_OF_A_CLINIC: usize = 200;
const HANDED_OVER_AT_ONCE: usize = 8;
/// How many pages a run looks through at most, for one clinic.
const MOST_PAGES: usize = 20;
/// How long what nobody knows of is news.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// From when on whatever is there is looked at.
const ALWAYS: Timestamp = Timestamp::UNIX_EPOCH;
/// Entries of the index per call.
const PAGE: i32 = 500;

pub(crate) type Key = Scope<permission::SweepOutbox>;

/// What sets a run off: the clock, with what the schedule says.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Tick {
    /// Whether it is about what is held back.
    #[serde(default)]
    held: bool,
}

/// What a run looks at.
#[derive(Clone, Debug)]
pub(crate) enum Look {
    /// What is pending, and whose fate is unknown.
    Pending,
    /// What changed of vendors, when, and the alert that tells of it.
    News(Arc<[(Timestamp, Alert)]>),
    /// What is held back, with the vendors that may bring it now.
    Held(Carriers),
}

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
#[derive(Clone)]
pub struct SweepOutbox {
    pub(crate) records: Records,
    pub(crate) directory: Directory,
    pub(crate) desks: Desks,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for SweepOutbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SweepOutbox")
    }
}

impl Errand for SweepOutbox {
    const INFO: WorkerInfo = WorkerInfo { name: "sweep_outbox", purpose: Purpose::Operations };
    type Event = Tick;
    type Outcome = Swept;

    fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            directory: setup.directory()?,
            desks: Desks::new(setup)?,
            entropy: Arc::clone(&setup.entropy),
        })
    }

    async fn run(&self, tick: Tick, occasion: Occasion<'_>) -> Result<Swept, Error> {
        let now = occasion.now;
        let look = if tick.held {
            Look::Held(Carriers::among(&self.directory.vendors().await?, utc_day(now)))
        } else {
            Look::Pending
        };
        let (swept, failed) = self.sweep(look, &occasion).await?;
        tracing::info!(
            request = occasion.request,
            held = tick.held,
            clinics = swept.clinics,
            relayed = swept.relayed,
            unknown = swept.unknown,
            "swept"
        );
        if !tick.held {
            occasion.count(Event::UnknownNotices(swept.unknown_today));
            let vendors = self.directory.vendors().await?;
            occasion.count(standing_of(&vendors, utc_day(now))?);
            self.announce(&vendors, &occasion).await?;
        }
        failed.map_or(Ok(swept), Err)
    }
}

impl SweepOutbox {
    /// Sweeps every clinic; answers what that came to, and the last error.
    pub(crate) async fn sweep(
        &self,
        look: Look,
        occasion: &Occasion<'_>,
    ) -> Result<(Swept, Option<Error>), Error> {
        let turn = |clinic: ClinicEntry, trail| {
            let (sweeper, look, now) = (self.clone(), look.clone(), occasion.now);
            async move { sweeper.sweep_clinic(&clinic, look, trail, now).await }
        };
        occasion.round(&self.directory, turn).await
    }

    async fn sweep_clinic(
        &self,
        entry: &ClinicEntry,
        look: Look,
        trail: Trail,
        now: Timestamp,
    ) -> Result<Swept, Error> {
        let actor = Actor::Function { name: Self::INFO.name.to_owned() };
        let scope: Key = authorize(&Principal { clinic: entry.clinic, actor })?;
        match look {
            Look::Pending => {
                let (relayed, alerts, unknown) = tokio::join!(
                    self.relay(&scope, now),
                    self.relay_alerts(&scope, now, is_due_for_sweep),
                    self.unknown(&scope, now)
                );
                Ok(Swept { clinics: 1, relayed: relayed? + alerts?, ..unknown? })
            }
            Look::News(news) => {
                // Who came after a change was never told otherwise.
                for (_, alert) in news.iter().filter(|(changed_at, _)| entry.since <= *changed_at) {
                    self.tell(&scope, alert, &trail).await?;
                }
                Ok(Swept { clinics: 1, ..Swept::default() })
            }
            Look::Held(carriers) => {
                // An alert waits for the same vendor as a mail does.
                let (relayed, alerts) = tokio::join!(
                    self.release(&scope, carriers, now),
                    self.relay_alerts(&scope, now, |_| carriers.may_bring(Channel::Email))
                );
                Ok(Swept { clinics: 1, relayed: relayed? + alerts?, ..Swept::default() })
            }
        }
    }

    /// Hands over what was lost; answers how much that was.
    async fn relay(&self, scope: &Key, now: Timestamp) -> Result<usize, Error> {
        let waits = (ALWAYS, now.checked_sub(SWEEP_INTERVAL)?);
        let is_due = |item: &OutboxItem| is_due_for_sweep(now.duration_since(item.created_at));
        self.hand_over_of(scope, OutboxQueue::Pending, waits, is_due).await
    }

    /// Hands over what of a clinic's queue was made within `span` and is due, the newest first; answers how much that was.
    pub(crate) async fn hand_over_of(
        &self,
        scope: &Key,
        queue: OutboxQueue,
        span: (Timestamp, Timestamp),
        is_due: impl Fn(&OutboxItem) -> bool,
    ) -> Result<usize, Error> {
        let (mut handed_over, mut cursor) = (0, None);
        for _ in 0..MOST_PAGES {
            let newest = (queue, Order::NewestFirst);
            let page = self.records.outbox(scope, newest, span, PAGE, cursor.as_deref()).await?;
            let left = MOST_OF_A_CLINIC - handed_over;
            let due: Vec<_> = page.entries.iter().filter(|item| is_due(item)).take(left).collect();
            self.hand_over(scope, &due).await?;
            handed_over += due.len();
            cursor = page.next;
            if cursor.is_none() || handed_over == MOST_OF_A_CLINIC {
                break;
            }
        }
        Ok(handed_over)
    }

    /// Hands over, some at once.
    async fn hand_over(&self, scope: &Key, items: &[&OutboxItem]) -> Result<(), Error> {
        for some in items.chunks(HANDED_OVER_AT_ONCE) {
            let mut running = JoinSet::new();
            for item in some {
                let (desks, work) = (self.desks.clone(), Waiting::of(scope.clinic(), item));
                running.spawn(async move { desks.hand_over(work).await });
            }
            while let Some(done) = running.join_next().await {
                done??;
            }
        }
        Ok(())
    }

    /// How many were taken and never heard of again.
    async fn unknown(&self, scope: &Key, now: Timestamp) -> Result<Swept, Error> {
        let (before, yesterday) = (now.checked_sub(CLAIM_GRACE)?, now.checked_sub(A_DAY)?);
        let (mut swept, mut cursor) = (Swept::default(), None);
        loop {
            let claimed = (OutboxQueue::Claimed, Order::OldestFirst);
            let page = self.records.outbox(scope, claimed, (ALWAYS, before), PAGE, cursor.as_deref()).await?;
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

impl AddAssign for Swept {
    fn add_assign(&mut self, other: Self) {
        self.clinics += other.clinics;
        self.relayed += other.relayed;
        self.unknown += other.unknown;
        self.unknown_today += other.unknown_today;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = include_str!("../../../infra/messaging.yaml");

    #[test]
    fn one_schedule_says_that_it_is_about_what_is_held_back() -> Result<(), serde_json::Error> {
        let inputs =
            TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("Input: '")?.strip_suffix('\''));
        let held: Vec<_> = inputs.map(|it| serde_json::from_str(it).map(|tick: Tick| tick.held)).collect();
        assert!(matches!(held.as_slice(), [Ok(true)]), "{held:?}");
        let plain: Tick = serde_json::from_str(include_str!("../../../events/sweep_outbox.json"))?;
        assert!(!plain.held);
        Ok(())
    }
}
