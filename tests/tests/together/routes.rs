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
use visage_tests::audit::{self, Strangers};
use visage_tests::http::{Answer, Ask};
use visage_tests::operator::Operator;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Visage};

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
    pub(crate) export: String,
    pub(crate) break_glass: String,
    pub(crate) access_review: String,
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
            export: format!("exp_{none}"),
            break_glass: format!("brk_{none}"),
            access_review: format!("rev_{none}"),
        }
    }

    fn fill(&self, path: &str) -> String {
        path.replace("{patient}", &self.patient)
            .replace("{other}", &self.other)
            .replace("{evaluation}", &self.evaluation)
            .replace("{other_evaluation}", &self.evaluation)
            .replace("{intake}", &self.intake)
            .replace("{link}", &self.link)
            .replace("{slug}", &self.slug)
            .replace("{clinic}", &self.clinic)
            .replace("{staff}", &self.staff)
            .replace("{session}", &self.session)
            .replace("{export}", &self.export)
            .replace("{permission}", "export")
            .replace("{break_glass}", &self.break_glass)
            .replace("{access_review}", &self.access_review)
            .replace("{vendor}", "aws")
            .replace("{operator}", "opr_0123456789abcdefghjkmnpqr0")
            .replace("{version}", "1")
            .replace("{section}", "about-you")
    }
}

/// A request that gets as far as its caller does, with a body that fits the operation as far as that matters.
pub(crate) fn ask(visage: &Visage, operation: &Listed, names: &Names) -> Ask {
    let ask = visage.ask(operation.info.method, &names.fill(operation.info.path)).once();
    if operation.info.body_limit == 0 { ask } else { ask.if_match("\"1\"").json(&body(operation.info.name)) }
}

pub(crate) fn body(operation: &str) -> Value {
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
        "grant_bulk_permission" => {
            json!({ "until": (Timestamp::now() + SignedDuration::from_hours(1)).to_string() })
        }
        "start_answer_export" => json!({
            "since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z", "reason": "quality_review",
        }),
        "import_intakes" => json!({ "formVersion": 1, "intakes": [] }),
        "start_intake" => json!({ "consent": true, "formVersion": 1 }),
        "review_break_glass" => json!({ "finding": "justified", "note": "None." }),
        "attest_access_review_line" => json!({ "decision": "keep" }),
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

/// Whether a closed clinic refuses an operation: all that is about patients, and all but signing out that doesn't merely
/// read.
pub(crate) fn is_closed_out(operation: &Listed) -> bool {
    let signs_out = ["end_session", "revoke_session", "revoke_sessions"].contains(&operation.info.name);
    operation.info.phi || (operation.info.method != "GET" && !signs_out)
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

/// That each of these requests stands in the clinic's log under its id: as let through, or with the refusal that was
/// answered.
pub(crate) fn are_logged(clinic: &Clinic, asked: &[(&str, Answer)]) -> Result<()> {
    let entries = audit::of(clinic)?;
    for (operation, answer) in asked {
        let request = answer.request()?;
        let code =
            (answer.status >= 400).then(|| serde_json::from_slice::<Value>(&answer.body)).transpose()?;
        let code = code.and_then(|problem| problem["code"].as_str().map(str::to_owned));
        let outcomes: &[&str] = if answer.status < 400 { &["granted", "done"] } else { &["refused"] };
        let of_it: Vec<_> = entries.iter().filter(|entry| entry.request == request).collect();
        let found = of_it.iter().any(|entry| {
            entry.action == *operation && outcomes.contains(&entry.outcome.as_str()) && entry.code == code
        });
        ensure!(found, "{} answered {} and left {of_it:?}", answer.what, answer.status);
    }
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
    let (names, before) = (Names::of_nothing(), Strangers::so_far(&visage)?);
    let mut closed = operations();
    closed.retain(|it| it.permission.grant != Grant::Visitor);
    for operation in &closed {
        let with = |header: &str| match header {
            "" => ask(&visage, operation, &names).send(),
            token => ask(&visage, operation, &names).header("authorization", token).send(),
        };
        with("")?.refused(401, "unauthenticated")?;
        let (status, code) = match operation.permission.grant {
            // To whoever holds a link that isn't one there is nothing here.
            Grant::Recipient | Grant::Registrant => (404, "not_found"),
            _ => (401, "unauthenticated"),
        };
        for rubbish in ["Bearer x", "Bearer v1.cli_0.stf_0.AAAA", "Bearer v1.operator.AAAA"] {
            with(rubbish)?.refused(status, code)?;
        }
        with("Basic dXNlcjpwYXNz")?.refused(401, "unauthenticated")?;
    }
    let kinds: Vec<_> = closed.iter().map(|it| (it.info.name, "unauthenticated")).collect();
    before.grew(&kinds, |name| {
        let operation = closed.iter().find(|it| it.info.name == name).context("it was asked")?;
        ask(&visage, operation, &names).send()?.refused(401, "unauthenticated").map(drop)
    })
}

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
