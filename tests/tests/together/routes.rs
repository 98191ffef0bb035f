//! Every operation there is, against everyone who may not call it.
//!
//! The list is the areas' own: an operation that is added is walked without anybody thinking of it.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_domain::capability::Secret;
use visage_domain::permission::Grant;
use visage_domain::principal;
use visage_openapi::{operations, workers};
use visage_platform::operation::Listed;
use visage_store::vault::secret_hash;
use visage_tests::clinic::registration;
use visage_tests::http::{Answer, Ask};
use visage_tests::operator::Operator;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, audit, report};

/// What stands in a path's braces.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) patient: String,
    pub(crate) other: String,
    pub(crate) evaluation: String,
    pub(crate) intake: String,
    pub(crate) link: String,
    pub(crate) slug: String,
    pub(crate) clinic: String,
    pub(crate) staff: String,
    pub(crate) session: String,
}

impl Names {
    /// Names of things that don't exist.
    pub(crate) fn of_nothing() -> Self {
        let none = "0123456789abcdefghjkmnpqr0";
        Self {
            patient: format!("pat_{none}"),
            other: format!("pat_1{}", &none[1..]),
            evaluation: format!("eva_{none}"),
            intake: format!("int_{none}"),
            link: format!("lnk_{none}"),
            slug: "no-such-clinic".to_owned(),
            clinic: format!("cli_{none}"),
            staff: format!("stf_{none}"),
            session: format!("ses_{none}"),
        }
    }

    fn fill(&self, path: &str) -> String {
        path.replace("{patient}", &self.patient)
            .replace("{other}", &self.other)
            .replace("{evaluation}", &self.evaluation)
            .replace("{intake}", &self.intake)
            .replace("{link}", &self.link)
            .replace("{slug}", &self.slug)
            .replace("{clinic}", &self.clinic)
            .replace("{staff}", &self.staff)
            .replace("{session}", &self.session)
            .replace("{vendor}", "aws")
            .replace("{version}", "1")
            .replace("{section}", "about-you")
    }
}

/// A request that gets as far as its caller does, with a body that fits the operation as far as that matters.
pub(crate) fn ask(visage: &Visage, operation: &Listed, names: &Names) -> Ask {
    let ask = visage.ask(operation.info.method, &names.fill(operation.info.path)).once();
    if operation.info.body_limit == 0 { ask } else { ask.if_match("\"1\"").json(&body(operation.info.name)) }
}

fn body(operation: &str) -> Value {
    match operation {
        "assess_evaluation" => json!({ "findings": [], "recommendations": "None." }),
        "add_note" => json!({ "kind": "desk", "text": "Called." }),
        "assign_evaluation" => json!({ "assignee": null }),
        "add_addendum" => json!({ "text": "None." }),
        "withdraw_evaluation" => json!({ "reason": "None." }),
        "decide_match" => json!({ "verdict": "same" }),
        "request_retake" => json!({ "view": "frontal", "reason": "blurred", "channel": "hand" }),
        "retake_photo" => json!({ "contentType": "image/jpeg" }),
        "update_staff" => json!({ "name": "Ana", "roles": ["provider"], "licences": [] }),
        "change_staff_status" => json!({ "from": "active", "to": "suspended", "reason": "security" }),
        "start_intake" => json!({ "consent": true, "formVersion": 1 }),
        "open_report" => json!({ "birthDate": "1980-01-01" }),
        _ => json!({}),
    }
}

pub(crate) fn role_of(role: Role) -> principal::Role {
    match role {
        Role::Owner => principal::Role::Owner,
        Role::Provider => principal::Role::Provider,
        Role::Coordinator => principal::Role::Coordinator,
        Role::Billing => principal::Role::Billing,
        Role::Compliance => principal::Role::Compliance,
    }
}

/// That a refusal stands in the clinic's log, under its request's id.
pub(crate) fn is_logged(clinic: &Clinic, operation: &Listed, answer: &Answer, code: &str) -> Result<()> {
    let entries = audit::of_request(clinic, answer.request()?)?;
    let found = entries.iter().any(|entry| {
        entry.action == operation.info.name
            && entry.outcome == "refused"
            && entry.code.as_deref() == Some(code)
    });
    ensure!(found, "{} left no entry of its refusal but {entries:?}", answer.what);
    Ok(())
}

#[test]
fn what_is_listed_is_what_is_deployed() -> Result<()> {
    let visage = Visage::connect()?;
    let operations = operations();
    let listed: BTreeSet<_> =
        operations.iter().map(|it| format!("{} {}", it.info.method, it.info.path)).collect();
    ensure!(listed.len() == operations.len(), "no two operations share a route");
    let api = visage.stack.api_url.rsplit('/').next().unwrap_or_default();
    let answer = visage.aws.send("apigateway", "GET", &format!("/v2/apis/{api}/routes"), &[], Vec::new())?;
    let routes: Value = answer.read(200)?;
    let items = routes["items"].as_array().or_else(|| routes["Items"].as_array());
    let key =
        |route: &Value| route["routeKey"].as_str().or_else(|| route["RouteKey"].as_str()).map(str::to_owned);
    let deployed: BTreeSet<_> = items.into_iter().flatten().filter_map(key).collect();
    ensure!(deployed == listed, "deployed {deployed:#?}\nlisted {listed:#?}");

    let functions: BTreeSet<_> = visage.stack.functions.keys().map(String::as_str).collect();
    let named: BTreeSet<_> =
        operations.iter().map(|it| it.info.name).chain(workers().iter().map(|it| it.name)).collect();
    ensure!(functions == named, "deployed {functions:#?}\nnamed {named:#?}");
    Ok(())
}

#[test]
fn without_a_session_nothing_but_the_public_pages_answers() -> Result<()> {
    let visage = Visage::connect()?;
    let names = Names::of_nothing();
    for operation in operations().iter().filter(|it| it.permission.grant != Grant::Visitor) {
        let with = |header: &str| match header {
            "" => ask(&visage, operation, &names).send(),
            token => ask(&visage, operation, &names).header("authorization", token).send(),
        };
        with("")?.refused(401, "unauthenticated")?;
        let (status, code) = match operation.permission.grant {
            // To whoever holds a link that isn't one there is nothing here.
            Grant::Recipient => (404, "not_found"),
            _ => (401, "unauthenticated"),
        };
        for rubbish in ["Bearer x", "Bearer v1.cli_0.stf_0.AAAA", "Bearer v1.operator.AAAA"] {
            with(rubbish)?.refused(status, code)?;
        }
        with("Basic dXNlcjpwYXNz")?.refused(401, "unauthenticated")?;
        let counted = audit::strangers(&visage)?;
        let found = counted.iter().any(|it| it.action == operation.info.name && it.code == "unauthenticated");
        ensure!(found, "{}: strangers weren't counted", operation.info.name);
    }
    Ok(())
}

#[test]
fn a_session_of_another_kind_opens_nothing() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?.token, clinic.staff(Role::Provider)?.token);
    let (operator, resume) = (Operator::of(&visage)?.token, Intake::start(&clinic)?.resume_token);
    let names = Names::of_nothing();
    for operation in operations() {
        let others: &[&String] = match operation.permission.grant {
            Grant::Visitor | Grant::Function => continue,
            Grant::Operator => &[&owner, &provider, &resume],
            Grant::Staff(_) => &[&operator, &resume],
            Grant::Patient | Grant::Recipient => &[&owner, &provider, &operator],
        };
        for token in others {
            let answer = ask(&visage, &operation, &names).bearer(token).send()?;
            ensure!(matches!(answer.status, 401 | 404), "{} answered {}", answer.what, answer.status);
        }
    }
    // A resume token is a capability like a link's, but of another kind.
    report::open(&visage, &resume, "1980-01-01")?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn what_is_another_clinics_looks_like_what_does_not_exist() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let reported = report::Reported::whole(&theirs, &Person::invented())?;
    let other = Intake::whole(&theirs, &Person::invented(), false)?.patient;
    let opened = theirs.staff(Role::Provider)?.open(&reported.visit)?;
    let link = opened.notices.iter().find_map(|notice| notice.link.clone()).unwrap_or_default();
    let (patient, evaluation) = (reported.visit.patient, reported.visit.evaluation);
    let intake = opened.intake;
    let existing = Names {
        patient,
        other,
        evaluation,
        intake,
        link,
        slug: theirs.slug.clone(),
        clinic: theirs.id.clone(),
        staff: theirs.staff(Role::Billing)?.id,
        session: session_of(&theirs.staff(Role::Billing)?)?,
    };
    let nothing = Names::of_nothing();
    let mut walked = 0;
    let is_named = |it: &&Listed| ["{patient}", "{staff}"].iter().any(|name| it.info.path.contains(name));
    for operation in operations().iter().filter(is_named) {
        let is_about_staff = operation.info.path.contains("{staff}");
        let token = ours.staff(if is_about_staff { Role::Owner } else { Role::Provider })?.token;
        let foreign = ask(&visage, operation, &existing).bearer(&token).send()?;
        let missing = ask(&visage, operation, &nothing).bearer(&token).send()?;
        foreign.clone().refused(404, "not_found")?;
        let without_id =
            |answer: &Answer| Ok::<_, anyhow::Error>(answer.text().replace(answer.request()?, ""));
        ensure!(without_id(&foreign)? == without_id(&missing)?, "{}", foreign.what);
        let names =
            |answer: &Answer| answer.headers.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
        ensure!(names(&foreign) == names(&missing), "{}: other headers", foreign.what);
        is_logged(&ours, operation, &foreign, "not_found")?;
        walked += 1;
    }
    ensure!(walked >= 19, "only {walked} operations name a patient or a user");
    // And the owner of it all can still open it: nothing was changed on the way.
    ensure!(theirs.staff(Role::Provider)?.open(&Names::visit(&existing))?.status == "signed");
    theirs.staff(Role::Billing)?.ask("GET", "/v1/session").send()?.expect(200)?;
    Ok(())
}

/// The session that somebody asks with.
fn session_of(staff: &Staff) -> Result<String> {
    let path = format!("/v1/staff/{}/sessions", staff.id);
    let listed: Value = staff.ask("GET", &path).send()?.read(200)?;
    Ok(listed["sessions"][0]["session"].as_str().context("they ask with one")?.to_owned())
}

impl Names {
    fn visit(&self) -> visage_tests::evaluation::Visit {
        visage_tests::evaluation::Visit { patient: self.patient.clone(), evaluation: self.evaluation.clone() }
    }
}

/// What a clinic answers where it stands, if it isn't admitted: by whether a request is about patients, and changes anything.
type Refuses = fn(bool, bool) -> Option<&'static str>;

#[test]
fn where_the_clinic_stands_decides_on_every_route() -> Result<()> {
    let visage = Visage::connect()?;
    let pending = Clinic::pending(&visage, &registration())?;
    every_route(&pending, &[], |phi, _| phi.then_some("baa_required"))?;

    let clinic = Clinic::open(&visage)?;
    let resume = Intake::start(&clinic)?.resume_token;
    let mailed = report::Reported::whole(&clinic, &Person::invented())?.mailed;
    let tokens = [(Grant::Patient, resume), (Grant::Recipient, mailed)];
    let life: [(&str, &str, &str, Refuses); 5] = [
        ("active", "past_due", "payment_overdue", |_, changes| changes.then_some("clinic_read_only")),
        ("past_due", "active", "payment_received", |_, _| None),
        ("active", "suspended", "security", |phi, changes| (phi || changes).then_some("clinic_closed")),
        ("suspended", "active", "resolved", |_, _| None),
        ("active", "terminated", "clinics_request", |_, changes| changes.then_some("clinic_read_only")),
    ];
    for (from, to, reason, refuses) in life {
        clinic.change_status(from, to, reason)?.expect(200)?;
        every_route(&clinic, &tokens, refuses)?;
    }
    Ok(())
}

/// Asks for everything that staff, and whoever holds one of `tokens`, may ask for.
fn every_route(clinic: &Clinic, tokens: &[(Grant, String)], refuses: Refuses) -> Result<()> {
    let names = Names { slug: clinic.slug.clone(), ..Names::of_nothing() };
    for operation in operations() {
        let token = match operation.permission.grant {
            Grant::Staff(allowed) => {
                let role = Role::ALL.into_iter().find(|role| allowed.contains(&role_of(*role)));
                let role = role.context("somebody may")?;
                let ends = operation.info.name == "end_session";
                Some(if ends { clinic.fresh_session(role) } else { clinic.staff(role) }?.token)
            }
            grant => tokens.iter().find(|(of, _)| *of == grant).map(|(_, token)| token.clone()),
        };
        let is_start = operation.info.name == "start_intake";
        // A link that confirms a channel, or to take a photo again, is another than the report's.
        if (token.is_none() && !is_start) || OTHER_LINKS.contains(&operation.info.name) {
            continue;
        }
        let answer = ask(&clinic.visage, &operation, &names);
        let answer = token.iter().fold(answer, |ask, token| ask.bearer(token)).send()?;
        match refuses(operation.info.phi, operation.info.changes) {
            Some(code) => {
                answer.clone().refused(403, code)?;
                // Strangers are only counted.
                if !is_start {
                    is_logged(clinic, &operation, &answer, code)?;
                }
            }
            None => {
                let text = answer.text();
                let is_refused = ["baa_required", "clinic_read_only", "clinic_closed"]
                    .iter()
                    .any(|code| text.contains(code));
                ensure!(!is_refused, "{} answered {text}", answer.what);
            }
        }
    }
    Ok(())
}

const OTHER_LINKS: [&str; 3] = ["confirm_channel", "get_retake", "retake_photo"];

#[test]
fn an_operators_idle_session_is_over_everywhere() -> Result<()> {
    let visage = Visage::connect()?;
    let token = Operator::fresh_session(&visage)?.token;
    let secret =
        token.strip_prefix("v1.operator.").and_then(Secret::decode).context("an operator's token")?;
    let all = visage.aws.dump(visage.directory()?)?;
    let session =
        all.iter().find(|item| item.get("token_hash").is_some_and(|it| it["S"] == secret_hash(&secret)));
    let long_ago = json!({ "S": (Timestamp::now() - SignedDuration::from_mins(30)).to_string() });
    visage.aws.set(visage.directory()?, session.context("the session is stored")?, "seen_at", &long_ago)?;
    for operation in operations().iter().filter(|it| it.permission.grant == Grant::Operator) {
        let answer = ask(&visage, operation, &Names::of_nothing()).bearer(&token).send()?;
        answer.clone().refused(401, "session_idle")?;
        let entries = audit::of_platform(&visage)?;
        let request = answer.request()?;
        ensure!(entries.iter().any(|it| it.request == request && it.code.as_deref() == Some("session_idle")));
    }
    Ok(())
}
