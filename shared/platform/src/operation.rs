//! An operation: one route, one file, one function.

use crate::caller::{Caller, Staff};
pub use crate::listed::{Listed, list};
use crate::problem::Problem;
use crate::setup::{Setup, SetupError};
use crate::trail::{Audited, Trail};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use visage_domain::access_reason::AccessReason;
use visage_domain::audit::{Client, Purpose};
use visage_domain::evaluation::{Evaluation, EvaluationStatus};
use visage_domain::fields::Field;
use visage_domain::staff::{self, BulkPermission};

/// What is known of an operation without running it: for the pipeline, the documents and the tests that walk all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its name: the same in its file, bin, function, sample event and audit entries.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// Why it reads or writes what it does.
    pub purpose: Purpose,
    /// The status of success.
    pub status: u16,
    /// The largest body that it takes, in bytes; 0 for none.
    pub body_limit: usize,
    /// Whether a request may say that nobody sits before it, and then doesn't keep the session alive.
    pub background: bool,
    /// Whether it handles PHI, and so needs the clinic's agreement.
    pub phi: bool,
    /// Whether it changes what the clinic keeps, and so waits while the clinic may only read. What a request must be sent
    /// for to be able to read, to protect a patient, or to run the clinic's accounts doesn't. At a closed clinic that isn't
    /// asked: nothing but reading and signing out is left there.
    pub changes: bool,
    /// What it may answer instead of success, beside what [`Listed::problems`] derives from all else.
    pub problems: &'static [Problem],
    /// The headers that it asks for or answers with, beside those of every operation.
    pub headers: &'static [Header],
}

impl Info {
    /// Whether it changes something, by its method.
    pub fn mutates(&self) -> bool {
        !matches!(self.method, "GET" | "HEAD")
    }

    /// Whether it asks for `header` or answers with it.
    pub fn has(&self, header: Header) -> bool {
        self.headers.contains(&header)
    }

    /// Whether it asks for `If-Match`, be it only once there is something to change.
    pub fn asks_for_tag(&self) -> bool {
        self.has(Header::IfMatch) || self.has(Header::IfMatchOnceThere)
    }
}

/// A header that some operations have and some don't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// `If-Match`, asked for: a change says what it is based on.
    IfMatch,
    /// `If-Match`, asked for once there is something to change: what begins it is based on nothing.
    IfMatchOnceThere,
    /// `Idempotency-Key`, asked for: a second click is recognised.
    IdempotencyKey,
    /// `Accept-Language`, looked at.
    AcceptLanguage,
    /// `ETag` of what is answered.
    ETag,
    /// `X-Access-Reason`: why a chart is opened that isn't part of one's work.
    AccessReason,
    /// `Set-Cookie`: the session's.
    SetCookie,
}

/// An operation.
pub trait Operation: Sized + Send + Sync + 'static {
    /// What is known of it.
    const INFO: Info;
    /// What of its answer is shown, and to whom. Nothing else leaves; empty where it answers nothing.
    const FIELDS: &'static [Field];
    /// The media types that its body may have.
    const CONSUMES: &'static [&'static str] = &["application/json"];
    /// The media type of its answer.
    const PRODUCES: &'static str = "application/json";
    /// Who may call it.
    type Caller: Caller;
    /// The path's parameters.
    type Path: DeserializeOwned + JsonSchema + Send;
    /// The body, or the query where there is no body.
    type Input: DeserializeOwned + JsonSchema + Send;
    /// The answer's body.
    type Output: Serialize + JsonSchema + Send;

    /// Makes the operation with what it needs, once, before the first request.
    fn build(setup: &Setup) -> impl Future<Output = Result<Self, SetupError>> + Send;

    /// Does it. The answer can only be made by a [`Trail`], so that none leaves without its audit entry.
    fn handle(
        &self,
        call: Call<Self>,
    ) -> impl Future<Output = Result<Audited<Reply<Self::Output>>, Problem>> + Send;
}

impl<O: Operation> std::fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Call({})", O::INFO.name)
    }
}

/// A request that passed the gate.
pub struct Call<O: Operation> {
    /// Who calls.
    pub caller: O::Caller,
    /// The path's parameters.
    pub path: O::Path,
    /// The input.
    pub input: O::Input,
    /// The audit trail of this request.
    pub trail: Trail,
    /// The instant of the request.
    pub now: Timestamp,
    /// The client.
    pub client: Client,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `Accept-Language`.
    pub accept_language: Option<String>,
    /// Why a chart is opened.
    pub access_reason: Option<AccessReason>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<T> {
    /// The body; none for 204.
    pub body: Option<T>,
    /// The entity tag.
    pub etag: Option<String>,
    /// A cookie to set.
    pub cookie: Option<String>,
}

impl<T> Reply<T> {
    /// An answer with a body.
    pub const fn new(body: T) -> Self {
        Self { body: Some(body), etag: None, cookie: None }
    }

    /// An answer without one.
    pub const fn empty() -> Self {
        Self { body: None, etag: None, cookie: None }
    }

    /// The same answer with an entity tag.
    #[must_use]
    pub fn with_etag(mut self, version: u64) -> Self {
        self.etag = Some(etag(version));
        self
    }

    /// The same answer with a tag that is more than a version.
    #[must_use]
    pub fn with_tag(mut self, tag: String) -> Self {
        self.etag = Some(tag);
        self
    }

    /// The same answer with a cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: String) -> Self {
        self.cookie = Some(cookie);
        self
    }
}

/// That a change is based on the version that is current.
///
/// # Errors
/// 428 without `If-Match`, 412 with another version than `version`.
pub fn check_version(if_match: Option<&str>, version: u64) -> Result<(), Problem> {
    check_tag(if_match, etag(version))
}

/// That a change is based on what has the tag `current`.
///
/// # Errors
/// 428 without `If-Match`, 412 with another tag.
pub fn check_tag(if_match: Option<&str>, current: String) -> Result<(), Problem> {
    match if_match {
        None => Err(Problem::if_match_required()),
        Some(given) if given == current => Ok(()),
        Some(_) => Err(Problem::changed_meanwhile().with_etag(current)),
    }
}

/// That an evaluation may still be written on.
///
/// # Errors
/// 409 once it is signed or withdrawn.
pub const fn check_open(status: EvaluationStatus) -> Result<(), Problem> {
    match status {
        EvaluationStatus::New | EvaluationStatus::InProgress => Ok(()),
        EvaluationStatus::Signed => Err(Problem::already_signed()),
        EvaluationStatus::Withdrawn => Err(Problem::withdrawn()),
    }
}

/// That `caller` may open an evaluation: it is part of their work, they say why, or they said so when they broke the glass.
///
/// # Errors
/// 403 if none of these.
pub fn check_involved<P>(
    evaluation: &Evaluation,
    caller: &Staff<P>,
    reason: Option<AccessReason>,
) -> Result<(), Problem> {
    let in_emergency = caller.scope.break_glass().is_some();
    let may = evaluation.involves(caller.staff.record.staff) || reason.is_some() || in_emergency;
    if may { Ok(()) } else { Err(Problem::reason_required()) }
}

/// That a member was given leave to do something to many patients at once, and that it hasn't ended. The gate reads the
/// membership with every request, so that what is taken back counts no more from the next one on.
///
/// # Errors
/// 403 if not.
pub fn check_bulk(member: &staff::Staff, permission: BulkPermission, now: Timestamp) -> Result<(), Problem> {
    if member.holds_bulk(permission, now) { Ok(()) } else { Err(Problem::bulk_permission_required()) }
}

/// The entity tag of a record's version.
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// Path parameters or input of an operation that takes none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}
