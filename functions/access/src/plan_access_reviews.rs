//! Starts the review of who has access that each quarter brings to every clinic, and has gathered what it is about. Tells those who
//! owe one that it is still open: after two weeks, and then every week.
//!
//! Comes by the clock, every day, so that what one run couldn't start the next one does. A quarter's review of a clinic has one
//! identifier whoever plans it: a run that comes twice starts it once, and orders it again until it is gathered.

use crate::reminding::{self, Reminding};
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::Serialize;
use std::ops::AddAssign;
use visage_domain::access_review::{AccessReview, NewestReview, Quarter, ReviewOrder, ReviewState};
use visage_domain::alert::AlertEvent;
use visage_domain::audit::Purpose;
use visage_domain::ids::{AccessReviewId, ClinicId};
use visage_domain::permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::retention::Record;
use visage_domain::scope::{Scope, authorize};
use visage_platform::{Audited, Errand, Occasion, Setup, SetupError, Tick, Trail, WorkerInfo};
use visage_store::directory::{ClinicEntry, Directory};
use visage_store::queue::Queue;
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::vault::access_review_id_of;

type Key = Scope<permission::PlanAccessReviews>;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Planned {
    clinics: usize,
    /// How many reviews were started.
    started: usize,
    /// How many were ordered: those, and what was started before and is still to be gathered.
    ordered: usize,
    /// Of how many that stay open somebody was told.
    told: usize,
}

/// The errand.
#[derive(Clone, Debug)]
pub struct PlanAccessReviews {
    records: Records,
    directory: Directory,
    queue: Queue,
    setup: Setup,
}

impl Errand for PlanAccessReviews {
    const INFO: WorkerInfo = WorkerInfo { name: "plan_access_reviews", purpose: Purpose::Security };
    type Event = Tick;
    type Outcome = Planned;

    fn build(setup: &Setup) -> Result<Self, SetupError> {
        let queue = Queue::new(&setup.aws, setup.config.access_reviews_queue_url()?);
        Ok(Self { records: setup.records()?, directory: setup.directory()?, queue, setup: setup.clone() })
    }

    async fn run(&self, _tick: Tick, occasion: Occasion<'_>) -> Result<Planned, Error> {
        let turn = |it: ClinicEntry, trail| {
            let (errand, now) = (self.clone(), occasion.now);
            async move { errand.plan(it.clinic, trail, now).await }
        };
        let (total, failed) = occasion.round(&self.directory, turn).await?;
        let Planned { clinics, started, ordered, told } = total;
        tracing::info!(request = occasion.request, clinics, started, ordered, told, "planned");
        failed.map_or(Ok(total), Err)
    }
}

impl PlanAccessReviews {
    /// Tells of what stays open at a clinic; starts and orders what the quarter brings to it, as far as that isn't done. Where
    /// nobody can see anything of patients nobody is asked for anything.
    async fn plan(&self, clinic: ClinicId, trail: Trail, now: Timestamp) -> Result<Planned, Error> {
        let actor = Actor::Function { name: Self::INFO.name.to_owned() };
        let scope: Key = authorize(&Principal { clinic, actor })?;
        let mut planned = Planned { clinics: 1, ..Planned::default() };
        let (stored, reviews) =
            tokio::join!(self.records.get(&scope, keys::clinic()), self.records.access_reviews(&scope));
        let (stored, reviews) = (stored?, reviews?);
        let Some(stored) = stored.filter(|it| it.record.admits_work(now)) else {
            return Ok(planned);
        };
        planned.told = self.remind(&scope, &trail, &reviews, now).await?;
        // Whatever is still to be gathered is ordered again: the queue may have given it up.
        let all = reviews.iter().map(|it| &it.record);
        let compiling = all.clone().filter(|it| it.state == ReviewState::Compiling);
        let mut ordered: Vec<AccessReviewId> = compiling.map(|it| it.access_review).collect();
        if let Some(quarter) = Quarter::owed_by(&stored.record, now) {
            let owed = access_review_id_of(clinic, quarter);
            if !all.clone().any(|it| it.access_review == owed) && self.start(&scope, trail, owed, now).await?
            {
                planned.started = 1;
                ordered.push(owed);
            }
        }
        for access_review in ordered {
            self.queue.send(&ReviewOrder { clinic, access_review }).await?;
            planned.ordered += 1;
        }
        Ok(planned)
    }

    /// Starts a review; answers whether it is this run that did.
    async fn start(
        &self,
        scope: &Key,
        trail: Trail,
        access_review: AccessReviewId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let review = AccessReview::started(access_review, None, now);
        let (before, _) = self.records.newest_access_review(scope).await?;
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = transaction.start_review(&review, before.as_ref())?;
        match trail.regarding(format!("access_review={access_review}")).commit(transaction).await {
            Ok(audited) => {
                let _: Audited<()> = audited;
                Ok(true)
            }
            // Another run was quicker, and orders it; or somebody asked for one in that moment, and it is tomorrow's.
            Err(CommitError::Conflict(AccessReview::TYPE | NewestReview::TYPE)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells those who owe the reviews of a clinic that are open for long; answers of how many.
    async fn remind(
        &self,
        scope: &Key,
        trail: &Trail,
        reviews: &[Stored<AccessReview>],
        now: Timestamp,
    ) -> Result<usize, Error> {
        let due = reviews.iter().filter(|stored| stored.record.is_due(now)).take(reminding::MOST.into());
        let due: Vec<_> = due.map(|stored| (stored, stored.record.reminded(now))).collect();
        if due.is_empty() {
            return Ok(0);
        }
        let ids: Vec<String> = due.iter().map(|(_, it)| it.access_review.to_string()).collect();
        let trail = trail.clone().regarding(format!("access_review={}", ids.join("+")));
        let reminding = Reminding { records: &self.records, scope, entropy: &*self.setup.entropy, now };
        reminding.tell(AlertEvent::AccessReviewOverdue, &due, &trail).await
    }
}

impl AddAssign for Planned {
    fn add_assign(&mut self, other: Self) {
        self.clinics += other.clinics;
        self.started += other.started;
        self.ordered += other.ordered;
        self.told += other.told;
    }
}
