//! The sessions that somebody has open, with the address and the browser that each was started from.

use crate::member::{Path, check_may_manage, read};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::SessionId;
use visage_domain::permission;
use visage_domain::session::{Liveness, Session, liveness};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::Records;

/// The operation.
pub struct ListSessions {
    records: Records,
}

/// Them, the latest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    sessions: Vec<Line>,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Line {
    session: SessionId,
    started_at: Timestamp,
    /// The last request, to the minute.
    seen_at: Timestamp,
    ends_at: Timestamp,
    ip: String,
    user_agent: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl Operation for ListSessions {
    const INFO: Info = Info {
        name: "list_sessions",
        method: "GET",
        path: "/v1/staff/{staff}/sessions",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("sessions").of(Line::FIELDS)];
    type Caller = Staff<permission::UseSession>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, staff) = (&call.caller.scope, call.path.staff);
        check_may_manage(&call.caller, staff)?;
        let (member, stored) =
            tokio::join!(read(&self.records, scope, staff), self.records.sessions(scope, staff));
        let (member, stored) = (member?.record, stored?);
        let counts = |session: &Session| {
            let clocks = liveness(session.started_at, session.seen_at, call.now);
            member.admits_session(session.started_at) && matches!(clocks, Liveness::Live { .. })
        };
        let current = call.caller.session.record.session;
        let open = stored.into_iter().map(|stored| stored.record).filter(counts);
        let mut sessions: Vec<_> = open.map(|session| Line::of(session, current)).collect();
        sessions.sort_by_key(|line| std::cmp::Reverse(line.started_at));
        let shown = sessions.iter().map(|line| line.session.to_string()).collect();
        call.trail.after(shown, Reply::new(Output { sessions })).await
    }
}

impl Line {
    const FIELDS: &'static [Field] = &[
        shown("session"),
        shown("startedAt"),
        shown("seenAt"),
        shown("endsAt"),
        shown("ip"),
        shown("userAgent"),
        shown("current"),
    ];

    fn of(session: Session, current: SessionId) -> Self {
        Self {
            ends_at: session.ends_at(),
            session: session.session,
            started_at: session.started_at,
            seen_at: session.seen_at,
            ip: session.client.ip,
            user_agent: session.client.user_agent,
            current: session.session == current,
        }
    }
}
