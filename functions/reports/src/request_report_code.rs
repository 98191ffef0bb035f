//! Asks for the one-time code of a report link that opens by codes, not by the date of birth.
//!
//! The answer is the same whether a code can go out or not, and takes the same writes: who found a link learns nothing of
//! the patient's channels. The code itself is made by the function that sends it, and that one holds back what can't go.

use crate::ways::Ways;
use visage_domain::audit::Purpose;
use visage_domain::clock::until_next_day;
use visage_domain::fields::Field;
use visage_domain::ids::OutboxId;
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, Task};
use visage_domain::permission;
use visage_domain::report::LinkChannel;
use visage_domain::report_code::{ReportCode, SecondFactor};
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Recipient, Reply, Setup, SetupError};
use visage_store::records::{CommitError, Found, Records, Stored, keys, tries};

/// How often a code that is asked for, sent or used at the same moment is read again.
const ATTEMPTS: usize = 5;

/// The operation.
pub struct RequestReportCode {
    records: Records,
    setup: Setup,
}

impl Operation for RequestReportCode {
    const INFO: Info = Info {
        name: "request_report_code",
        method: "POST",
        path: "/v1/report-codes",
        purpose: Purpose::PatientRequest,
        status: 204,
        body_limit: 256,
        background: false,
        phi: true,
        changes: false,
        problems: &[Problem::code_not_asked(), Problem::too_many_codes(), Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Recipient<permission::RequestReportCode>;
    type Path = Empty;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// A second click within a minute is answered as the first: its code is on the way.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let (scope, link) = (&call.caller.scope, &call.caller.link.record);
        if link.second_factor != SecondFactor::OneTimeCode {
            return Err(Problem::code_not_asked());
        }
        for _ in 0..ATTEMPTS {
            let (before, visit) = tokio::join!(
                self.records.get(scope, keys::report_code(link.link)),
                self.records.visit(scope, link.patient, link.evaluation.into())
            );
            let (before, visit) = (before?, visit?);
            if before.as_ref().is_some_and(|before| before.record.was_just_asked(call.now)) {
                return call.trail.after(Vec::new(), Reply::empty()).await;
            }
            match self.ask(&call, before.as_ref(), visit).await? {
                Ok(audited) => return Ok(audited.map(|()| Reply::empty())),
                Err(CommitError::Conflict(ReportCode::TYPE)) => {}
                Err(CommitError::Conflict(tries::CODES)) => {
                    return Err(Problem::too_many_codes().retry_in(until_next_day(call.now)));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }
}

impl RequestReportCode {
    /// Notes that a code was asked for, counts it, and leaves the notice that brings it. Where none can go out, the sender
    /// holds the notice back, for staff to see why.
    async fn ask(
        &self,
        call: &Call<Self>,
        before: Option<&Stored<ReportCode>>,
        mut visit: Found,
    ) -> Result<Result<Audited<()>, CommitError>, Problem> {
        let (scope, link) = (&call.caller.scope, &call.caller.link.record);
        let notice = OutboxId::new(&*self.setup.entropy);
        let asked = ReportCode::asked(link, before.map(|before| &before.record), notice, call.now);
        let channel = Ways::of(&mut visit)?.for_code(link.channel).unwrap_or(missing(link.channel));
        let task = Task::Notice { channel, event: NoticeEvent::ReportCode };
        let item = OutboxItem::pending(notice, link.patient, link.evaluation, task, call.now);
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        // First, so that of two clicks the later one meets the earlier, not its count.
        let transaction = match before {
            None => transaction.create(ReportCode::TYPE, &asked)?,
            Some(before) => transaction.replace(ReportCode::TYPE, before, &asked)?,
        };
        let transaction =
            transaction.count_code(link, call.now)?.create(OutboxItem::TYPE, &item.regarding(link.link))?;
        Ok(call.trail.commit(transaction).await)
    }
}

/// The channel that a code would have needed.
const fn missing(link: LinkChannel) -> Channel {
    match link {
        LinkChannel::Email => Channel::Sms,
        LinkChannel::Sms | LinkChannel::Hand => Channel::Email,
    }
}
