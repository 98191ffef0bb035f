//! Asks for the one-time code of a report link, at a clinic that chose codes over the date of birth.
//!
//! The answer is the same whether a code goes out or not, and takes the same writes: who found a link learns nothing of
//! the patient's channels. The code itself is made by the function that sends it.

use visage_domain::audit::Purpose;
use visage_domain::channel::ConfirmedChannel;
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::ids::OutboxId;
use visage_domain::outbox::{
    Channel, NO_OTHER_CHANNEL, NoticeEvent, OutboxItem, OutboxState, SMS_CAP, SmsCount, Task,
};
use visage_domain::permission;
use visage_domain::report::{LinkChannel, until_next_day};
use visage_domain::report_code::{ReportCode, SecondFactor, code_channel};
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Recipient, Reply, Setup, SetupError};
use visage_store::StoreError;
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
    };
    type Caller = Recipient<permission::RequestReportCode>;
    type Path = Empty;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    /// A second click within a minute is answered as the first: its code is on the way.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        if call.caller.clinic.settings.report_second_factor != SecondFactor::OneTimeCode {
            return Err(Problem::code_not_asked());
        }
        let (scope, link) = (&call.caller.scope, &call.caller.link.record);
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
    /// Notes that a code was asked for, counts it, and leaves the notice that brings it. Where none can go out, the notice
    /// is held back from the start, for staff to see.
    async fn ask(
        &self,
        call: &Call<Self>,
        before: Option<&Stored<ReportCode>>,
        visit: Found,
    ) -> Result<Result<Audited<()>, CommitError>, Problem> {
        let (scope, link) = (&call.caller.scope, &call.caller.link.record);
        let notice = OutboxId::new(&*self.setup.entropy);
        let asked = ReportCode::asked(link, before.map(|before| &before.record), notice, call.now);
        let way = Ways::of(visit)?.for_code(link.channel);
        let task = |channel| Task::Notice { channel, event: NoticeEvent::ReportCode };
        let item =
            |channel| OutboxItem::pending(notice, link.patient, link.evaluation, task(channel), call.now);
        let item = match way {
            Some(channel) => item(channel),
            None => {
                let outbox_state = OutboxState::Suppressed { reason: NO_OTHER_CHANNEL.to_owned() };
                OutboxItem { outbox_state, ..item(missing(link.channel)) }
            }
        };
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

/// Ways by which something may reach the patient.
struct Ways {
    confirmed: Vec<Channel>,
    texts: bool,
}

impl Ways {
    fn of(mut visit: Found) -> Result<Self, StoreError> {
        let confirmed = visit.take_all::<ConfirmedChannel>()?;
        let consents: Vec<_> = visit.take_all::<Consent>()?.into_iter().map(|stored| stored.record).collect();
        let texts = visit.take::<SmsCount>()?.map_or(0, |count| count.record.sent);
        Ok(Self {
            confirmed: confirmed.into_iter().map(|it| it.record.channel).collect(),
            texts: holds(&consents, ConsentPurpose::Sms) && texts < SMS_CAP,
        })
    }

    fn for_code(&self, link: LinkChannel) -> Option<Channel> {
        code_channel(link, |channel| {
            self.confirmed.contains(&channel) && (channel == Channel::Email || self.texts)
        })
    }
}

/// The channel that a code would have needed.
const fn missing(link: LinkChannel) -> Channel {
    match link {
        LinkChannel::Email => Channel::Sms,
        LinkChannel::Sms | LinkChannel::Hand => Channel::Email,
    }
}
