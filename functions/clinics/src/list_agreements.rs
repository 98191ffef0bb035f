//! The agreements with the platform: what is offered, what the clinic accepted, and whether that holds.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::agreement::{Acceptance, Agreement, AgreementKind, PUBLISHED, holds, offered, published};
use visage_domain::audit::Purpose;
use visage_domain::clinic::{Clinic, ClinicStatus};
use visage_domain::clock::utc_day;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::StaffId;
use visage_domain::permission;
use visage_domain::scope::Scope;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};
use visage_store::vault::sha256_hex;

/// The operation.
#[derive(Debug)]
pub struct ListAgreements {
    records: Records,
}

/// Where the clinic stands, and each agreement.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    status: ClinicStatus,
    /// Whether it is closed: nothing about patients is answered, and nothing changed.
    closed: bool,
    agreements: Vec<Standing>,
}

/// An agreement.
#[derive(Debug, Serialize, JsonSchema)]
struct Standing {
    agreement: AgreementKind,
    /// The newest version, to be accepted.
    offered: Text,
    /// What the clinic accepted last.
    accepted: Option<Signed>,
    /// Whether that holds today.
    holds: bool,
}

/// A version.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Text {
    version: &'static str,
    /// The day on which it takes effect, in UTC. The version before holds for 30 days from then on.
    effective_on: Date,
    /// In Markdown.
    text: &'static str,
    text_sha256: String,
}

/// A version that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Signed {
    #[serde(flatten)]
    text: Text,
    accepted_by: StaffId,
    accepted_at: Timestamp,
}

impl Text {
    const FIELDS: &'static [Field] =
        &[shown("version"), shown("effectiveOn"), shown("text"), shown("textSha256")];
}

impl Signed {
    /// The text's, and whose signature it is.
    const FIELDS: &'static [Field] = &[
        shown("version"),
        shown("effectiveOn"),
        shown("text"),
        shown("textSha256"),
        shown("acceptedBy"),
        shown("acceptedAt"),
    ];
}

impl From<&'static Agreement> for Text {
    fn from(agreement: &'static Agreement) -> Self {
        let Agreement { version, effective_on, text, .. } = *agreement;
        Self { version, effective_on, text, text_sha256: sha256_hex(text.as_bytes()) }
    }
}

impl Output {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("status"),
        shown("closed"),
        shown("agreements").of(&[
            shown("agreement"),
            shown("offered").of(Text::FIELDS),
            shown("accepted").of(Signed::FIELDS),
            shown("holds"),
        ]),
    ];

    /// How it is for `clinic`, whose signatures are `signed`, at `now`.
    pub(crate) fn of(clinic: &Clinic, signed: &[Acceptance], now: Timestamp) -> Self {
        let today = utc_day(now);
        let standing = |newest: &'static Agreement| {
            let kind = newest.kind;
            let version = clinic.agreements.get(&kind);
            let signature = signed.iter().find(|it| it.agreement == kind && Some(&it.version) == version);
            let accepted = signature.and_then(|it| {
                let text = Text::from(published(kind, &it.version)?);
                Some(Signed { text, accepted_by: it.accepted_by, accepted_at: it.accepted_at })
            });
            let holds = version.is_some_and(|version| holds(PUBLISHED, kind, version, today));
            Standing { agreement: kind, offered: newest.into(), accepted, holds }
        };
        let newest = AgreementKind::ALL.into_iter().filter_map(|kind| offered(kind, today));
        Self { status: clinic.status, closed: clinic.is_closed(), agreements: newest.map(standing).collect() }
    }
}

/// The signatures under what `clinic` accepted last, and under `versions`.
pub(crate) async fn signatures<P>(
    records: &Records,
    scope: &Scope<P>,
    clinic: &Clinic,
    versions: &[&Agreement],
) -> Result<Vec<Acceptance>, Problem> {
    let last = clinic.agreements.iter().map(|(kind, version)| keys::acceptance(*kind, version));
    let keys: Vec<_> = last.chain(versions.iter().map(|it| keys::acceptance(it.kind, it.version))).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let stored = records.get_each(scope, keys).await?;
    Ok(stored.into_iter().map(|stored| stored.record).collect())
}

impl Operation for ListAgreements {
    const INFO: Info = Info {
        name: "list_agreements",
        method: "GET",
        path: "/v1/clinic/agreements",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Output::FIELDS;
    type Caller = Staff<permission::ReadAgreements>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, clinic) = (&call.caller.scope, &call.caller.clinic);
        let read = async {
            let signed = signatures(&self.records, scope, clinic, &[]).await?;
            Ok(Reply::new(Output::of(clinic, &signed, call.now)))
        };
        call.trail.alongside(read).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text that changed would be another than the one that was signed: it needs a version of its own.
    #[test]
    fn no_text_that_may_have_been_signed_has_changed() {
        let hashes = PUBLISHED.iter().map(|it| (it.kind.code(), it.version, sha256_hex(it.text.as_bytes())));
        let pinned = [
            ("terms", "2026-1", "1e42ce32aa3fc6440ebfc468f7abddef011eacece3171df484e8e6e331a9a154"),
            ("data_processing", "2026-1", "c55da5e3d31cbea74a913465cb6464139a088aeb5f60f0edbc15d3f2f550f180"),
            (
                "business_associate",
                "2026-1",
                "580de62f3f066a30b24674c2f93f3d45c48a87bc18be6bb6b287269216976b02",
            ),
        ];
        assert!(hashes.eq(pinned.map(|(kind, version, hash)| (kind, version, hash.to_owned()))));
    }
}
