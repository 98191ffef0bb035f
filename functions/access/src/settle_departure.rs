//! Settles what somebody who left leaves behind: their open evaluations go back to the queue, and nobody signs in with their
//! account unless they work elsewhere. That they may not come in was so from the moment it was decided.

use visage_domain::audit::Purpose;
use visage_domain::evaluation::{Assignment, Evaluation, EvaluationStatus};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::staff::{Departure, Staff, StaffStatus};
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::accounts::let_in;
use visage_store::directory::Directory;
use visage_store::identity::UserPool;
use visage_store::records::{AssigneeFilter, QueueFilter, Records, Stored, keys};

/// Evaluations per page of the queue.
const PAGE: i32 = 50;
/// The most times that it is looked whether they left or came back while the account was brought in line with it.
const LOOKS: usize = 4;

type Key = Scope<permission::SettleDeparture>;

/// The worker.
pub struct SettleDeparture {
    records: Records,
    directory: Directory,
    pool: UserPool,
    setup: Setup,
}

impl Worker for SettleDeparture {
    const INFO: WorkerInfo = WorkerInfo { name: "settle_departure", purpose: Purpose::Security };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            directory: setup.directory()?,
            pool: setup.staff_pool()?,
            setup: setup.clone(),
        })
    }

    /// Every step finds what was done of it, so a message that comes again goes on where the last one ended.
    async fn work(&self, job: Job) -> Result<(), WorkError> {
        let departure: Departure =
            serde_json::from_str(&job.body).map_err(|_| WorkError::Poison("not a departure"))?;
        let scope: Key = job.scope_in(departure.clinic)?;
        let member = self.account(&scope, departure).await?;
        if member.status != StaffStatus::Terminated {
            return Ok(());
        }
        for status in [EvaluationStatus::New, EvaluationStatus::InProgress] {
            self.give_back(&job, &scope, departure, status).await?;
        }
        Ok(())
    }
}

impl SettleDeparture {
    /// Brings account and directory in line with the membership, and answers that. Who was invited again meanwhile keeps both.
    async fn account(&self, scope: &Key, departure: Departure) -> Result<Staff, WorkError> {
        let mut before = None;
        for _ in 0..LOOKS {
            let member = self.records.get(scope, keys::staff(departure.staff)).await?;
            let member = member.ok_or(WorkError::Poison("no such user"))?.record;
            if before == Some(member.status) {
                return Ok(member);
            }
            match member.status {
                StaffStatus::Terminated => self.close(departure, &member).await?,
                StaffStatus::Active | StaffStatus::Suspended => {
                    let_in(&self.pool, &self.directory, departure.clinic, &member).await?;
                }
            }
            before = Some(member.status);
        }
        Err(WorkError::Conflict(Staff::TYPE))
    }

    async fn close(&self, departure: Departure, member: &Staff) -> Result<(), WorkError> {
        let subject = &member.subject;
        self.directory.remove_membership(subject, departure.clinic).await?;
        if self.directory.memberships(subject).await?.is_empty() && self.pool.user(subject).await?.is_some() {
            self.pool.disable(subject).await?;
            // Another clinic may have invited them in that moment: it looks after it wrote, and so do we.
            if !self.directory.memberships(subject).await?.is_empty() {
                self.pool.enable(subject).await?;
            }
        }
        Ok(())
    }

    /// Gives back what is theirs, page by page: what was given back stands in no later page.
    async fn give_back(
        &self,
        job: &Job,
        scope: &Key,
        departure: Departure,
        status: EvaluationStatus,
    ) -> Result<(), WorkError> {
        let assignee = AssigneeFilter::Staff(departure.staff);
        let filter = QueueFilter { status, assignee, since: None, until: None };
        let mut cursor = None;
        loop {
            let page = self.records.queue(scope, &filter, PAGE, cursor).await?;
            for entry in page.entries {
                let key = keys::evaluation(entry.patient, entry.evaluation);
                let stored = self.records.get(scope, key).await?;
                let is_theirs = |it: &Stored<Evaluation>| {
                    it.record.assignee == Some(departure.staff) && it.record.status == status
                };
                if let Some(stored) = stored.filter(is_theirs) {
                    self.hand_back(job, scope, departure, &stored).await?;
                }
            }
            cursor = page.next.as_deref().and_then(visage_store::records::Cursor::decode);
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn hand_back(
        &self,
        job: &Job,
        scope: &Key,
        departure: Departure,
        stored: &Stored<Evaluation>,
    ) -> Result<(), WorkError> {
        let number = stored.record.assignments + 1;
        let record = Evaluation { assignee: None, assignments: number, ..stored.record.clone() };
        let step = Assignment {
            patient: record.patient,
            evaluation: record.evaluation,
            number,
            from: Some(departure.staff),
            to: None,
            assigned_by: departure.by,
            assigned_at: job.now,
        };
        let transaction = self
            .records
            .transaction(scope, &*self.setup.entropy)
            .replace(Evaluation::TYPE, stored, &record)?
            .create_unsealed(Assignment::TYPE, &step)?;
        let resource = format!("evaluation={};from={}", record.evaluation, departure.staff);
        let trail = job.trail(scope.clinic(), record.patient, resource);
        let _: Audited<()> = trail.commit(transaction).await?;
        Ok(())
    }
}
