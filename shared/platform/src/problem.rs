//! Problem details (RFC 9457): what went wrong, as a client can act on it.
//!
//! Every text is fixed in the code; neither input nor an internal error can get into a body.

use lambda_http::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use std::borrow::Cow;
use visage_domain::fields::{Field, shown};
use visage_domain::form::FieldError;
use visage_store::StoreError;
use visage_store::records::CommitError;

/// The most wrong fields that one answer names. Who sends a megabyte of mistakes has enough to mend, and an answer that
/// names each would be larger than an answer may be.
pub const MOST_ERRORS: usize = 500;

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldProblem {
    /// The form item it belongs to, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_id: Option<String>,
    /// A JSON pointer into the body (RFC 6901).
    pub pointer: String,
    /// A stable code.
    pub code: Cow<'static, str>,
    /// What it means, in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Cow<'static, str>>,
}

impl FieldProblem {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[shown("linkId"), shown("pointer"), shown("code"), shown("detail")];

    /// A wrong field at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str) -> Self {
        Self { link_id: None, pointer: pointer.into(), code: code.into(), detail: None }
    }
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self {
            link_id: error.link_id,
            pointer: error.pointer,
            code: error.code.as_str().into(),
            detail: Some(error.message),
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable code.
    pub code: &'static str,
    /// A sentence for people.
    pub title: &'static str,
    /// The wrong fields, all of them up to [`MOST_ERRORS`].
    pub errors: Vec<FieldProblem>,
    /// When to try again, in seconds.
    pub retry_after: Option<u32>,
    /// The current entity tag, with 412.
    pub etag: Option<String>,
}

/// What went wrong (RFC 9457), as a client can act on it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
struct Body<'a> {
    /// `urn:visage:problem:` and the code.
    r#type: String,
    /// A sentence for people.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// A stable code.
    code: &'a str,
    /// The request's id, as in `x-request-id`.
    request: &'a str,
    /// The wrong fields, all of them.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldProblem],
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident $status:ident $code:literal $title:literal;)*) => {
        impl Problem {
            $(
                $(#[$doc])*
                pub const fn $name() -> Self {
                    Self::new(StatusCode::$status, $code, $title)
                }
            )*

            /// Every problem there is.
            pub const ALL: &'static [Self] = &[$(Self::$name()),*];
        }
    };
}

problems! {
    /// No session, resume token or link, or one that means nothing.
    unauthenticated UNAUTHORIZED "unauthenticated" "Sign in first.";
    /// The session was idle for thirty minutes.
    session_idle UNAUTHORIZED "session_idle" "The session ended after 30 minutes without activity. Sign in again.";
    /// The session is twelve hours old.
    session_expired UNAUTHORIZED "session_expired" "The session reached its limit of 12 hours. Sign in again.";
    /// A cookie without its header: it may be stolen, or sent by another's page, and says nothing of who asks.
    csrf UNAUTHORIZED "csrf" "The request lacks the token that proves it comes from our own pages.";
    /// Not this role's to do.
    forbidden FORBIDDEN "forbidden" "Your role does not allow this.";
    /// Where there is an edge, nobody is answered who comes past it.
    past_the_edge FORBIDDEN "past_the_edge" "Ask at the public address.";
    /// The clinic may not handle PHI.
    baa_required FORBIDDEN "baa_required" "The clinic's agreements with the platform are not in force.";
    /// The clinic registered by itself and nobody has looked at it yet.
    clinic_not_verified FORBIDDEN "clinic_not_verified" "The platform's operators look at a clinic that registered by itself before it starts.";
    /// The clinic may only read.
    clinic_read_only FORBIDDEN "clinic_read_only" "The clinic takes no changes at the moment. What is there can be read.";
    /// The clinic is closed.
    clinic_closed FORBIDDEN "clinic_closed" "The clinic is closed here.";
    /// Nothing there, or another clinic's.
    not_found NOT_FOUND "not_found" "There is no such thing here.";
    /// Not JSON.
    unsupported_media_type UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "Send application/json.";
    /// Too much.
    body_too_large PAYLOAD_TOO_LARGE "body_too_large" "The body is larger than this request takes.";
    /// JSON, but not what is asked for; `errors` says where.
    invalid_body BAD_REQUEST "invalid_body" "The body is not what this request takes.";
    /// A query parameter that isn't one.
    invalid_query BAD_REQUEST "invalid_query" "The query is not what this request takes.";
    /// Read, and wrong; `errors` names every field.
    invalid_fields UNPROCESSABLE_ENTITY "invalid_fields" "Some fields need another look.";
    /// A creating request without its key.
    idempotency_key_required BAD_REQUEST "idempotency_key_required" "Send an Idempotency-Key of 16 to 128 characters.";
    /// The same key for something else.
    idempotency_key_reused UNPROCESSABLE_ENTITY "idempotency_key_reused" "This Idempotency-Key was used with another body.";
    /// A change without saying what it is based on.
    if_match_required PRECONDITION_REQUIRED "if_match_required" "Send If-Match with the tag of what you read.";
    /// Changed meanwhile.
    changed_meanwhile PRECONDITION_FAILED "changed_meanwhile" "Somebody changed this since you read it.";
    /// Two requests at once.
    conflict CONFLICT "conflict" "This was changed at the same moment. Read it again.";
    /// It exists already.
    already_exists CONFLICT "already_exists" "This exists already.";
    /// Signed: nothing changes any more.
    already_signed CONFLICT "already_signed" "The evaluation is signed and does not change any more.";
    /// Withdrawn: nothing changes any more.
    withdrawn CONFLICT "withdrawn" "The evaluation was withdrawn and does not change any more.";
    /// Only what is signed is added to.
    not_signed CONFLICT "not_signed" "The evaluation is not signed yet. Write in its assessment.";
    /// Enough addenda.
    too_many_addenda CONFLICT "too_many_addenda" "The evaluation has as many addenda as it may have.";
    /// A chart of somebody else's work.
    reason_required FORBIDDEN "reason_required" "This evaluation is not part of your work. Say why you open it.";
    /// No licence that allows it.
    licence_required FORBIDDEN "licence_required" "No licence of yours that is valid today in the clinic's state is on record.";
    /// Somebody has to run the account.
    last_owner CONFLICT "last_owner" "The clinic needs an active owner who has signed in. Make somebody else one first.";
    /// Who left is changed no more.
    left CONFLICT "left" "This person left the clinic. Invite them again.";
    /// Who may not work for now is given nothing.
    suspended CONFLICT "suspended" "This person is suspended. Decide on that first.";
    /// What is done to many patients at once takes leave of its own.
    bulk_permission_required FORBIDDEN "bulk_permission_required" "This takes a permission of its own, which an owner grants for a time.";
    /// It takes two.
    needs_another FORBIDDEN "needs_another" "This takes somebody else: neither who asked nor who it is about.";
    /// A broken glass that still opens charts is no matter to be judged yet.
    still_open CONFLICT "still_open" "The emergency access is not over yet. Review it when it is.";
    /// What somebody found or decided stands.
    already_reviewed CONFLICT "already_reviewed" "This was reviewed already.";
    /// An account that the platform closed.
    account_closed CONFLICT "account_closed" "The platform closed this person's account. Ask its operators.";
    /// Nothing of theirs to reset.
    never_signed_in CONFLICT "never_signed_in" "This person has not signed in here yet.";
    /// An invitation that was accepted.
    already_signed_in CONFLICT "already_signed_in" "This person has signed in here already. What they lost, a reset gives them anew.";
    /// Enough invitations for today.
    too_many_invitations TOO_MANY_REQUESTS "too_many_invitations" "The clinic sent as many invitations as it may in a day. Try again tomorrow.";
    /// Others at the clinic can do it.
    clinic_helps_itself CONFLICT "clinic_helps_itself" "Others at the clinic can help this owner themselves.";
    /// An account that isn't this clinic's alone.
    works_elsewhere CONFLICT "works_elsewhere" "This person works for another clinic too, and what is agreed on here must not weaken it.";
    /// Nothing to sign.
    not_assessed CONFLICT "not_assessed" "Write an assessment before signing.";
    /// Photos that the signature would cover aren't done.
    photos_pending CONFLICT "photos_pending" "Some photos are still being prepared. Sign in a moment.";
    /// Handed in: nothing changes any more.
    already_submitted CONFLICT "already_submitted" "The intake was handed in and does not change any more.";
    /// A consent comes first.
    consent_required FORBIDDEN "consent_required" "A consent is needed first.";
    /// A minor, at a clinic that takes none.
    minors_refused FORBIDDEN "minors_refused" "The clinic takes no intakes of minors.";
    /// A minor, and nobody who may consent for them.
    guardian_required FORBIDDEN "guardian_required" "A guardian is needed first, to consent for the patient.";
    /// No birth date that could prove anything.
    nothing_to_prove CONFLICT "nothing_to_prove" "No date of birth was saved where the intake was started, so that nothing can be shown here.";
    /// Too many tries of the birth date.
    reading_locked LOCKED "reading_locked" "The date of birth was tried too often. Saved answers are shown only where the intake was started; you can still go on.";
    /// Too many starts.
    too_many_starts TOO_MANY_REQUESTS "too_many_starts" "Too many intakes were started from here. Try again later.";
    /// Too many requests to register a clinic.
    too_many_registrations TOO_MANY_REQUESTS "too_many_registrations" "Registrations were asked for too often: from here, for this mailbox, or altogether. Try again later.";
    /// No mail can be sent, so nobody can confirm.
    registration_closed CONFLICT "registration_closed" "The platform takes no registrations at the moment. Ask its operators.";
    /// Enough uploads.
    too_many_uploads TOO_MANY_REQUESTS "too_many_uploads" "This view was uploaded often enough.";
    /// The second factor is wrong.
    wrong_second_factor UNAUTHORIZED "wrong_second_factor" "That is not the date of birth on record.";
    /// The code is wrong, used, replaced or expired: which of these is told to nobody.
    wrong_code UNAUTHORIZED "wrong_code" "That is not the code that was sent last, or its ten minutes are over. Ask for a new one.";
    /// A code where the date of birth is asked for.
    code_not_asked CONFLICT "code_not_asked" "This link asks for the date of birth. Open the report with it.";
    /// Enough codes for today, over all links.
    too_many_codes TOO_MANY_REQUESTS "too_many_codes" "Codes were asked for too often today. Try again tomorrow, or ask the clinic.";
    /// Expired or revoked.
    link_gone GONE "link_gone" "This link no longer works. Ask the clinic for a new one.";
    /// Too many tries.
    link_locked LOCKED "link_locked" "This link was tried too often and is locked. Ask the clinic for a new one.";
    /// Enough tries for today, over all links.
    too_many_tries TOO_MANY_REQUESTS "too_many_tries" "Your details were tried too often today. Try again tomorrow, or ask the clinic.";
    /// Nothing to open or to send yet.
    no_report CONFLICT "no_report" "There is no report of this evaluation yet.";
    /// Links go only where the patient confirmed that messages arrive.
    channel_not_confirmed CONFLICT "channel_not_confirmed" "The patient has not confirmed this channel. Hand the link over instead.";
    /// An export is read for an hour.
    export_over GONE "export_over" "This export is over. Start another.";
    /// Our fault.
    internal INTERNAL_SERVER_ERROR "internal" "Something went wrong on our side.";
    /// Our fault, for the moment.
    unavailable SERVICE_UNAVAILABLE "unavailable" "Something we need is busy. Try again in a moment.";
}

impl Problem {
    const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, errors: Vec::new(), retry_after: None, etag: None }
    }

    /// The same problem with the fields that are wrong.
    #[must_use]
    pub fn with_errors<E: Into<FieldProblem>>(mut self, errors: impl IntoIterator<Item = E>) -> Self {
        self.errors = errors.into_iter().take(MOST_ERRORS).map(Into::into).collect();
        self
    }

    /// The same problem with the tag that is current.
    #[must_use]
    pub fn with_etag(mut self, etag: String) -> Self {
        self.etag = Some(etag);
        self
    }

    /// The same problem with the seconds after which to try again.
    #[must_use]
    pub const fn retry_in(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Whether it is ours rather than the client's.
    pub fn is_ours(&self) -> bool {
        self.status.is_server_error()
    }

    /// The schema of the JSON body.
    pub fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Body<'static>>()
    }

    /// The JSON body.
    pub fn body(&self, request: &str) -> String {
        let body = Body {
            r#type: format!("urn:visage:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            code: self.code,
            request,
            errors: &self.errors,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "store");
        if error.is_transient() {
            Self { retry_after: Some(1), ..Self::unavailable() }
        } else {
            Self::internal()
        }
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::conflict(),
            CommitError::Store(error) => error.into(),
        }
    }
}
