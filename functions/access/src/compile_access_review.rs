//! Gathers what a review of who has access is about: of each user what they may do, and what they did by the audit log.
//!
//! Reads the log a page at a time, and holds of it which patients each user met. What doesn't fit into one message's time is
//! kept, and the next message goes on there. One that comes again, or twice, goes on where the last one ended: a line is
//! written once, and with the last of them the review opens.

use crate::review_log::{self, Reading};
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use visage_domain::access_review::{
    AccessReview, Deeds, ReviewLine, ReviewOccasion, ReviewOrder, ReviewState, Tally, attesters,
};
use visage_domain::alert::{Alert, AlertEvent};
use visage_domain::audit::Purpose;
use visage_domain::ids::{AlertId, StaffId};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::staff::{Staff, StaffStatus};
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::StoreError;
use visage_store::audit::AuditLog;
use visage_store::identity::UserPool;
use visage_store::queue::Queue;
use visage_store::records::{Records, Stored, Transaction, keys};

/// How long a message reads. The rest of the function's five minutes is for what is made of it.
const READS_FOR: SignedDuration = SignedDuration::from_mins(3);
/// Lines per transaction.
const WRITTEN_AT_ONCE: usize = 50;
/// Tallies per transaction: each may be a tenth of a megabyte, and a partition takes one in a second.
const KEPT_AT_ONCE: usize = 4;
/// Accounts that the user pool is asked about at once.
const ASKED_AT_ONCE: usize = 10;

type Key = Scope<permission::CompileAccessReview>;
type Write<'a> = Transaction<'a, permission::CompileAccessReview>;

/// The worker.
pub struct CompileAccessReview {
    records: Records,
    log: AuditLog,
    pool: UserPool,
    queue: Queue,
    setup: Setup,
}

impl Worker for CompileAccessReview {
    const INFO: WorkerInfo = WorkerInfo { name: "compile_access_review", purpose: Purpose::Security };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            log: setup.audit_log()?,
            pool: setup.staff_pool()?,
            queue: Queue::new(&setup.aws, setup.config.access_reviews_queue_url()?),
            setup: setup.clone(),
        })
    }

    async fn work(&self, job: Job) -> Result<(), WorkError> {
        let order: ReviewOrder =
            serde_json::from_str(&job.body).map_err(|_| WorkError::Poison("not an access review"))?;
        let scope: Key = job.scope_in(order.clinic)?;
        let stored = self.records.get(&scope, keys::access_review(order.access_review)).await?;
        // Ordered before it is begun, it may not have been; and ordered twice, it may be done.
        let Some(stored) = stored.filter(|it| it.record.state == ReviewState::Compiling) else {
            return Ok(());
        };
        match self.read(&job, &scope, &stored.record).await? {
            Reading::Whole(deeds) => self.finish(&job, &scope, stored, deeds).await,
            Reading::Until(instant, deeds) => {
                match self.keep(&job, &scope, stored, (instant, &deeds)).await {
                    // Killed before this is sent, the message that set it off comes again and goes on.
                    Ok(()) => Ok(self.queue.send(&order).await?),
                    // Ordered twice, it is gathered by whoever was quicker.
                    Err(WorkError::Conflict(AccessReview::TYPE)) => Ok(()),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

impl CompileAccessReview {
    /// What each user did, by what is still to be read of the log. Before the clinic was registered it has none.
    async fn read(&self, job: &Job, scope: &Key, review: &AccessReview) -> Result<Reading, WorkError> {
        let clinic = self.records.get(scope, keys::clinic()).await?.ok_or(WorkError::Poison("no clinic"))?;
        let from = review.read_until.unwrap_or(review.since.max(clinic.record.registered_at));
        let deadline = job.now.checked_add(READS_FOR).unwrap_or(job.now);
        let (span, clock) = ((from, review.started_at), &*self.setup.clock);
        Ok(review_log::read(&self.log, scope, span, (clock, deadline)).await?)
    }

    /// Keeps what a piece of the log told, and last of all up to which instant that was.
    async fn keep(
        &self,
        job: &Job,
        scope: &Key,
        mut stored: Stored<AccessReview>,
        (instant, deeds): (Timestamp, &HashMap<StaffId, Deeds>),
    ) -> Result<(), WorkError> {
        let further = stored.record.read_up_to(instant);
        let tally = |(staff, deeds): (&StaffId, &Deeds)| {
            Tally::all_of(&further, (*staff, deeds), job.now, &*self.setup.entropy)
        };
        let tallies: Vec<Tally> = deeds.iter().flat_map(tally).collect();
        for some in tallies.chunks(KEPT_AT_ONCE) {
            let mut write = self.begin(scope, &stored, &stored.record)?;
            for tally in some {
                write = write.create(Tally::TYPE, tally)?;
            }
            self.commit(job, scope, &stored.record, write, format!("tallies={}", some.len())).await?;
            stored = stored.followed_by(stored.record.clone());
        }
        let write = self.begin(scope, &stored, &further)?;
        self.commit(job, scope, &further, write, format!("read_until={instant}")).await
    }

    /// Writes a line of everybody it is about, as they are now, and opens the review.
    async fn finish(
        &self,
        job: &Job,
        scope: &Key,
        mut stored: Stored<AccessReview>,
        mut deeds: HashMap<StaffId, Deeds>,
    ) -> Result<(), WorkError> {
        let id = stored.record.access_review;
        let (members, tallies, there) = tokio::join!(
            self.members(scope, &stored.record),
            self.records.access_review_tallies(scope, id),
            self.records.access_review_lines(scope, id)
        );
        for tally in tallies? {
            deeds.entry(tally.staff).or_default().add(&tally);
        }
        let members = members?;
        // What was written before it broke off is older, and written anew.
        let there: BTreeMap<StaffId, Stored<ReviewLine>> =
            there?.into_iter().map(|line| (line.record.staff, line)).collect();
        let lines = self.lines(job, &stored.record, &members, &deeds).await?;
        for some in lines.chunks(WRITTEN_AT_ONCE) {
            let mut write = self.begin(scope, &stored, &stored.record)?;
            for line in some {
                write = match there.get(&line.staff) {
                    Some(older) => write.replace(ReviewLine::TYPE, older, line)?,
                    None => write.create(ReviewLine::TYPE, line)?,
                };
            }
            self.commit(job, scope, &stored.record, write, format!("lines={}", some.len())).await?;
            stored = stored.followed_by(stored.record.clone());
        }
        let users: BTreeSet<StaffId> = lines.iter().map(|line| line.staff).chain(there.into_keys()).collect();
        let users = u32::try_from(users.len()).unwrap_or(u32::MAX);
        let opened = stored.record.opened(users, attesters(&members), job.now);
        self.open(job, scope, &stored, &opened).await
    }

    /// Everybody it is about, as they are now. The index that finds them lags behind: whose status changes at this moment it may
    /// show nowhere, but then the log names them, and is asked after it.
    async fn members(&self, scope: &Key, review: &AccessReview) -> Result<Vec<Staff>, StoreError> {
        let by_status = StaffStatus::ALL.map(|status| self.records.staff_ids(scope, status));
        let by_index = try_join_all(by_status).await?.into_iter().flatten();
        let by_log = self.log.named_about(scope, self.setup.clock.now()).await?;
        let ids: BTreeSet<StaffId> = by_index.chain(by_log).collect();
        let ids: Vec<StaffId> = ids.into_iter().collect();
        let all = self.records.staff_each(scope, &ids).await?.into_iter().map(|it| it.record);
        Ok(all.filter(|member| review.is_about(member)).collect())
    }

    async fn lines(
        &self,
        job: &Job,
        review: &AccessReview,
        members: &[Staff],
        deeds: &HashMap<StaffId, Deeds>,
    ) -> Result<Vec<ReviewLine>, StoreError> {
        let (nothing, mut lines) = (Deeds::default(), Vec::with_capacity(members.len()));
        for some in members.chunks(ASKED_AT_ONCE) {
            let users = try_join_all(some.iter().map(|member| self.pool.user(&member.subject))).await?;
            for (member, user) in some.iter().zip(users) {
                let deeds = deeds.get(&member.staff).unwrap_or(&nothing);
                let second_factor = user.is_some_and(|user| user.software_token);
                lines.push(ReviewLine::of(review, member, deeds, second_factor, job.now));
            }
        }
        Ok(lines)
    }

    /// Opens the review. One that nobody asked for is told of, for somebody has to attest it.
    async fn open(
        &self,
        job: &Job,
        scope: &Key,
        stored: &Stored<AccessReview>,
        opened: &AccessReview,
    ) -> Result<(), WorkError> {
        let mut write = self.begin(scope, stored, opened)?;
        if opened.occasion == ReviewOccasion::Quarterly {
            let alert = AlertId::new(&*self.setup.entropy);
            let alert = Alert::pending(alert, AlertEvent::AccessReviewDue, job.now);
            write = write.create(Alert::TYPE, &alert)?;
        }
        self.commit(job, scope, opened, write, format!("users={}", opened.users)).await
    }

    /// Each write is also one of the review: who gathers the same at the same time fails, and no line comes after it opened.
    fn begin<'a>(
        &'a self,
        scope: &'a Key,
        stored: &Stored<AccessReview>,
        review: &AccessReview,
    ) -> Result<Write<'a>, StoreError> {
        self.records.transaction(scope, &*self.setup.entropy).replace(AccessReview::TYPE, stored, review)
    }

    async fn commit(
        &self,
        job: &Job,
        scope: &Key,
        review: &AccessReview,
        write: Write<'_>,
        what: String,
    ) -> Result<(), WorkError> {
        let resource = format!("access_review={};{what}", review.access_review);
        let _: Audited<()> = job.trail(scope.clinic(), None, resource).commit(write).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::start_session::StartSession;
    use visage_domain::access_review::SIGN_IN;
    use visage_platform::Operation;

    #[test]
    fn a_sign_in_is_what_starts_a_session() {
        assert_eq!(StartSession::INFO.name, SIGN_IN);
    }
}
