//! A review of who has access, with a line for each user: what they may do, what they did, and what was said of it.

use crate::review::{Line, Path, Shown};
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::access_review::ReviewState;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};

/// The operation.
pub struct GetAccessReview {
    records: Records,
}

/// It, and its lines once all are there.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    access_review: Shown,
    lines: Vec<Line>,
}

impl Operation for GetAccessReview {
    const INFO: Info = Info {
        name: "get_access_review",
        method: "GET",
        path: "/v1/access-reviews/{access_review}",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] =
        &[shown("accessReview").of(Shown::FIELDS), shown("lines").of(Line::FIELDS)];
    type Caller = Staff<permission::ReadAccessReviews>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, id) = (&call.caller.scope, call.path.access_review);
        let (review, lines) = tokio::join!(
            self.records.get(scope, keys::access_review(id)),
            self.records.access_review_lines(scope, id)
        );
        let (review, lines) = (review?.ok_or_else(Problem::not_found)?.record, lines?);
        // Some may be there already, and are nothing without the rest.
        let is_compiled = review.state != ReviewState::Compiling;
        let lines = lines.into_iter().filter(|_| is_compiled).map(|stored| stored.record);
        let lines: Vec<Line> = lines.map(Line::from).collect();
        let shown = lines.iter().map(Line::id).collect();
        call.trail.after(shown, Reply::new(Output { access_review: review.into(), lines })).await
    }
}
