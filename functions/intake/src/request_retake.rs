//! Asks the patient for another photo of a view, with a reason that the patient can act on.
//!
//! The link goes to a channel that the patient confirmed, or staff hand it over; then its address is answered once. A
//! later ask for the same view takes the place of an earlier one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::capability::Capability;
use visage_domain::channel::ConfirmedChannel;
use visage_domain::evaluation::Evaluation;
use visage_domain::face::{RetakeReason, View};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{EvaluationId, OutboxId, PatientId, RetakeId};
use visage_domain::outbox::OutboxItem;
use visage_domain::permission;
use visage_domain::photo::Photo;
use visage_domain::report::LinkChannel;
use visage_domain::retake::{Retake, RetakeLink};
use visage_domain::retention::Record;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::check_open;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Subject, Vault, link_id_of, secret_hash};

/// The operation.
pub struct RequestRetake {
    records: Records,
    vault: Vault,
    web_url: String,
    setup: Setup,
}

/// Which evaluation.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
    evaluation: EvaluationId,
}

/// The ask.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    view: View,
    reason: RetakeReason,
    channel: LinkChannel,
}

/// The ask that was made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    retake: RetakeId,
    channel: LinkChannel,
    /// Where the link leads, if staff hand it over; only in the first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    expires_at: jiff::Timestamp,
}

/// What stands with the visit.
struct Visit {
    evaluation: Evaluation,
    confirmed: Vec<ConfirmedChannel>,
    photos: Vec<Photo>,
}

impl Operation for RequestRetake {
    const INFO: Info = Info {
        name: "request_retake",
        method: "POST",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/retakes",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 512,
        background: false,
        phi: true,
        changes: true,
        problems: &[
            Problem::already_signed(),
            Problem::withdrawn(),
            Problem::invalid_fields(),
            Problem::channel_not_confirmed(),
        ],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[shown("retake"), shown("channel"), shown("url"), shown("expiresAt")];
    type Caller = Staff<permission::RequestRetake>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            vault: setup.vault()?,
            web_url: setup.config.web_url()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let caller = &call.caller;
        let staff = caller.staff.record.staff;
        // The evaluation is the path's, not the body's: the same key is good for no other one.
        let evaluation = call.path.evaluation.to_string();
        let asked: [&[u8]; 2] = [&call.body, evaluation.as_bytes()];
        let request = Idempotent::of_staff(&self.vault, &call, Self::INFO.name, &asked).await?;
        // Read before the first request's mark is looked for: what happened since is no reason to refuse the second click.
        let visit = self.visit(&call).await?;
        if let Some(retake) = request.replay(&self.records, &caller.scope, call.now).await? {
            return self.again(&call, retake).await;
        }
        check(&call, &visit)?;
        let retake = Retake {
            retake: RetakeId::new(&*self.setup.entropy),
            patient: call.path.patient,
            evaluation: call.path.evaluation,
            view: call.input.view,
            channel: call.input.channel,
            asked_by: Some(staff),
            rejection: None,
            asked_at: call.now,
        };
        match self.ask(&call, &request, &retake, &visit).await? {
            Ok(audited) => Ok(audited),
            Err(CommitError::Conflict(idempotency::LABEL)) => {
                let retake = request.created(&self.records, &caller.scope, call.now).await?;
                self.again(&call, retake).await
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl RequestRetake {
    /// Reads the visit.
    async fn visit(&self, call: &Call<Self>) -> Result<Visit, Problem> {
        let Path { patient, evaluation } = call.path;
        let mut found = self.records.visit(&call.caller.scope, patient, evaluation.into()).await?;
        let evaluation = found.take::<Evaluation>()?.ok_or_else(Problem::not_found)?.record;
        let confirmed = found.take_all::<ConfirmedChannel>()?.into_iter().map(|it| it.record).collect();
        let photos = found.take_all::<Photo>()?.into_iter().map(|it| it.record).collect();
        Ok(Visit { evaluation, confirmed, photos })
    }

    async fn ask(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        retake: &Retake,
        visit: &Visit,
    ) -> Result<Result<Audited<Reply<Output>>, CommitError>, Problem> {
        let (scope, entropy) = (&call.caller.scope, &*self.setup.entropy);
        let wrapped = call.caller.patient_key.as_ref().ok_or_else(Problem::not_found)?;
        let key = self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(retake.patient)).await?;
        let transaction = self.records.transaction(scope, entropy);
        let transaction = request
            .mark(transaction, vec![retake.retake.to_string()], call.now)?
            .require_open(Evaluation::TYPE, &visit.evaluation)?
            .create_sealed(Retake::TYPE, retake, &vec![call.input.reason], &key)?;
        let mut url = None;
        let transaction = match retake.channel.sent_by() {
            Some(channel) => {
                let notice = retake.notice(channel, OutboxId::new(entropy));
                transaction.create(OutboxItem::TYPE, &notice)?
            }
            None => {
                let capability = Capability::new(scope.clinic(), entropy);
                let (link, hash) = (link_id_of(&capability.secret), secret_hash(&capability.secret));
                url = Some(format!("{}/retake#{}", self.web_url, capability.encode()));
                transaction.create(RetakeLink::TYPE, &RetakeLink::of(retake, link, hash, call.now))?
            }
        };
        let committed = call.trail.commit(transaction).await;
        Ok(committed.map(|audited| audited.map(|()| Reply::new(Output::of(retake, url)))))
    }

    /// The second click: the ask was made, and whoever made it has its link.
    async fn again(&self, call: &Call<Self>, retake: RetakeId) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, Path { patient, evaluation }) = (&call.caller.scope, call.path);
        let stored = self.records.get(scope, keys::retake(patient, evaluation, retake)).await?;
        let stored = stored.ok_or_else(Problem::internal)?;
        call.trail.after(Vec::new(), Reply::new(Output::of(&stored.record, None))).await
    }
}

/// Whether it may be asked for.
fn check(call: &Call<RequestRetake>, visit: &Visit) -> Result<(), Problem> {
    check_open(visit.evaluation.status)?;
    // A view that nobody consented to show, and was never shown, isn't asked for this way.
    if !visit.photos.iter().any(|photo| photo.view == call.input.view) {
        let error = FieldProblem::new("/view", "no_photo");
        return Err(Problem::invalid_fields().with_errors([error]));
    }
    let wanted = call.input.channel.sent_by();
    if wanted.is_some_and(|wanted| !visit.confirmed.iter().any(|it| it.channel == wanted)) {
        return Err(Problem::channel_not_confirmed());
    }
    Ok(())
}

impl Output {
    fn of(retake: &Retake, url: Option<String>) -> Self {
        Self { retake: retake.retake, channel: retake.channel, url, expires_at: retake.expires_at() }
    }
}
