//! Opens a report with its link and what the link asks for beside it: the date of birth on record, or a one-time code.
//!
//! A try is counted before anything is compared, for the link and for the patient's day, so that no number of parallel
//! requests gets more than five of the one and ten of the other.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::clock::until_next_day;
use visage_domain::evaluation::Withdrawal;
use visage_domain::fields::{Field, shown};
use visage_domain::permission;
use visage_domain::photo::VIEW_LIFETIME;
use visage_domain::report::{LinkState, ReportOpening};
use visage_domain::report_code::{OneTimeCode, ReportCode, SecondFactor};
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Problem, Recipient, Reply, Setup, SetupError};
use visage_store::records::{CommitError, Records, Stored, keys, tries};
use visage_store::signed_links::SignedLinks;
use visage_store::vault::Mac;

/// How often a code that is asked for at the same moment is read again.
const ATTEMPTS: usize = 5;

/// The operation.
pub struct OpenReport {
    records: Records,
    report_links: SignedLinks,
    setup: Setup,
}

/// The second factor: the one that the link asks for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    birth_date: Option<Date>,
    /// Six digits.
    code: Option<String>,
}

/// What is to be compared.
enum Proof {
    BirthDate(Date),
    Code(OneTimeCode),
}

/// Where the report can be read for a quarter of an hour.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    url: String,
    expires_at: Timestamp,
}

impl Operation for OpenReport {
    const INFO: Info = Info {
        name: "open_report",
        method: "POST",
        path: "/v1/report-views",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 1_024,
        background: false,
        phi: true,
        changes: false,
        problems: &[
            Problem::invalid_fields(),
            Problem::wrong_second_factor(),
            Problem::wrong_code(),
            Problem::too_many_tries(),
            Problem::conflict(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("url"), shown("expiresAt")];
    type Caller = Recipient<permission::OpenReport>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, report_links: setup.report_links()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, link) = (&call.caller.scope, &call.caller.link.record);
        let proof = proof(&call.input, link.second_factor)?;
        self.count(&call).await?;
        let used = self.compare(&call, &proof).await?;
        let report = self.records.newest_report(scope, link.patient, link.evaluation).await?;
        let report = report.ok_or_else(Problem::link_gone)?.record;
        let name = format!("{}.pdf", report.report);
        let url = self.report_links.view(&report.key, &report.version, &name, call.now).await?;
        let audited = self.note(&call, report.number, used).await?;
        let expires_at = call.now.checked_add(VIEW_LIFETIME).unwrap_or(call.now);
        Ok(audited.map(|()| Reply::new(Output { url, expires_at })))
    }
}

impl OpenReport {
    /// Counts the try, with an entry that says so: should this be all that happens, the log knows.
    async fn count(&self, call: &Call<Self>) -> Result<(), Problem> {
        let link = &call.caller.link.record;
        let transaction = self.records.transaction(&call.caller.scope, &*self.setup.entropy);
        match call.trail.begin(transaction.count_try(link, call.now)?).await {
            Ok(()) => Ok(()),
            Err(CommitError::Conflict(tries::DAY)) => {
                Err(Problem::too_many_tries().retry_in(until_next_day(call.now)))
            }
            Err(CommitError::Conflict(_)) => Err(self.why_not(call).await?),
            Err(error) => Err(error.into()),
        }
    }

    /// Compares. A right code is answered as it is stored, to be used up.
    async fn compare(&self, call: &Call<Self>, proof: &Proof) -> Result<Option<Stored<ReportCode>>, Problem> {
        match proof {
            Proof::BirthDate(date) => {
                let identity = call.caller.patient.open(&call.caller.key)?;
                let is_right = identity.birth_date.expose() == date;
                if is_right { Ok(None) } else { Err(Problem::wrong_second_factor()) }
            }
            Proof::Code(code) => {
                let link = call.caller.link.record.link;
                let stored = self.records.get(&call.caller.scope, keys::report_code(link)).await?;
                let given = Mac::of_report_code(&call.caller.key, link, code);
                let is_right =
                    |it: &Stored<ReportCode>| it.record.opening(call.now).is_some_and(|mac| given.is(mac));
                stored.filter(is_right).map(Some).ok_or_else(Problem::wrong_code)
            }
        }
    }

    /// Notes the opening, and gives its try back: who knows the second factor may look as often as they like. A code is
    /// used up by it. Another one may be asked for at the same moment: until it is sent, this one is still the right one.
    async fn note(
        &self,
        call: &Call<Self>,
        number: u32,
        mut used: Option<Stored<ReportCode>>,
    ) -> Result<Audited<()>, Problem> {
        for _ in 0..ATTEMPTS {
            match self.commit(call, number, used.as_ref()).await? {
                Ok(audited) => return Ok(audited),
                Err(CommitError::Conflict(ReportCode::TYPE)) => used = self.again(call, used).await?,
                Err(CommitError::Conflict(tries::LINK | Withdrawal::TYPE)) => {
                    return Err(Problem::link_gone());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }

    /// The code as it is stored now, if it is still the one that was compared.
    async fn again(
        &self,
        call: &Call<Self>,
        compared: Option<Stored<ReportCode>>,
    ) -> Result<Option<Stored<ReportCode>>, Problem> {
        let link = call.caller.link.record.link;
        let now = self.records.get(&call.caller.scope, keys::report_code(link)).await?;
        let sent = compared.and_then(|compared| compared.record.sent);
        let same = now.filter(|now| now.record.sent.is_some() && now.record.sent == sent);
        // Used, or replaced, a moment earlier.
        same.map(Some).ok_or_else(Problem::wrong_code)
    }

    async fn commit(
        &self,
        call: &Call<Self>,
        number: u32,
        used: Option<&Stored<ReportCode>>,
    ) -> Result<Result<Audited<()>, CommitError>, Problem> {
        let link = &call.caller.link.record;
        let (patient, evaluation) = (link.patient, link.evaluation);
        let opening = ReportOpening { patient, evaluation, number, link: link.link, at: call.now };
        let transaction = self
            .records
            .transaction(&call.caller.scope, &*self.setup.entropy)
            .give_try_back(link, call.now)?
            // A link that was made while its evaluation was withdrawn opens nothing all the same.
            .require_absent(Withdrawal::TYPE, &keys::withdrawal(patient, evaluation))?
            .create(ReportOpening::TYPE, &opening)?;
        let transaction = match used {
            None => transaction,
            Some(code) => transaction.replace(ReportCode::TYPE, code, &code.record.used())?,
        };
        Ok(call.trail.commit(transaction).await)
    }

    /// Why a try wasn't granted, as the link stands now.
    async fn why_not(&self, call: &Call<Self>) -> Result<Problem, Problem> {
        let link = call.caller.link.record.link;
        let now = self.records.get(&call.caller.scope, keys::report_link(link)).await?;
        Ok(match now.map(|link| link.record.state(call.now)) {
            Some(LinkState::Locked) => Problem::link_locked(),
            Some(LinkState::Usable) => Problem::conflict(),
            Some(LinkState::Gone) | None => Problem::link_gone(),
        })
    }
}

/// What is to be compared, if it is what the link asks for: anything else is refused before it counts as a try.
fn proof(input: &Input, asked: SecondFactor) -> Result<Proof, Problem> {
    let refused = |pointer, code| Problem::invalid_fields().with_errors([FieldProblem::new(pointer, code)]);
    match (asked, input.birth_date, input.code.as_deref()) {
        (SecondFactor::BirthDate, Some(date), None) => Ok(Proof::BirthDate(date)),
        (SecondFactor::BirthDate, None, None) => Err(refused("/birthDate", "required")),
        (SecondFactor::BirthDate, _, Some(_)) => Err(refused("/code", "not_asked")),
        (SecondFactor::OneTimeCode, None, Some(code)) => {
            OneTimeCode::decode(code).map(Proof::Code).ok_or_else(|| refused("/code", "invalid_code"))
        }
        (SecondFactor::OneTimeCode, None, None) => Err(refused("/code", "required")),
        (SecondFactor::OneTimeCode, Some(_), _) => Err(refused("/birthDate", "not_asked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn refused(birth_date: Option<Date>, code: Option<&str>, asked: SecondFactor) -> Option<FieldProblem> {
        let input = Input { birth_date, code: code.map(str::to_owned) };
        proof(&input, asked).err().and_then(|problem| problem.errors.into_iter().next())
    }

    #[test]
    fn only_what_the_link_asks_for_is_compared() {
        let (day, code) = (Some(date(1980, 2, 29)), Some("012345"));
        let (by_date, by_code) = (SecondFactor::BirthDate, SecondFactor::OneTimeCode);
        assert_eq!(refused(day, None, by_date), None);
        assert_eq!(refused(None, code, by_code), None);
        let wrong = |pointer, code| Some(FieldProblem::new(pointer, code));
        assert_eq!(refused(None, None, by_date), wrong("/birthDate", "required"));
        assert_eq!(refused(day, code, by_date), wrong("/code", "not_asked"));
        assert_eq!(refused(None, None, by_code), wrong("/code", "required"));
        assert_eq!(refused(day, code, by_code), wrong("/birthDate", "not_asked"));
        assert_eq!(refused(None, Some("12 345"), by_code), wrong("/code", "invalid_code"));
    }
}
