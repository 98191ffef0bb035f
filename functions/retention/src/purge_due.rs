//! Destroys what is due in one clinic, a part of a run at a time.
//!
//! Each step destroys objects first and then, in one transaction, the records that point to them together with the
//! record of their destruction. Killed anywhere, a step that comes again finds what is left; ordered twice, the second
//! finds nothing.

use crate::destroy::Destroyer;
use visage_domain::audit::Purpose;
use visage_domain::document::Document;
use visage_domain::intake::Intake;
use visage_domain::photo::Photo;
use visage_domain::purge::PurgeOrder;
use visage_platform::{Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::objects::Bucket;
use visage_store::queue::Queue;
use visage_store::records::{Due, Found, Records};

/// Records per part of a run.
const PART: i32 = 25;
/// Parts per message: a hundred records, drafts with all their photos included, are destroyed within minutes. Lambda stops
/// a function that hands work to itself more than sixteen times in a row, so a message should get far.
const PARTS: usize = 4;

/// The worker.
pub struct PurgeDue {
    records: Records,
    photos: Bucket,
    incoming: Bucket,
    queue: Queue,
    setup: Setup,
}

impl Worker for PurgeDue {
    const INFO: WorkerInfo = WorkerInfo { name: "purge_due", purpose: Purpose::Operations };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            photos: setup.photos()?,
            incoming: Bucket::new(&setup.aws, setup.config.incoming_bucket()?),
            queue: Queue::new(&setup.aws, setup.config.purge_queue_url()?),
            setup: setup.clone(),
        })
    }

    async fn work(&self, job: Job) -> Result<(), WorkError> {
        let mut order: PurgeOrder =
            serde_json::from_str(&job.body).map_err(|_| WorkError::Poison("not a purge order"))?;
        let scope = job.scope_in(order.clinic)?;
        // A run never reaches into the future, whatever its order says.
        let by = order.run.min(job.now);
        let mut outcome = Ok(());
        for _ in 0..PARTS {
            let due = self.records.due(&scope, by, PART, order.after.as_deref()).await?;
            let next = due.next.clone();
            let destroyer = Destroyer {
                records: &self.records,
                photos: &self.photos,
                incoming: &self.incoming,
                entropy: &*self.setup.entropy,
                job: &job,
                order: &order,
                scope: &scope,
                by,
            };
            // One thing that can't be destroyed must not keep the rest.
            outcome = outcome.and(destroy_all(&destroyer, due).await);
            let Some(after) = next else { return outcome };
            order.after = Some(after);
        }
        // More than a function's time allows: the rest is another message, which starts where this one ended.
        if outcome.is_ok() || job.last_attempt {
            self.queue.send(&order).await?;
        }
        outcome
    }
}

/// Takes every step of a part; answers with the first failure once all were tried.
async fn destroy_all(destroyer: &Destroyer<'_>, mut due: Due) -> Result<(), WorkError> {
    let found = &mut due.found;
    let expired = destroyer.expired(found).await;
    let photos = photos(destroyer, found).await;
    let documents = documents(destroyer, found).await;
    let outcome = expired.and(photos).and(documents).and(drafts(destroyer, found).await);
    if found.is_empty() {
        return outcome;
    }
    outcome.and(Err(WorkError::Poison("something is due that nobody knows how to destroy")))
}

async fn photos(destroyer: &Destroyer<'_>, found: &mut Found) -> Result<(), WorkError> {
    let mut outcome = Ok(());
    for photo in found.take_all::<Photo>()? {
        outcome = outcome.and(destroyer.photo(&photo).await);
    }
    outcome
}

async fn documents(destroyer: &Destroyer<'_>, found: &mut Found) -> Result<(), WorkError> {
    let mut outcome = Ok(());
    for document in found.take_all::<Document>()? {
        outcome = outcome.and(destroyer.document(&document).await);
    }
    outcome
}

async fn drafts(destroyer: &Destroyer<'_>, found: &mut Found) -> Result<(), WorkError> {
    let mut outcome = Ok(());
    for draft in found.take_all::<Intake>()? {
        outcome = outcome.and(destroyer.draft(&draft).await);
    }
    outcome
}
