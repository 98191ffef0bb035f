//! The versions of the clinic's form, the newest first.

use crate::standing::Line;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::permission;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};

/// How many versions a page has.
const PAGE: i32 = 50;

/// The operation.
#[derive(Debug)]
pub struct ListFormVersions {
    records: Records,
}

/// Where the page begins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `next` of the page before.
    next: Option<u32>,
}

/// A page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The version that new intakes answer; none while the last one is retired and no other published.
    current: Option<u32>,
    versions: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Operation for ListFormVersions {
    const INFO: Info = Info {
        name: "list_form_versions",
        method: "GET",
        path: "/v1/forms",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("current"), shown("versions").of(Line::FIELDS), shown("next")];
    type Caller = Staff<permission::ReadFormVersions>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let scope = &call.caller.scope;
        let (current, page) = tokio::join!(
            self.records.get(scope, keys::current_form()),
            self.records.form_standings(scope, PAGE, call.input.next)
        );
        let (current, page) = (current?.map(|current| current.record.version), page?);
        let versions: Vec<_> =
            page.entries.into_iter().map(|standing| Line::of(standing.record, current)).collect();
        let shown = versions.iter().map(|line: &Line| line.version.to_string()).collect();
        let output = Output { current, versions, next: page.next };
        call.trail.after(shown, Reply::new(output)).await
    }
}
