//! Starts a review of who has access. What it is about is gathered within minutes; every quarter one starts by itself.

use crate::review::Shown;
use visage_domain::access_review::{AccessReview, NewestReview, ReviewOrder, ReviewState};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::ids::AccessReviewId;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::idempotency::{Idempotent, LABEL};
use visage_platform::operation::Empty;
use visage_platform::{
    Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff, Trail,
};
use visage_store::queue::Queue;
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::Vault;

/// The operation.
pub struct StartAccessReview {
    records: Records,
    vault: Vault,
    queue: Queue,
    setup: Setup,
}

impl Operation for StartAccessReview {
    const INFO: Info = Info {
        name: "start_access_review",
        method: "POST",
        path: "/v1/access-reviews",
        purpose: Purpose::Security,
        status: 201,
        body_limit: 1_024,
        background: false,
        phi: false,
        // Who can come near patients' data is looked at wherever the clinic stands.
        changes: false,
        problems: &[],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = Shown::FIELDS;
    type Caller = Staff<permission::StartAccessReview>;
    type Path = Empty;
    type Input = Empty;
    type Output = Shown;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        let queue = Queue::new(&setup.aws, setup.config.access_reviews_queue_url()?);
        Ok(Self { records: setup.records()?, vault: setup.vault()?, queue, setup: setup.clone() })
    }

    /// There is one at a time: while the newest isn't closed, it is answered again, whoever asks.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Shown>>, Problem> {
        let request = Idempotent::of_staff(&self.vault, &call, Self::INFO.name, &[&call.body]).await?;
        let Staff { scope, staff, .. } = &call.caller;
        let (earlier, newest) = tokio::join!(
            request.replay::<_, AccessReviewId>(&self.records, scope, call.now),
            self.records.newest_access_review(scope)
        );
        let (earlier, (before, newest)) = (earlier?, newest?);
        if let Some(earlier) = earlier {
            return self.repeated(&call, earlier).await;
        }
        if let Some(unfinished) = newest.filter(AccessReview::is_unfinished) {
            return self.is_there(&call, &request, unfinished).await;
        }
        let entropy = &*self.setup.entropy;
        let review = AccessReview::started(AccessReviewId::new(entropy), Some(staff.record.staff), call.now);
        let transaction = self.records.transaction(scope, entropy);
        let transaction = request
            .mark(transaction, vec![review.access_review.to_string()], call.now)?
            .start_review(&review, before.as_ref())?;
        // Sent before there is a review: the queue holds it back for longer than this function lives, and whoever takes it
        // out looks whether there is one.
        self.order(&call, review.access_review).await?;
        match trail_of(&call, &review).commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(review.into()))),
            Err(CommitError::Conflict(LABEL)) => {
                let earlier = request.created(&self.records, scope, call.now).await?;
                self.repeated(&call, earlier).await
            }
            Err(CommitError::Conflict(NewestReview::TYPE)) => {
                let (_, newest) = self.records.newest_access_review(scope).await?;
                self.is_there(&call, &request, newest.ok_or_else(Problem::conflict)?).await
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl StartAccessReview {
    /// One isn't closed, and this click is known from now on: sent once more when it is, it starts no other.
    async fn is_there(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        review: AccessReview,
    ) -> Result<Audited<Reply<Shown>>, Problem> {
        let scope = &call.caller.scope;
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let (there, trail) = (review.access_review.to_string(), trail_of(call, &review));
        let audited =
            request.answered_with((&self.records, scope), transaction, there, call.now, &trail).await?;
        self.order_again(call, &review).await?;
        Ok(audited.map(|()| Reply::new(review.into())))
    }

    /// What the first request started, as it stands now.
    async fn repeated(
        &self,
        call: &Call<Self>,
        earlier: AccessReviewId,
    ) -> Result<Audited<Reply<Shown>>, Problem> {
        let stored = self.records.get(&call.caller.scope, keys::access_review(earlier)).await?;
        self.again(call, stored.ok_or_else(Problem::conflict)?.record).await
    }

    /// Answers what is there.
    async fn again(&self, call: &Call<Self>, review: AccessReview) -> Result<Audited<Reply<Shown>>, Problem> {
        self.order_again(call, &review).await?;
        trail_of(call, &review).after(Vec::new(), Reply::new(review.into())).await
    }

    /// Ordered once more, one that the queue has given up is gathered after all.
    async fn order_again(&self, call: &Call<Self>, review: &AccessReview) -> Result<(), Problem> {
        if review.state == ReviewState::Compiling {
            self.order(call, review.access_review).await?;
        }
        Ok(())
    }

    async fn order(&self, call: &Call<Self>, access_review: AccessReviewId) -> Result<(), Problem> {
        let clinic = call.caller.scope.clinic();
        Ok(self.queue.send(&ReviewOrder { clinic, access_review }).await?)
    }
}

fn trail_of(call: &Call<StartAccessReview>, review: &AccessReview) -> Trail {
    call.trail.clone().regarding(format!("access_review={}", review.access_review))
}
