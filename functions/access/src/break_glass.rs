//! Breaks the glass: opens charts to be read for an hour, to the session that asks, whatever the roles of who asks. Those who
//! answer for the clinic are told at once, every access is marked, and somebody else has to review it.

use crate::glass::check_said;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::alert::{Alert, AlertEvent};
use visage_domain::audit::Purpose;
use visage_domain::break_glass::{BreakGlass as Broken, BreakGlassTexts, EmergencyReason, OpenGlass};
use visage_domain::evaluation::Reason;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{AlertId, BreakGlassId};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::session::Session;
use visage_platform::idempotency::{Idempotent, LABEL};
use visage_platform::operation::Empty;
use visage_platform::{
    Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff, Trail,
};
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct BreakGlass {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// Why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    reason: EmergencyReason,
    /// What happened, and what for charts must be read; who reviews it sees it.
    explanation: Reason,
}

/// Until when charts are open.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    break_glass: BreakGlassId,
    until: Timestamp,
}

impl Operation for BreakGlass {
    const INFO: Info = Info {
        name: "break_glass",
        method: "POST",
        path: "/v1/break-glass",
        purpose: Purpose::Security,
        status: 201,
        body_limit: 8 * 1024,
        background: false,
        // It opens what only a clinic that may read about patients can be shown, and changes nothing of it.
        phi: true,
        changes: false,
        problems: &[Problem::invalid_fields()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[shown("breakGlass"), shown("until")];
    type Caller = Staff<permission::BreakGlass>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    /// What is open already is answered again, and nobody is told twice: by the request's key or, under another key, by the
    /// session itself, which two clicks at once can't both change.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        check_said(&call.input.explanation, "/explanation")?;
        let Staff { scope, clinic, staff, session, .. } = &call.caller;
        let key = self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic).await?;
        // The same key in another session is another request: the glass is broken for one session alone.
        let caller = format!("{}/{}", staff.record.staff, session.record.session);
        let given = call.idempotency_key.as_deref();
        let request = Idempotent::new(&key, &caller, Self::INFO.name, given, &[&call.body])?;
        if let Some(earlier) = request.replay(&self.records, scope, call.now).await? {
            return self.repeated(&call, earlier).await;
        }
        if let Some(open) = session.record.break_glass.filter(|glass| glass.is_open(call.now)) {
            return self.is_open(&call, &request, open).await;
        }
        let (entropy, roles) = (&*self.setup.entropy, staff.record.roles.clone());
        let id = BreakGlassId::new(entropy);
        let broken = Broken::of(id, &session.record, roles, call.input.reason, call.now);
        let opened =
            Session { break_glass: Some(broken.open()), seen_at: call.now, ..session.record.clone() };
        let texts = BreakGlassTexts { explanation: call.input.explanation.clone(), note: None };
        let alert = Alert::pending(AlertId::new(entropy), AlertEvent::BreakGlass, call.now);
        let transaction = self.records.transaction(scope, entropy);
        let transaction = request
            .mark(transaction, vec![id.to_string()], call.now)?
            .replace(Session::TYPE, session, &opened)?
            .create_sealed(Broken::TYPE, &broken, &texts, &key)?
            .create(Alert::TYPE, &alert)?;
        let resource = format!("break_glass={id};reason={}", broken.reason.code());
        match call.trail.clone().regarding(resource).commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Output::of(broken.open())))),
            Err(CommitError::Conflict(LABEL)) => {
                let earlier = request.created(&self.records, scope, call.now).await?;
                self.repeated(&call, earlier).await
            }
            Err(CommitError::Conflict(Session::TYPE)) => self.opened_meanwhile(&call, &request).await,
            Err(error) => Err(error.into()),
        }
    }
}

impl BreakGlass {
    /// It is open, and this click is known from now on: sent once more after the hour, it doesn't break the glass anew.
    async fn is_open(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
        open: OpenGlass,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let scope = &call.caller.scope;
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let (there, trail) = (open.break_glass.to_string(), trail_of(call, open));
        let audited =
            request.answered_with((&self.records, scope), transaction, there, call.now, &trail).await?;
        Ok(audited.map(|()| Reply::new(Output::of(open))))
    }

    /// What the first request opened.
    async fn repeated(
        &self,
        call: &Call<Self>,
        earlier: BreakGlassId,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let stored = self.records.get(&call.caller.scope, keys::break_glass(earlier)).await?;
        again(call, stored.ok_or_else(Problem::conflict)?.record.open()).await
    }

    /// What another request of the session opened at the same moment.
    async fn opened_meanwhile(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let Session { staff, session, .. } = call.caller.session.record;
        let stored = self.records.get(&call.caller.scope, keys::session(staff, session)).await?;
        let open = stored.and_then(|it| it.record.break_glass).filter(|glass| glass.is_open(call.now));
        self.is_open(call, request, open.ok_or_else(Problem::conflict)?).await
    }
}

/// Answers what is there already.
async fn again(call: &Call<BreakGlass>, open: OpenGlass) -> Result<Audited<Reply<Output>>, Problem> {
    trail_of(call, open).after(Vec::new(), Reply::new(Output::of(open))).await
}

fn trail_of(call: &Call<BreakGlass>, open: OpenGlass) -> Trail {
    call.trail.clone().regarding(format!("break_glass={}", open.break_glass))
}

impl Output {
    const fn of(open: OpenGlass) -> Self {
        Self { break_glass: open.break_glass, until: open.until }
    }
}
