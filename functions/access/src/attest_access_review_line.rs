//! Says of a user what becomes of their access: keep, change or remove. Once; the last line closes the review. It changes nothing
//! by itself: who has more than they need is changed, suspended or terminated by an owner, as ever.

use crate::review::{Line, Shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::access_review::{AccessReview, Decision, NotAttestable, ReviewLine, ReviewState};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{AccessReviewId, StaffId};
use visage_domain::permission::AttestAccess;
use visage_domain::retention::Record;
use visage_domain::staff::StaffStatus;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, Stored, keys};

/// How often it is tried again where others attest other lines of the review at the same moment.
const TRIES: usize = 5;

/// The operation.
pub struct AttestAccessReviewLine {
    records: Records,
    setup: Setup,
}

/// Which line of which review.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    access_review: AccessReviewId,
    staff: StaffId,
}

/// What becomes of the access.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    decision: Decision,
}

/// The line, and how far the review is with it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    access_review: Shown,
    line: Line,
}

impl Operation for AttestAccessReviewLine {
    const INFO: Info = Info {
        name: "attest_access_review_line",
        method: "PUT",
        path: "/v1/access-reviews/{access_review}/lines/{staff}",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 1_024,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::needs_another(), Problem::already_reviewed(), Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] =
        &[shown("accessReview").of(Shown::FIELDS), shown("line").of(Line::FIELDS)];
    type Caller = Staff<AttestAccess>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// A second click finds the line attested as it says. Others who attest other lines count on the same review: who was in
    /// the way of whom looks again.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let by = call.caller.staff.record.staff;
        let decision = call.input.decision;
        for _ in 0..TRIES {
            let (review, line) = self.read(&call).await?;
            if line.record.says(by, decision) {
                let resource = format!("{};unchanged={}", named(call.path), decision.code());
                let reply = Reply::new(Output::of(review.record, line.record));
                return call.trail.clone().regarding(resource).after(Vec::new(), reply).await;
            }
            let is_only_one = by == call.path.staff && self.is_only_one(&call, &review.record).await?;
            let attested = line.record.attested(by, is_only_one, decision, call.now).map_err(problem)?;
            let advanced = review.record.advanced(call.now);
            let transaction = self
                .records
                .transaction(&call.caller.scope, &*self.setup.entropy)
                .replace(ReviewLine::TYPE, &line, &attested)?
                .replace(AccessReview::TYPE, &review, &advanced)?;
            let resource = format!("{};decision={}", named(call.path), decision.code());
            match call.trail.clone().regarding(resource).commit(transaction).await {
                Ok(audited) => return Ok(audited.map(|()| Reply::new(Output::of(advanced, attested)))),
                Err(CommitError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }
}

impl AttestAccessReviewLine {
    /// Review and line, of a review whose lines are all there.
    async fn read(&self, call: &Call<Self>) -> Result<(Stored<AccessReview>, Stored<ReviewLine>), Problem> {
        let (scope, Path { access_review, staff }) = (&call.caller.scope, call.path);
        let (review, line) = tokio::join!(
            self.records.get(scope, keys::access_review(access_review)),
            self.records.get(scope, keys::access_review_line(access_review, staff))
        );
        let compiled = review?.filter(|it| it.record.state != ReviewState::Compiling);
        compiled.zip(line?).ok_or_else(Problem::not_found)
    }

    /// Whether nobody but the caller could attest a line, now or when they were gathered: otherwise a clinic of one person would
    /// never be done.
    async fn is_only_one(&self, call: &Call<Self>, review: &AccessReview) -> Result<bool, Problem> {
        let (scope, own) = (&call.caller.scope, call.caller.staff.record.staff);
        let mut ids = self.records.staff_ids(scope, StaffStatus::Active).await?;
        ids.extend(&review.attesters);
        let members = self.records.staff_each(scope, &ids).await?;
        Ok(review.is_left_to(own, members.iter().map(|it| &it.record), call.now))
    }
}

impl Output {
    fn of(review: AccessReview, line: ReviewLine) -> Self {
        Self { access_review: review.into(), line: line.into() }
    }
}

fn named(Path { access_review, staff }: Path) -> String {
    format!("access_review={access_review};staff={staff}")
}

const fn problem(why: NotAttestable) -> Problem {
    match why {
        NotAttestable::ByThemselves => Problem::needs_another(),
        NotAttestable::Attested => Problem::already_reviewed(),
    }
}
