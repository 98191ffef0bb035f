//! The reports of an evaluation, every version readable; the links that were made; and when those were opened. A report is
//! a chart too: it opens for those whose work it is, and for others with a reason.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::evaluation::Evaluation;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{EvaluationId, LinkId, PatientId, ReportId, StaffId};
use visage_domain::permission;
use visage_domain::photo::VIEW_LIFETIME;
use visage_domain::principal::Role;
use visage_domain::report::{IssuedLink, LinkChannel, LinkState, Report, ReportLink, ReportOpening};
use visage_domain::staff::Staff as Member;
use visage_platform::operation::{Empty, check_involved};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Found, Records, Stored, keys};
use visage_store::signed_links::SignedLinks;

/// The most links that are told in detail: more than anybody makes, and as many as one call brings.
const MOST_LINKS: usize = 100;

/// The operation.
pub struct ListReports {
    records: Records,
    report_links: SignedLinks,
}

/// Whose reports.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    pub(crate) patient: PatientId,
    pub(crate) evaluation: EvaluationId,
}

/// Versions and links.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    reports: Vec<Version>,
    links: Vec<Link>,
}

/// A version of the report.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    report: ReportId,
    number: u32,
    rendered_at: Timestamp,
    sha256: String,
    url: String,
    url_expires_at: Timestamp,
}

impl Version {
    /// Who hands a report over needs to know that it is there; reading it is for those who assess.
    const FIELDS: &'static [Field] = &[
        shown("report"),
        shown("number"),
        shown("renderedAt"),
        shown("sha256"),
        shown("url").to(&[Role::Provider]),
        shown("urlExpiresAt").to(&[Role::Provider]),
    ];
}

/// A link, and what came of it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    link: LinkId,
    channel: LinkChannel,
    /// `usable`, `locked` or `gone`.
    state: &'static str,
    issued_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_by: Option<StaffId>,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    tries: u32,
    opened: Vec<Opening>,
}

impl Link {
    const FIELDS: &'static [Field] = &[
        shown("link"),
        shown("channel"),
        shown("state"),
        shown("issuedAt"),
        shown("issuedBy"),
        shown("expiresAt"),
        shown("revokedAt"),
        shown("tries"),
        shown("opened").of(&[shown("at"), shown("number")]),
    ];
}

/// That it was opened.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Opening {
    at: Timestamp,
    number: u32,
}

impl Operation for ListReports {
    const INFO: Info = Info {
        name: "list_reports",
        method: "GET",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/reports",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[],
        headers: &[Header::AccessReason],
    };
    const FIELDS: &'static [Field] = &[shown("reports").of(Version::FIELDS), shown("links").of(Link::FIELDS)];
    type Caller = Staff<permission::ListReports>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, report_links: setup.report_links()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let read = async {
            let (scope, path) = (&call.caller.scope, call.path);
            let mut visit = self.records.visit(scope, path.patient, path.evaluation.into()).await?;
            let evaluation = visit.take::<Evaluation>()?.ok_or_else(Problem::not_found)?.record;
            check_involved(&evaluation, &call.caller, call.access_reason)?;
            let reports = self.versions(visit.take_all()?, call.now).await?;
            let links = self.links(&call, visit).await?;
            Ok(Reply::new(Output { reports, links }))
        };
        call.trail.alongside(read).await
    }
}

impl ListReports {
    /// The newest first.
    async fn versions(&self, stored: Vec<Stored<Report>>, now: Timestamp) -> Result<Vec<Version>, Problem> {
        let url_expires_at = now.checked_add(VIEW_LIFETIME).unwrap_or(now);
        let mut versions = Vec::with_capacity(stored.len());
        for Report { report, number, key, version, sha256, rendered_at, .. } in
            stored.into_iter().rev().map(|stored| stored.record)
        {
            let url = self.report_links.view(&key, &version, &format!("{report}.pdf"), now).await?;
            versions.push(Version { report, number, rendered_at, sha256, url, url_expires_at });
        }
        Ok(versions)
    }

    /// The newest first.
    async fn links(&self, call: &Call<Self>, mut visit: Found) -> Result<Vec<Link>, Problem> {
        let mut issued: Vec<IssuedLink> =
            visit.take_all::<IssuedLink>()?.into_iter().map(|stored| stored.record).collect();
        issued.sort_by_key(|link| std::cmp::Reverse(link.issued_at));
        issued.truncate(MOST_LINKS);
        let ids: Vec<LinkId> = issued.iter().map(|link| link.link).collect();
        let links = self.records.get_each(&call.caller.scope, ids.into_iter().map(keys::report_link)).await?;
        let openings: Vec<ReportOpening> =
            visit.take_all::<ReportOpening>()?.into_iter().map(|stored| stored.record).collect();
        // Whose membership some of them rest on: few, and mostly nobody's.
        let issuers =
            links.iter().filter_map(|link: &Stored<ReportLink>| link.record.rests_on()).map(keys::staff);
        let issuers: Vec<Stored<Member>> = self.records.get_each(&call.caller.scope, issuers).await?;
        let told = issued.iter().filter_map(|issued| {
            let link = &links.iter().find(|link| link.record.link == issued.link)?.record;
            let issuer = issuers.iter().map(|it| &it.record).find(|it| Some(it.staff) == link.rests_on());
            let state = if link.is_left_behind(issuer) { LinkState::Gone } else { link.state(call.now) };
            Some(tell(issued, link, state, &openings))
        });
        Ok(told.collect())
    }
}

fn tell(issued: &IssuedLink, link: &ReportLink, state: LinkState, openings: &[ReportOpening]) -> Link {
    let state = match state {
        LinkState::Usable => "usable",
        LinkState::Locked => "locked",
        LinkState::Gone => "gone",
    };
    let opened = openings.iter().filter(|opening| opening.link == link.link);
    Link {
        link: link.link,
        channel: issued.channel,
        state,
        issued_at: issued.issued_at,
        issued_by: issued.issued_by,
        expires_at: link.expires_at,
        revoked_at: link.revoked_at,
        tries: link.tries,
        opened: opened.map(|opening| Opening { at: opening.at, number: opening.number }).collect(),
    }
}
