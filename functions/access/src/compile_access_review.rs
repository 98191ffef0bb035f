//! Gathers what a review of who has access is about: of each user what they may do, and what they did by the audit log.
//!
//! Reads the log a page at a time, and holds of it which patients each user met. A message that comes again, or twice, goes on
//! where the last one ended: a line is written once, and with the last of them the review opens.

use futures_util::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use visage_domain::access_review::{
    AccessReview, Activity, Deeds, ReviewLine, ReviewOccasion, ReviewOrder, ReviewState,
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
use visage_store::records::{Records, Stored, keys};

/// Lines per transaction.
const WRITTEN_AT_ONCE: usize = 50;
/// Accounts that the user pool is asked about at once.
const ASKED_AT_ONCE: usize = 10;

type Key = Scope<permission::CompileAccessReview>;

/// The worker.
pub struct CompileAccessReview {
    records: Records,
    log: AuditLog,
    pool: UserPool,
    setup: Setup,
}

impl Worker for CompileAccessReview {
    const INFO: WorkerInfo = WorkerInfo { name: "compile_access_review", purpose: Purpose::Security };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            log: setup.audit_log()?,
            pool: setup.staff_pool()?,
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
        let (members, deeds, there) = tokio::join!(
            self.members(&scope),
            self.deeds(&scope, &stored.record),
            self.records.access_review_lines(&scope, order.access_review)
        );
        let (members, deeds, there) = (members?, deeds?, there?);
        let there: BTreeSet<StaffId> = there.into_iter().map(|line| line.staff).collect();
        let missing: Vec<Staff> = members.into_iter().filter(|it| !there.contains(&it.staff)).collect();
        let lines = self.lines(&job, &stored.record, &missing, &deeds).await?;
        // Each write is also one of the review: who gathers the same at the same time fails, and no line comes after it opened.
        let mut stored = stored;
        for some in lines.chunks(WRITTEN_AT_ONCE) {
            self.write(&job, &scope, &stored, some).await?;
            stored = stored.followed_by(stored.record.clone());
        }
        let users = u32::try_from(there.len() + lines.len()).unwrap_or(u32::MAX);
        self.open(&job, &scope, &stored, users).await
    }
}

impl CompileAccessReview {
    /// Everybody who may come in, or may not for now, each once: whose status changes at this moment may be found twice.
    async fn members(&self, scope: &Key) -> Result<Vec<Staff>, StoreError> {
        let (active, suspended) = tokio::join!(
            self.records.staff_of(scope, StaffStatus::Active),
            self.records.staff_of(scope, StaffStatus::Suspended)
        );
        let all = active?.into_iter().chain(suspended?).map(|it| it.record);
        let stay = all.filter(|it| it.status != StaffStatus::Terminated);
        let once: BTreeMap<StaffId, Staff> = stay.map(|it| (it.staff, it)).collect();
        Ok(once.into_values().collect())
    }

    /// What each user did, by the log. Before the clinic was registered it has none.
    async fn deeds(&self, scope: &Key, review: &AccessReview) -> Result<HashMap<StaffId, Deeds>, WorkError> {
        let clinic = self.records.get(scope, keys::clinic()).await?.ok_or(WorkError::Poison("no clinic"))?;
        let since = review.since.max(clinic.record.registered_at);
        let mut activity = Activity::default();
        self.log.each_within(scope, (since, review.started_at), |entry| activity.add(entry)).await?;
        Ok(activity.by_user())
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

    async fn write(
        &self,
        job: &Job,
        scope: &Key,
        stored: &Stored<AccessReview>,
        lines: &[ReviewLine],
    ) -> Result<(), WorkError> {
        let review = &stored.record;
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let mut transaction = transaction.replace(AccessReview::TYPE, stored, review)?;
        for line in lines {
            transaction = transaction.create(ReviewLine::TYPE, line)?;
        }
        let resource = format!("access_review={};lines={}", review.access_review, lines.len());
        let _: Audited<()> = job.trail(scope.clinic(), None, resource).commit(transaction).await?;
        Ok(())
    }

    /// Opens the review. One that nobody asked for is told of, for somebody has to attest it.
    async fn open(
        &self,
        job: &Job,
        scope: &Key,
        stored: &Stored<AccessReview>,
        users: u32,
    ) -> Result<(), WorkError> {
        let (entropy, review) = (&*self.setup.entropy, &stored.record);
        let opened = review.opened(users, job.now);
        let mut transaction =
            self.records.transaction(scope, entropy).replace(AccessReview::TYPE, stored, &opened)?;
        if review.occasion == ReviewOccasion::Quarterly {
            let alert = Alert::pending(AlertId::new(entropy), AlertEvent::AccessReviewDue, job.now);
            transaction = transaction.create(Alert::TYPE, &alert)?;
        }
        let resource = format!("access_review={};users={users}", review.access_review);
        let _: Audited<()> = job.trail(scope.clinic(), None, resource).commit(transaction).await?;
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
