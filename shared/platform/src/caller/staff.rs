//! A clinic's user with a session.

use super::standing::admitted;
use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::request::{Incoming, Presented};
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use visage_domain::capability::{Secret, SessionToken};
use visage_domain::clinic::Clinic;
use visage_domain::keys::PatientKey;
use visage_domain::permission::{Permission, Row};
use visage_domain::principal::{Principal, Role};
use visage_domain::scope::{NotGranted, Scope, authorize, authorize_in_emergency};
use visage_domain::session::{Liveness, Session, liveness};
use visage_domain::staff;
use visage_store::records::{GateReads, Stored};
use visage_store::vault::{secret_hash, verify_secret};

/// A clinic's user who holds permission `P`.
#[derive(Clone, Debug)]
pub struct Staff<P> {
    /// The key to the clinic's records.
    pub scope: Scope<P>,
    /// The clinic.
    pub clinic: Clinic,
    /// The membership.
    pub staff: Stored<staff::Staff>,
    /// The session.
    pub session: Stored<Session>,
    /// The wrapped key of the patient that the path names, if there is such a patient.
    pub patient_key: Option<PatientKey>,
    permission: PhantomData<P>,
}

/// What the gate read.
struct Papers {
    session: Stored<Session>,
    staff: Stored<staff::Staff>,
    clinic: Stored<Clinic>,
    patient_key: Option<PatientKey>,
}

impl<P: Permission> Caller for Staff<P> {
    type Gate = GateReads;
    const PERMISSION: Row = Row::of::<P>();
    const KIND: &'static str = "staff";
    const IN_CLINIC: bool = true;
    const PROBLEMS: &'static [Problem] = &[
        Problem::unauthenticated(),
        Problem::session_idle(),
        Problem::session_expired(),
        Problem::csrf(),
        Problem::forbidden(),
    ];

    fn gate(setup: &Setup) -> Result<GateReads, SetupError> {
        setup.gate_reads()
    }

    async fn admit(gate: &GateReads, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        let (token, csrf) = present(knock.incoming).ok_or(Refused::stranger(Problem::unauthenticated()))?;
        let papers = read(gate, &token, knock.incoming).await?;
        let actor = papers.staff.record.actor();
        let mut trail = knock
            .trail
            .in_clinic(token.clinic)
            .acting_as(actor.clone())
            .naming_client(knock.incoming.client.clone());
        trail.patient = knock.incoming.patient();
        let renew = match alive(&papers, knock.now) {
            Ok(renew) => renew,
            Err(problem) => return Err(Refused::known(problem, trail)),
        };
        let principal = Principal { clinic: token.clinic, actor };
        let scope = decide::<P>(&principal, &papers.session.record, knock.now);
        trail.break_glass = scope.as_ref().ok().and_then(Scope::break_glass);
        let refuse = |problem: Problem| Refused::known(problem, trail.clone());

        check_csrf(knock.incoming, csrf.as_deref(), &papers.session.record).map_err(&refuse)?;
        if renew && !(knock.incoming.background && knock.info.background) {
            let touched = gate.touch(token.clinic, &papers.session, knock.now).await;
            touched.map_err(|error| refuse(error.into()))?;
        }
        admitted::<P>(&papers.clinic.record, knock.info, knock.now).map_err(&refuse)?;
        let scope = scope.map_err(|_| refuse(Problem::forbidden()))?;
        let Papers { session, staff, clinic, patient_key } = papers;
        let admitted =
            Self { scope, clinic: clinic.record, staff, session, patient_key, permission: PhantomData };
        Ok((admitted, trail))
    }
}

/// The token, and the CSRF secret if it came as a cookie.
fn present(incoming: &Incoming) -> Option<(SessionToken, Option<String>)> {
    match &incoming.presented {
        Presented::Nothing => None,
        Presented::Bearer(token) => Some((SessionToken::decode(token)?, None)),
        Presented::Cookie { token, csrf } => {
            Some((SessionToken::decode(token)?, Some(csrf.clone().unwrap_or_default())))
        }
    }
}

/// Reads session, membership and clinic. A token that fits no session is a stranger's.
async fn read(gate: &GateReads, token: &SessionToken, incoming: &Incoming) -> Result<Papers, Refused> {
    let strange = || Refused::stranger(Problem::unauthenticated());
    let mut found = gate.staff(token, incoming.patient()).await.map_err(Refused::stranger)?;
    let session = found.take::<Session>().map_err(Refused::stranger)?.ok_or_else(strange)?;
    let staff = found.take::<staff::Staff>().map_err(Refused::stranger)?.ok_or_else(strange)?;
    let clinic = found.take::<Clinic>().map_err(Refused::stranger)?.ok_or_else(strange)?;
    let patient_key = found.take::<PatientKey>().map_err(Refused::stranger)?.map(|stored| stored.record);
    if verify_secret(&token.secret, &session.record.token_hash) {
        Ok(Papers { session, staff, clinic, patient_key })
    } else {
        Err(strange())
    }
}

/// Whether the session still counts; says if its activity is to be written.
fn alive(papers: &Papers, now: jiff::Timestamp) -> Result<bool, Problem> {
    if !papers.staff.record.admits_session(papers.session.record.started_at) {
        return Err(Problem::unauthenticated());
    }
    match liveness(papers.session.record.started_at, papers.session.record.seen_at, now) {
        Liveness::Live { renew } => Ok(renew),
        Liveness::Idle => Err(Problem::session_idle()),
        Liveness::TooOld => Err(Problem::session_expired()),
    }
}

/// Whether they may: by their roles or, for an hour, by the glass that was broken in this session. That comes first with who is
/// no provider, for a provider sees more of a chart than others whose roles open it.
fn decide<P: Permission>(
    principal: &Principal,
    session: &Session,
    now: jiff::Timestamp,
) -> Result<Scope<P>, NotGranted> {
    match session.open_glass(now).filter(|_| !principal.actor.is(Role::Provider)) {
        Some(glass) => authorize_in_emergency(principal, glass).or_else(|_| authorize(principal)),
        None => authorize(principal),
    }
}

/// A browser sends the cookie by itself, so a change also needs what only our own pages can read.
fn check_csrf(incoming: &Incoming, csrf: Option<&str>, session: &Session) -> Result<(), Problem> {
    let Some(csrf) = csrf else { return Ok(()) };
    let proven = Secret::decode(csrf).is_some_and(|secret| secret_hash(&secret) == session.csrf_hash);
    if proven || !incoming.mutates { Ok(()) } else { Err(Problem::csrf()) }
}
