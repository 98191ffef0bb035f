//! Tells those who answer for a clinic that a broken glass waits for its review: after three days, and then every day.
//!
//! Comes by the clock.

use crate::reminding::{self, Reminding};
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::Serialize;
use std::ops::AddAssign;
use visage_domain::alert::AlertEvent;
use visage_domain::audit::Purpose;
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::scope::{Scope, authorize};
use visage_platform::{Errand, Occasion, Setup, SetupError, Tick, Trail, WorkerInfo};
use visage_store::directory::{ClinicEntry, Directory};
use visage_store::records::{Records, keys};

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
        let mut overdue = self.records.overdue_reviews(&scope, now, reminding::MOST.into()).await?;
        overdue.retain(|stored| stored.record.is_due(now));
        if overdue.is_empty() || !self.is_admitted(&scope, now).await? {
            return Ok(0);
        }
        let ids: Vec<String> = overdue.iter().map(|stored| stored.record.break_glass.to_string()).collect();
        let due: Vec<_> = overdue.iter().map(|stored| (stored, stored.record.reminded(now))).collect();
        let trail = trail.regarding(format!("break_glass={}", ids.join("+")));
        let Self { records, setup, .. } = self;
        let reminding = Reminding { records, scope: &scope, entropy: &*setup.entropy, now };
        reminding.tell(AlertEvent::BreakGlassUnreviewed, &due, &trail).await
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
