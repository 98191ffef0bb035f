//! The reviews of who has access, the latest first.

use crate::review::Shown;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
pub struct ListAccessReviews {
    records: Records,
}

/// All of them: some four a year.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    access_reviews: Vec<Shown>,
}

impl Operation for ListAccessReviews {
    const INFO: Info = Info {
        name: "list_access_reviews",
        method: "GET",
        path: "/v1/access-reviews",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("accessReviews").of(Shown::FIELDS)];
    type Caller = Staff<permission::ReadAccessReviews>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let mut reviews = self.records.access_reviews(&call.caller.scope).await?;
        reviews.sort_by_key(|stored| std::cmp::Reverse(stored.record.started_at));
        let access_reviews: Vec<Shown> = reviews.into_iter().map(|stored| stored.record.into()).collect();
        let shown = access_reviews.iter().map(Shown::id).collect();
        call.trail.after(shown, Reply::new(Output { access_reviews })).await
    }
}
