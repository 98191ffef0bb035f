//! Adds to a signed evaluation. The addendum is signed with it, and chained to what was signed before.

use crate::beside::Added;
use crate::licence::check_licence;
use crate::tag::{lost, tag};
use crate::visit::{Path, Visit};
use crate::wrong_fields;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{
    Addendum, AddendumContent, AddendumText, EvaluationStatus, MAX_ADDENDA, MAX_TEXT, Withdrawal, check_text,
};
use visage_domain::fields::Field;
use visage_domain::ids::OutboxId;
use visage_domain::outbox::{OutboxItem, Task};
use visage_domain::permission;
use visage_domain::phi::Phi;
use visage_domain::retention::Record;
use visage_platform::idempotency::{Idempotent, LABEL};
use visage_platform::operation::check_tag;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Vault, sha256_hex};

/// The operation.
pub struct AddAddendum {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// The addendum.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    text: Phi<String>,
}

impl Operation for AddAddendum {
    const INFO: Info = Info {
        name: "add_addendum",
        method: "POST",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/addenda",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 32 * 1024,
        background: false,
        phi: true,
        changes: true,
        problems: &[
            Problem::invalid_fields(),
            Problem::licence_required(),
            Problem::not_signed(),
            Problem::withdrawn(),
            Problem::too_many_addenda(),
        ],
        headers: &[Header::IfMatch, Header::IdempotencyKey, Header::ETag],
    };
    const FIELDS: &'static [Field] = Added::FIELDS;
    type Caller = Staff<permission::AddAddendum>;
    type Path = Path;
    type Input = Input;
    type Output = Added;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Added>>, Problem> {
        let request = self.request(&call).await?;
        // Read before the first request's mark is looked for: what that request added is then either not judged here, or
        // known to be its doing.
        let visit = Visit::read(&self.records, &self.vault, &call.caller, call.path).await?;
        if let Some(repeated) = self.repeated(&call, &request).await? {
            return Ok(repeated);
        }
        check(&call, &visit)?;
        let (addendum, text) = sign(&call, &visit)?;
        let entropy = &*self.setup.entropy;
        let Path { patient, evaluation } = call.path;
        let render =
            OutboxItem::pending(OutboxId::new(entropy), patient, evaluation, Task::RenderReport, call.now);
        let transaction = self.records.transaction(&call.caller.scope, entropy);
        let transaction = request
            .mark(transaction, vec![addendum.number.to_string()], call.now)?
            .create_sealed(Addendum::TYPE, &addendum, &text, &visit.key)?
            .require_absent(Withdrawal::TYPE, &keys::withdrawal(patient, evaluation))?
            .create(OutboxItem::TYPE, &render)?;
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| {
                let tag = tag(visit.evaluation.version, visit.addenda.len() + 1);
                Reply::new(Added::signed(&addendum, text)).with_tag(tag)
            })),
            Err(CommitError::Conflict(LABEL)) => {
                self.repeated(&call, &request).await?.ok_or_else(Problem::conflict)
            }
            Err(error) => Err(lost(&self.records, &self.vault, &call.caller, call.path, error).await),
        }
    }
}

impl AddAddendum {
    /// The request, as it will be recognised if it comes again.
    async fn request(&self, call: &Call<Self>) -> Result<Idempotent, Problem> {
        let operation = format!("{}/{}", Self::INFO.name, call.path.evaluation);
        Idempotent::of_staff(&self.vault, call, &operation, &[&call.body]).await
    }

    /// The answer of the first request, if this is the second.
    async fn repeated(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
    ) -> Result<Option<Audited<Reply<Added>>>, Problem> {
        let earlier = request.earlier(&self.records, &call.caller.scope, call.now).await?;
        let Some(earlier) = earlier else { return Ok(None) };
        // Read after its mark was found, which was written with it.
        let visit = Visit::read(&self.records, &self.vault, &call.caller, call.path).await?;
        let is_it = |number: &u32| earlier.record.created == [number.to_string()];
        let addendum = visit.addenda.iter().find(|addendum| is_it(&addendum.record.number));
        let addendum = addendum.ok_or_else(Problem::internal)?;
        let reply = Reply::new(Added::of(addendum, &visit.key)?).with_tag(visit.tag());
        call.trail.after(Vec::new(), reply).await.map(Some)
    }
}

fn check(call: &Call<AddAddendum>, visit: &Visit) -> Result<(), Problem> {
    if visit.withdrawal.is_some() {
        return Err(Problem::withdrawn());
    }
    if visit.evaluation.record.status != EvaluationStatus::Signed {
        return Err(Problem::not_signed());
    }
    check_tag(call.if_match.as_deref(), visit.tag())?;
    check_licence(&call.caller, call.now)?;
    check_text(call.input.text.expose(), 1..=MAX_TEXT, "/text")
        .map_or(Ok(()), |error| Err(wrong_fields([error])))?;
    let full = visit.addenda.len() >= MAX_ADDENDA as usize;
    if full { Err(Problem::too_many_addenda()) } else { Ok(()) }
}

/// Signs the addendum over what was signed before it.
fn sign(call: &Call<AddAddendum>, visit: &Visit) -> Result<(Addendum, AddendumText), Problem> {
    let signature = visit.evaluation.record.signature.as_ref().ok_or_else(Problem::internal)?;
    let before = visit.addenda.last().map(|before| &before.record);
    let Path { patient, evaluation } = call.path;
    let (number, signed_by, signed_at) =
        (before.map_or(1, |before| before.number + 1), call.caller.staff.record.staff, call.now);
    let content = AddendumContent {
        evaluation,
        signed_content: &signature.content_hash,
        before: before.map(|before| before.content_hash.as_str()),
        number,
        text: &call.input.text,
        signed_by,
        signed_at,
    };
    let bytes = serde_json::to_vec(&content).map_err(|_| Problem::internal())?;
    let content_hash = sha256_hex(&bytes);
    let text = AddendumText { text: call.input.text.clone() };
    Ok((Addendum { patient, evaluation, number, signed_by, signed_at, content_hash }, text))
}
