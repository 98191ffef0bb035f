//! What one's own session is: who, where, in which roles, until when.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::permission;
use visage_domain::principal::Role;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};

/// The operation.
#[derive(Debug)]
pub struct GetSession;

/// The session.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    clinic: ClinicId,
    clinic_name: String,
    time_zone: String,
    staff: StaffId,
    roles: Vec<Role>,
    ends_at: Timestamp,
    /// Until when a broken glass opens charts to it, as long as one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    charts_open_until: Option<Timestamp>,
}

impl Operation for GetSession {
    const INFO: Info = Info {
        name: "get_session",
        method: "GET",
        path: "/v1/session",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        // A page may ask by itself whether its session still counts; that must not keep it alive.
        background: true,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[
        shown("clinic"),
        shown("clinicName"),
        shown("timeZone"),
        shown("staff"),
        shown("roles"),
        shown("endsAt"),
        shown("chartsOpenUntil"),
    ];
    type Caller = Staff<permission::UseSession>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(_setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self)
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let session = &call.caller.session.record;
        let (ends_at, glass) = (session.ends_at(), session.break_glass.filter(|it| it.is_open(call.now)));
        let staff = call.caller.staff.record;
        let output = Output {
            clinic: call.caller.clinic.clinic,
            clinic_name: call.caller.clinic.name,
            time_zone: call.caller.clinic.time_zone,
            staff: staff.staff,
            roles: staff.roles,
            ends_at,
            charts_open_until: glass.map(|glass| glass.until),
        };
        call.trail.after(Vec::new(), Reply::new(output)).await
    }
}
