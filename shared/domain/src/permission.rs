//! Who may do what: one table. A permission is a type, so a handler's signature says what it takes to call it.

use crate::principal::{Actor, Role};

/// Who holds a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Staff with one of these roles.
    Staff(&'static [Role]),
    /// Platform operators.
    Operator,
    /// The holder of an intake's resume token.
    Patient,
    /// The holder of a link that the patient was sent.
    Recipient,
    /// The holder of a link that was mailed to register a clinic.
    Registrant,
    /// Anyone.
    Visitor,
    /// The platform's own functions.
    Function,
}

impl Grant {
    /// Whether `actor` is among those who hold it.
    pub fn includes(self, actor: &Actor) -> bool {
        match (self, actor) {
            (Self::Staff(allowed), Actor::Staff { roles, .. }) => {
                roles.iter().any(|role| allowed.contains(role))
            }
            (Self::Operator, Actor::Operator { .. })
            | (Self::Patient, Actor::Patient { .. })
            | (Self::Recipient, Actor::Recipient { .. })
            | (Self::Registrant, Actor::Registrant { .. })
            | (Self::Visitor, Actor::Visitor)
            | (Self::Function, Actor::Function { .. }) => true,
            _ => false,
        }
    }

    /// The roles of staff that hold it.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Staff(roles) => roles,
            _ => &[],
        }
    }
}

/// A permission, known at compile time.
pub trait Permission: Send + Sync + 'static {
    /// Its name in the audit log and in documents.
    const NAME: &'static str;
    /// Who holds it.
    const GRANT: Grant;
    /// Whether staff who broke the glass hold it too, for as long as that lasts.
    const EMERGENCY: bool = false;
    /// Whether it is good for more than reading at a closed clinic, too: to leave it.
    const WHILE_CLOSED: bool = false;
}

/// A row of the permission table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The permission's name.
    pub name: &'static str,
    /// Who holds it.
    pub grant: Grant,
    /// Whether staff who broke the glass hold it too.
    pub emergency: bool,
    /// Whether it is good for more than reading at a closed clinic, too.
    pub while_closed: bool,
}

impl Row {
    /// The row of `P`.
    pub const fn of<P: Permission>() -> Self {
        Self { name: P::NAME, grant: P::GRANT, emergency: P::EMERGENCY, while_closed: P::WHILE_CLOSED }
    }
}

macro_rules! permissions {
    ($(
        $(#[$doc:meta])* $name:ident $text:literal $grant:expr
        $(, emergency: $emergency:literal)? $(, while_closed: $while_closed:literal)?;
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Permission for $name {
                const NAME: &'static str = $text;
                const GRANT: Grant = $grant;
                $(const EMERGENCY: bool = $emergency;)?
                $(const WHILE_CLOSED: bool = $while_closed;)?
            }
        )*

        /// Every permission there is.
        pub const TABLE: &[Row] = &[$(Row::of::<$name>()),*];
    };
}

use Role::{Billing, Compliance, Coordinator, Owner, Provider};

permissions! {
    /// End operators' sessions.
    EndOperatorSessions "operator_session.end" Grant::Operator;
    /// Register a clinic.
    RegisterClinic "clinic.register" Grant::Operator;
    /// Ask to register a clinic of one's own.
    RequestRegistration "registration.request" Grant::Visitor;
    /// Register the clinic that was asked for.
    ConfirmRegistration "registration.confirm" Grant::Registrant;
    /// Decide where a clinic stands.
    ChangeClinicStatus "clinic.change_status" Grant::Operator;
    /// See the agreements with the platform, and which hold.
    ReadAgreements "agreements.read" Grant::Staff(&[Owner, Compliance]);
    /// Accept the agreements with the platform.
    AcceptAgreements "agreements.accept" Grant::Staff(&[Owner]);
    /// See what is on record about vendors.
    ListVendors "vendor.list" Grant::Visitor;
    /// Record what a vendor is approved for.
    RecordVendor "vendor.record" Grant::Operator;
    /// See who works at the clinic.
    ListStaff "staff.list" Grant::Staff(&[Owner, Compliance]);
    /// Invite somebody to work at the clinic.
    InviteStaff "staff.invite" Grant::Staff(&[Owner]);
    /// Change what somebody does and is licensed for.
    UpdateStaff "staff.update" Grant::Staff(&[Owner]);
    /// Decide whether somebody may work.
    ChangeStaffStatus "staff.change_status" Grant::Staff(&[Owner]);
    /// Settle what somebody who left leaves behind.
    SettleDeparture "departure.settle" Grant::Function;
    /// Ask that somebody may enrol another authenticator.
    RequestMfaReset "mfa_reset.request" Grant::Staff(&[Owner, Compliance]);
    /// Approve that somebody may enrol another authenticator.
    ApproveMfaReset "mfa_reset.approve" Grant::Staff(&[Owner, Compliance]);
    /// Ask that a clinic's owner whom nobody there can help may enrol another authenticator.
    RequestOwnerReset "owner_reset.request" Grant::Operator;
    /// Approve that a clinic's owner whom nobody there can help may enrol another authenticator.
    ApproveOwnerReset "owner_reset.approve" Grant::Operator;
    /// Decide who may do something to many patients at once.
    ManageBulkPermissions "bulk_permission.manage" Grant::Staff(&[Owner]);
    /// See and end others' sessions.
    ManageSessions "session.manage" Grant::Staff(&[Owner]);
    /// See and end one's own session.
    UseSession "session.use" Grant::Staff(&[Owner, Provider, Coordinator, Billing, Compliance]), while_closed: true;
    /// Break the glass: read charts in an emergency that one's roles don't open.
    BreakGlass "break_glass.use" Grant::Staff(&[Owner, Provider, Coordinator, Billing, Compliance]);
    /// See who broke the glass, why, and what was opened.
    ReadBreakGlass "break_glass.read" Grant::Staff(&[Owner, Compliance]);
    /// Review that somebody broke the glass.
    ReviewBreakGlass "break_glass.review" Grant::Staff(&[Owner, Compliance]);
    /// Tell those who owe a review of it.
    EscalateReviews "reviews.escalate" Grant::Function;
    /// Start a review of who has access.
    StartAccessReview "access_review.start" Grant::Staff(&[Owner, Compliance]);
    /// See the reviews of who has access.
    ReadAccessReviews "access_review.read" Grant::Staff(&[Owner, Compliance]);
    /// Say what becomes of somebody's access.
    AttestAccess "access_review.attest" Grant::Staff(&[Owner, Compliance]);
    /// Gather what a review of access is about.
    CompileAccessReview "access_review.compile" Grant::Function;
    /// Start the reviews of access that a quarter brings.
    PlanAccessReviews "access_reviews.plan" Grant::Function;
    /// Publish a version of the clinic's form.
    PublishForm "form.publish" Grant::Staff(&[Owner]);
    /// Work on the clinic's next form.
    DraftForm "form.draft" Grant::Staff(&[Owner]);
    /// See every version of the clinic's form.
    ReadFormVersions "form.read_versions" Grant::Staff(&[Owner, Provider, Coordinator, Compliance]);
    /// Take a version of the clinic's form out of use.
    RetireForm "form.retire" Grant::Staff(&[Owner]);
    /// Take out the answers of a submitted intake.
    ExportAnswers "answers.export" Grant::Staff(&[Provider, Coordinator]);
    /// Take out the answers of many submitted intakes, beside the leave that is given for it.
    ExportAnswersInBulk "answers.export_in_bulk" Grant::Staff(&[Provider, Coordinator]);
    /// See what the clinic decided for itself.
    ReadClinicSettings "clinic_settings.read" Grant::Staff(&[Owner, Compliance]);
    /// Change what the clinic decided for itself.
    UpdateClinicSettings "clinic_settings.update" Grant::Staff(&[Owner]);
    /// Enter an intake that a patient gives on the phone or at the desk.
    EnterIntake "intake.enter" Grant::Staff(&[Coordinator]);
    /// Enter many intakes at once that were taken elsewhere, beside the leave that is given for it.
    ImportIntakes "intakes.import" Grant::Staff(&[Coordinator]);
    /// Write a note about an intake.
    AddNote "note.add" Grant::Staff(&[Provider, Coordinator]);
    /// See the evaluation queue.
    ListEvaluations "evaluation.list" Grant::Staff(&[Provider, Coordinator]), emergency: true;
    /// Open an evaluation with its answers, photos and analysis.
    OpenEvaluation "evaluation.open" Grant::Staff(&[Provider, Coordinator]), emergency: true;
    /// Write an assessment.
    AssessEvaluation "evaluation.assess" Grant::Staff(&[Provider]);
    /// Sign an evaluation.
    SignEvaluation "evaluation.sign" Grant::Staff(&[Provider]);
    /// Take, hand over or give back an evaluation.
    AssignEvaluation "evaluation.assign" Grant::Staff(&[Provider, Coordinator]);
    /// Add to a signed evaluation.
    AddAddendum "evaluation.add_addendum" Grant::Staff(&[Provider]);
    /// Withdraw an evaluation.
    WithdrawEvaluation "evaluation.withdraw" Grant::Staff(&[Provider]);
    /// See who did what with an evaluation.
    ReadTimeline "evaluation.timeline" Grant::Staff(&[Provider, Coordinator]), emergency: true;
    /// See a patient's visits.
    ListVisits "patient.list_visits" Grant::Staff(&[Provider, Coordinator]), emergency: true;
    /// See which records are likely the same patient's.
    ListMatches "patient.list_matches" Grant::Staff(&[Provider, Coordinator]);
    /// Decide whether two records are the same patient's.
    DecideMatch "patient.decide_match" Grant::Staff(&[Provider, Coordinator]);
    /// Revoke a report link.
    RevokeReportLink "report_link.revoke" Grant::Staff(&[Provider, Coordinator]);
    /// See the notices that didn't go out, or of which nobody knows.
    ListNotices "notice.list" Grant::Staff(&[Provider, Coordinator]);
    /// See an evaluation's reports, their links, and when those were opened.
    ListReports "report.list" Grant::Staff(&[Provider, Coordinator]), emergency: true;
    /// Make a report link for the patient to be handed, or have one sent anew.
    IssueReportLink "report_link.issue" Grant::Staff(&[Provider, Coordinator]);
    /// Read a clinic's published form.
    ReadForm "form.read" Grant::Visitor;
    /// Start an intake.
    StartIntake "intake.start" Grant::Visitor;
    /// Start a session with a token of the identity provider.
    StartSession "session.start" Grant::Visitor;
    /// Fill in and submit one's own intake.
    FillIntake "intake.fill" Grant::Patient;
    /// Open the report that a link is for.
    OpenReport "report.open" Grant::Recipient;
    /// Ask for the one-time code of a report link.
    RequestReportCode "report_code.request" Grant::Recipient;
    /// Ask the patient for another photo of a view.
    RequestRetake "retake.request" Grant::Staff(&[Provider, Coordinator]);
    /// Take the photo again that one was asked for.
    TakeAgain "retake.take" Grant::Recipient;
    /// Confirm the channel that a message came by.
    ConfirmChannel "channel.confirm" Grant::Recipient;
    /// Check and clean an uploaded photo.
    ReceivePhoto "photo.receive" Grant::Function;
    /// Have a photo analysed.
    AnalysePhoto "photo.analyse" Grant::Function;
    /// Render a signed evaluation's report.
    RenderReport "report.render" Grant::Function;
    /// Hand work over to its queue.
    RelayOutbox "outbox.relay" Grant::Function;
    /// Destroy what is due.
    PurgeDue "purge.due" Grant::Function;
    /// Put a clinic's next branch key in the place of its last.
    RotateKeys "keys.rotate" Grant::Function;
    /// Hand over again what lies in the outbox.
    SweepOutbox "outbox.sweep" Grant::Function;
    /// Send an alert.
    SendAlert "alert.send" Grant::Function;
    /// Send a notice.
    SendNotice "notice.send" Grant::Function;
}

#[cfg(test)]
mod tests;
