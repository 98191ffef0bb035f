//! Who broke the glass, by whether it was reviewed, the latest first.

use crate::glass::Shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The most of a page: they come in one call of at most 100 items.
const MAX_PAGE: i32 = 50;

/// The operation.
pub struct ListBreakGlass {
    records: Records,
}

/// Whether somebody reviewed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BreakGlassState")]
pub enum State {
    /// Nobody yet: it is told until somebody does.
    Unreviewed,
    /// Somebody did.
    Reviewed,
}

/// Which page of which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    #[serde(default = "unreviewed")]
    state: State,
    #[serde(default = "page")]
    #[schemars(range(min = 1, max = MAX_PAGE))]
    limit: i32,
    next: Option<String>,
}

const fn unreviewed() -> State {
    State::Unreviewed
}

const fn page() -> i32 {
    25
}

/// The page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    break_glass: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Operation for ListBreakGlass {
    const INFO: Info = Info {
        name: "list_break_glass",
        method: "GET",
        path: "/v1/break-glass",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("breakGlass").of(Shown::FIELDS), shown("next")];
    type Caller = Staff<permission::ReadBreakGlass>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let Input { state, limit, next } = &call.input;
        if !(1..=MAX_PAGE).contains(limit) {
            return Err(Problem::invalid_query());
        }
        let is_reviewed = *state == State::Reviewed;
        let scope = &call.caller.scope;
        let page = self.records.broken_glasses(scope, is_reviewed, *limit, next.as_deref()).await?;
        let records = page.entries.into_iter().map(|stored| stored.record);
        let of_state = records.filter(|it| it.review.is_some() == is_reviewed);
        let break_glass: Vec<Shown> = of_state.map(Shown::from).collect();
        let shown = break_glass.iter().map(Shown::id).collect();
        call.trail.after(shown, Reply::new(Output { break_glass, next: page.next })).await
    }
}
