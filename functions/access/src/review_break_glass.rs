//! Reviews that somebody broke the glass: what was found, and a note. Once, by somebody else, when it is over.

use crate::glass::{Path, Shown, check_said, read};
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::break_glass::{BreakGlass, BreakGlassTexts, Finding, NotReviewable};
use visage_domain::evaluation::Reason;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct ReviewBreakGlass {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// The review.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    finding: Finding,
    /// What was looked at, and what follows from it.
    note: Reason,
}

impl Operation for ReviewBreakGlass {
    const INFO: Info = Info {
        name: "review_break_glass",
        method: "PUT",
        path: "/v1/break-glass/{break_glass}/review",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 8 * 1024,
        background: false,
        // As what it judges; and what only reads must be answered for too.
        phi: true,
        changes: false,
        problems: &[
            Problem::invalid_fields(),
            Problem::needs_another(),
            Problem::still_open(),
            Problem::already_reviewed(),
            Problem::conflict(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Shown::FIELDS;
    type Caller = Staff<permission::ReviewBreakGlass>;
    type Path = Path;
    type Input = Input;
    type Output = Shown;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Shown>>, Problem> {
        let Staff { scope, clinic, staff, .. } = &call.caller;
        let (stored, key) = tokio::join!(
            read(&self.records, scope, call.path),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (stored, key) = (stored?, key?);
        check_said(&call.input.note, "/note")?;
        let Input { finding, note } = call.input;
        let reviewed = stored.record.reviewed(staff.record.staff, finding, call.now).map_err(problem)?;
        let texts = BreakGlassTexts { note: Some(note), ..stored.open(&key)? };
        let transaction = self.records.transaction(scope, &*self.setup.entropy).replace_sealed(
            BreakGlass::TYPE,
            &stored,
            &reviewed,
            &texts,
            &key,
        )?;
        let resource = format!("break_glass={};finding={}", reviewed.break_glass, finding.code());
        let audited = call.trail.regarding(resource).commit(transaction).await?;
        Ok(audited.map(|()| Reply::new(reviewed.into())))
    }
}

const fn problem(why: NotReviewable) -> Problem {
    match why {
        NotReviewable::ByThemselves => Problem::needs_another(),
        NotReviewable::StillOpen => Problem::still_open(),
        NotReviewable::Reviewed => Problem::already_reviewed(),
    }
}
