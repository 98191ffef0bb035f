//! Starts the review of who has access that each quarter brings to every clinic, and has gathered what it is about.
//!
//! Comes by the clock, every day, so that what one run couldn't start the next one does. A quarter's review of a clinic has one
//! identifier whoever plans it: a run that comes twice starts it once, and orders it again until it is gathered.

use jiff::Timestamp;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use visage_domain::access_review::{AccessReview, NewestReview, Quarter, ReviewOrder, ReviewState};
use visage_domain::audit::Purpose;
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::retention::Record;
use visage_domain::scope::{Scope, authorize};
use visage_platform::{Audited, Errand, Occasion, Setup, SetupError, Trail, WorkerInfo};
use visage_store::directory::Directory;
use visage_store::queue::Queue;
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::access_review_id_of;

/// How many clinics are looked at at once.
const AT_ONCE: usize = 16;

/// What sets a run off: the clock, with nothing to say.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Tick {}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Planned {
    clinics: usize,
    /// How many reviews were started.
    started: usize,
    /// How many were ordered: those, and what was started before and is still to be gathered.
    ordered: usize,
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

    /// One clinic's trouble is no other's: the rest gets its reviews, then the run fails and comes again.
    async fn run(&self, _tick: Tick, occasion: Occasion<'_>) -> Result<Planned, Error> {
        let (mut total, mut after, mut failed) = (Planned::default(), None, None);
        loop {
            let (clinics, next) = self.directory.clinics(after).await?;
            for some in clinics.chunks(AT_ONCE) {
                let mut running = JoinSet::new();
                for clinic in some.iter().map(|it| it.clinic) {
                    let trail = occasion.trail(clinic, String::new())?;
                    let (errand, now) = (self.clone(), occasion.now);
                    running.spawn(async move { errand.plan(clinic, trail, now).await });
                }
                while let Some(done) = running.join_next().await {
                    match done.map_err(Error::from).and_then(|planned| planned) {
                        Ok(planned) => total = total.and(planned),
                        Err(error) => failed = Some(error),
                    }
                }
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        let Planned { clinics, started, ordered } = total;
        tracing::info!(request = occasion.request, clinics, started, ordered, "planned");
        failed.map_or(Ok(total), Err)
    }
}

impl PlanAccessReviews {
    /// Starts and orders what the quarter brings to a clinic, as far as that isn't done.
    async fn plan(&self, clinic: ClinicId, trail: Trail, now: Timestamp) -> Result<Planned, Error> {
        let actor = Actor::Function { name: Self::INFO.name.to_owned() };
        let scope: Scope<permission::PlanAccessReviews> = authorize(&Principal { clinic, actor })?;
        let mut planned = Planned { clinics: 1, ..Planned::default() };
        let stored = self.records.get(&scope, keys::clinic()).await?;
        let Some(quarter) = stored.and_then(|it| Quarter::owed_by(&it.record, now)) else {
            return Ok(planned);
        };
        let access_review = access_review_id_of(clinic, quarter);
        let known = self.records.get(&scope, keys::access_review(access_review)).await?;
        if known.is_none() {
            let review = AccessReview::started(access_review, None, now);
            let (before, _) = self.records.newest_access_review(&scope).await?;
            let transaction = self.records.transaction(&scope, &*self.setup.entropy);
            let transaction = transaction.start_review(&review, before.as_ref())?;
            match trail.regarding(format!("access_review={access_review}")).commit(transaction).await {
                Ok(audited) => {
                    let _: Audited<()> = audited;
                    planned.started = 1;
                }
                // Another run was quicker, and orders it; or somebody asked for one in that moment, and it is tomorrow's.
                Err(CommitError::Conflict(AccessReview::TYPE | NewestReview::TYPE)) => return Ok(planned),
                Err(error) => return Err(error.into()),
            }
        }
        if known.is_none_or(|it| it.record.state == ReviewState::Compiling) {
            self.queue.send(&ReviewOrder { clinic, access_review }).await?;
            planned.ordered = 1;
        }
        Ok(planned)
    }
}

impl Planned {
    const fn and(self, other: Self) -> Self {
        Self {
            clinics: self.clinics + other.clinics,
            started: self.started + other.started,
            ordered: self.ordered + other.ordered,
        }
    }
}
