//! Tells those who answer for a clinic that a broken glass waits for its review: after three days, and then every day.
//!
//! Comes by the clock. That they are told and when they are next is one transaction, so that a run that comes twice tells once.

use jiff::Timestamp;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;
use visage_domain::alert::{Alert, AlertEvent};
use visage_domain::audit::Purpose;
use visage_domain::break_glass::BreakGlass;
use visage_domain::ids::{AlertId, ClinicId};
use visage_domain::permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::retention::Record;
use visage_domain::scope::{Scope, authorize};
use visage_platform::{Audited, Errand, Occasion, Setup, SetupError, Trail, WorkerInfo};
use visage_store::directory::{ClinicEntry, Directory};
use visage_store::records::{CommitError, Records, keys};

/// Of how many one alert of a clinic tells at most: one transaction's. The rest has its turn with the next run.
const MOST_OF_A_CLINIC: i32 = 25;

/// What sets a run off: the clock, with nothing to say.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Tick {}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Escalated {
    clinics: usize,
    /// Of how many overdue reviews somebody was told.
    told: usize,
}

/// The errand.
#[derive(Clone, Debug)]
pub struct EscalateReviews {
    records: Records,
    directory: Directory,
    setup: Setup,
}

impl Errand for EscalateReviews {
    const INFO: WorkerInfo = WorkerInfo { name: "escalate_reviews", purpose: Purpose::Security };
    type Event = Tick;
    type Outcome = Escalated;

    fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, directory: setup.directory()?, setup: setup.clone() })
    }

    async fn run(&self, _tick: Tick, occasion: Occasion<'_>) -> Result<Escalated, Error> {
        let turn = |it: ClinicEntry, trail| {
            let (errand, now) = (self.clone(), occasion.now);
            let escalated = |told| Escalated { clinics: 1, told };
            async move { errand.escalate(it.clinic, trail, now).await.map(escalated) }
        };
        let (total, failed) = occasion.round(&self.directory, turn).await?;
        let Escalated { clinics, told } = total;
        tracing::info!(request = occasion.request, clinics, told, "escalated");
        failed.map_or(Ok(total), Err)
    }
}

impl EscalateReviews {
    /// Tells of a clinic's overdue reviews; answers how many.
    async fn escalate(&self, clinic: ClinicId, trail: Trail, now: Timestamp) -> Result<usize, Error> {
        let actor = Actor::Function { name: Self::INFO.name.to_owned() };
        let scope: Scope<permission::EscalateReviews> = authorize(&Principal { clinic, actor })?;
        let mut overdue = self.records.overdue_reviews(&scope, now, MOST_OF_A_CLINIC).await?;
        overdue.retain(|stored| stored.record.is_due(now));
        if overdue.is_empty() || !self.is_admitted(&scope, now).await? {
            return Ok(0);
        }
        let entropy = &*self.setup.entropy;
        let alert = Alert::pending(AlertId::new(entropy), AlertEvent::BreakGlassUnreviewed, now);
        let mut transaction = self.records.transaction(&scope, entropy).create(Alert::TYPE, &alert)?;
        for stored in &overdue {
            transaction = transaction.replace(BreakGlass::TYPE, stored, &stored.record.reminded(now))?;
        }
        let ids: Vec<String> = overdue.iter().map(|stored| stored.record.break_glass.to_string()).collect();
        match trail.regarding(format!("break_glass={}", ids.join("+"))).commit(transaction).await {
            Ok(audited) => {
                let _: Audited<()> = audited;
                Ok(overdue.len())
            }
            // One was reviewed, or told of, in this moment: the next run sees what is left.
            Err(CommitError::Conflict(_)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the clinic could review anything: what it may not do it isn't asked for. It is once it may again.
    async fn is_admitted(
        &self,
        scope: &Scope<permission::EscalateReviews>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let clinic = self.records.get(scope, keys::clinic()).await?;
        Ok(clinic.is_some_and(|clinic| clinic.record.admits_work(now)))
    }
}

impl AddAssign for Escalated {
    fn add_assign(&mut self, other: Self) {
        self.clinics += other.clinics;
        self.told += other.told;
    }
}
