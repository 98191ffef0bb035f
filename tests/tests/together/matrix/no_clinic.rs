//! The matrix's column of who belongs to no clinic: truly signed in at the identity provider, or with a session or token of
//! another kind, and on every route a stranger. So is who holds a registration's link.
//!
//! The routes are the areas' own lists, and each is asked by all who have nothing to show for it.

use crate::routes::{Names, ask};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use visage_domain::permission::Grant;
use visage_openapi::operations;
use visage_tests::audit::{self, Strangers};
use visage_tests::clinic::licence;
use visage_tests::cognito::Login;
use visage_tests::http::{Answer, Ask};
use visage_tests::operator::Operator;
use visage_tests::registration::{own_registration, requested};
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Visage};

/// What somebody shows of themselves.
#[derive(Debug)]
enum Shown {
    Bearer(String),
    Cookie(String),
}

impl Shown {
    fn with(&self, ask: Ask) -> Ask {
        match self {
            Self::Bearer(token) => ask.bearer(token),
            Self::Cookie(token) => ask.header("cookie", format!("__Host-visage={token}")),
        }
    }
}

/// An access token of somebody whom the staff's pool knows and no clinic ever did, and their id token.
fn never_there(visage: &Visage) -> Result<[String; 2]> {
    tokens(visage, &mut visage.made_account("staff")?)
}

/// An access token of somebody whose only membership ended after they signed in, and their id token.
fn who_left(clinic: &Clinic) -> Result<[String; 2]> {
    let input = json!({
        "email": format!("leaver@{}.example", clinic.slug), "name": "Leaver", "roles": ["provider"],
        "licences": [licence("2099-12-31")],
    });
    let (mut login, member) = clinic.join(&input)?;
    let tokens = tokens(&clinic.visage, &mut login)?;
    clinic.staff(Role::Owner)?.decide_on(&member.id, "active", "terminated", "left")?.expect(200)?;
    Ok(tokens)
}

fn tokens(visage: &Visage, login: &mut Login) -> Result<[String; 2]> {
    let sign_in = visage.staff_sign_in()?;
    Ok([sign_in.sign_in(login)?, sign_in.id_token(login)?])
}

/// How many sessions were started at a clinic, by its log: none comes without its entry.
fn started(clinic: &Clinic) -> Result<usize> {
    let is_start = |entry: &audit::Entry| entry.action == "start_session" && entry.outcome == "done";
    Ok(audit::of(clinic)?.iter().filter(|entry| is_start(entry)).count())
}

#[test]
fn who_belongs_to_no_clinic_starts_no_session_at_any() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let people = [never_there(&visage)?, who_left(&clinic)?];
    let (before, strangers) = (started(&clinic)?, Strangers::so_far(&visage)?);
    let without_id = |answer: &Answer| Ok::<_, anyhow::Error>(answer.text().replace(answer.request()?, ""));
    for token in people.iter().flatten() {
        let theirs = Staff::ask_in(&visage, token, &clinic.slug)?;
        let missing = Staff::ask_in(&visage, token, "no-such-clinic")?;
        ensure!(without_id(&theirs)? == without_id(&missing)?, "nobody learns which clinics there are");
        ensure!(theirs.header("set-cookie").is_none(), "a cookie came of it");
        theirs.refused(401, "unauthenticated")?;
        Operator::ask_in(&visage, token)?.refused(401, "unauthenticated")?;
    }
    ensure!(started(&clinic)? == before, "a session came of it");
    strangers.grew(&[("start_session", "unauthenticated")], |_| {
        Staff::ask_in(&visage, &people[0][0], &clinic.slug)?.refused(401, "unauthenticated").map(drop)
    })
}

#[test]
fn who_belongs_to_no_clinic_is_a_stranger_on_every_route() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let [access, id] = never_there(&visage)?.map(Shown::Bearer);
    let [left, _] = who_left(&clinic)?.map(Shown::Bearer);
    let [owner, provider] = [Role::Owner, Role::Provider].map(|role| clinic.staff(role));
    let (owner, provider) = (Shown::Bearer(owner?.token), Shown::Bearer(provider?.token));
    let operator = Operator::of(&visage)?.token;
    let (operator, cookie) = (Shown::Bearer(operator.clone()), Shown::Cookie(operator));
    let resume = Shown::Bearer(Intake::start(&clinic)?.resume_token);
    let link = Shown::Bearer(requested(&visage, &own_registration())?);
    let (names, mut walked) = (Names::of_nothing(), Vec::new());
    let before = Strangers::so_far(&visage)?;
    for operation in operations() {
        // Every kind of route is named: one that is added is thought of here.
        let (strangers, status, code): (Vec<&Shown>, _, _) = match operation.permission.grant {
            Grant::Staff(_) => {
                (vec![&access, &id, &left, &operator, &cookie, &resume, &link], 401, "unauthenticated")
            }
            Grant::Operator => (vec![&access, &owner, &provider, &resume, &link], 401, "unauthenticated"),
            Grant::Patient => (vec![&access, &owner, &provider, &operator, &link], 401, "unauthenticated"),
            // To whoever holds no link there is nothing here. A resume token is a capability too, but of another kind.
            Grant::Recipient => {
                (vec![&access, &owner, &provider, &operator, &resume, &link], 404, "not_found")
            }
            Grant::Registrant => (vec![&access, &owner, &provider, &operator, &resume], 404, "not_found"),
            Grant::Visitor | Grant::Function => continue,
        };
        for shown in strangers {
            let answer = shown.with(ask(&visage, &operation, &names)).send()?;
            answer.refused(status, code).with_context(|| format!("{shown:?}"))?;
        }
        walked.push((operation.info.name, code));
    }
    ensure!(walked.len() >= 70, "only {} routes", walked.len());
    before.grew(&walked, |name| {
        let operation = operations().into_iter().find(|it| it.info.name == name).context("it was asked")?;
        access.with(ask(&visage, &operation, &names)).send().map(drop)
    })
}
