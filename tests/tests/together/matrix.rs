//! Every route of staff × every role × every situation that a caller can be in, compared with the permission table.
//!
//! The routes are the areas' own lists, what is expected comes from the table: a route or a role that is added is tried
//! without anybody thinking of it. Who belongs to no clinic has no role there, and a column of their own.

mod no_clinic;

use crate::routes::{Names, are_logged, ask, is_closed_out, is_logged, role_of};
use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_domain::permission::Grant;
use visage_openapi::operations;
use visage_platform::operation::Listed;
use visage_platform::{Header, Problem};
use visage_tests::access_review::Review;
use visage_tests::clinic::{licence, registration};
use visage_tests::glass::broken_by;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage};

/// What a request has to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// This refusal, and no other.
    Refused(u16, &'static str),
    /// Anything but a refusal of the caller, and no fault of ours.
    Heard,
}

/// What the permission table says of a role, where nothing else stands against it. What is begun in bulk takes leave
/// beside it, which nobody has by their role.
fn by_table(operation: &Listed, role: Role) -> Expected {
    let is_allowed =
        matches!(operation.permission.grant, Grant::Staff(allowed) if allowed.contains(&role_of(role)));
    let in_bulk = Problem::bulk_permission_required();
    match is_allowed {
        false => Expected::Refused(403, "forbidden"),
        true if operation.info.mutates() && operation.info.problems.contains(&in_bulk) => {
            Expected::Refused(403, in_bulk.code)
        }
        true => Expected::Heard,
    }
}

/// The operations of staff; last the one that ends all sessions of who asks.
fn of_staff() -> Vec<Listed> {
    let mut all = operations();
    all.retain(|it| matches!(it.permission.grant, Grant::Staff(_)));
    all.sort_by_key(|it| it.info.name == "revoke_sessions");
    all
}

/// Asks for every route in every role of `clinic`, and compares; each request has to be in the clinic's log, let through or
/// not.
fn walk(clinic: &Clinic, names: &Names, expected: impl Fn(&Listed, Role) -> Expected) -> Result<()> {
    let mut asked = Vec::new();
    for role in Role::ALL {
        let staff = clinic.staff(role)?;
        for operation in of_staff() {
            let expected = expected(&operation, role);
            let ends = operation.info.name == "end_session" && expected == Expected::Heard;
            let staff = if ends { clinic.fresh_session(role)? } else { staff.clone() };
            let names = Names { staff: own(&operation, names, &staff), ..names.clone() };
            let answer = ask(&clinic.visage, &operation, &names).bearer(&staff.token).send()?;
            match expected {
                Expected::Refused(status, code) => {
                    answer.clone().refused(status, code).with_context(|| format!("as {}", role.code()))?;
                }
                Expected::Heard => {
                    let is_refused = matches!(answer.status, 401 | 403) || answer.status >= 500;
                    ensure!(!is_refused, "{}: {} was told {}", answer.what, role.code(), answer.text());
                }
            }
            asked.push((operation.info.name, answer));
        }
    }
    ensure!(asked.len() >= 5 * 40, "only {} requests", asked.len());
    are_logged(clinic, &asked)
}

/// The user that a path names: oneself, where everybody may ask about themselves only.
fn own(operation: &Listed, names: &Names, staff: &Staff) -> String {
    if operation.permission.name == "session.use" { staff.id.clone() } else { names.staff.clone() }
}

#[test]
fn at_ones_own_clinic_the_table_decides() -> Result<()> {
    walk(&Clinic::open(&Visage::connect()?)?, &Names::of_nothing(), by_table)
}

#[test]
fn a_broken_glass_adds_what_the_table_marks_and_nothing_else() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    for role in Role::ALL {
        broken_by(&clinic.staff(role)?)?;
    }
    walk(&clinic, &Names::of_nothing(), |operation, role| match operation.permission.emergency {
        true => Expected::Heard,
        false => by_table(operation, role),
    })
}

#[test]
fn before_the_agreements_nothing_about_patients_answers() -> Result<()> {
    let clinic = Clinic::pending(&Visage::connect()?, &registration())?;
    walk(&clinic, &Names::of_nothing(), |operation, role| match operation.info.phi {
        true => Expected::Refused(403, "baa_required"),
        false => by_table(operation, role),
    })
}

#[test]
fn at_a_suspended_clinic_its_account_is_read_and_one_signs_out() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    // Who never came in doesn't while it is closed.
    Role::ALL.into_iter().try_for_each(|role| clinic.staff(role).map(drop))?;
    clinic.change_status("active", "suspended", "security")?.expect(200)?;
    walk(&clinic, &Names::of_nothing(), |operation, role| match is_closed_out(operation) {
        true => Expected::Refused(403, "clinic_closed"),
        false => by_table(operation, role),
    })
}

#[test]
fn an_idle_session_is_over_in_every_role() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    // To the second: what was last seen thirty minutes ago is idle.
    let long_ago = json!({ "S": (Timestamp::now() - SignedDuration::from_mins(30)).to_string() });
    for role in Role::ALL {
        let partition = format!("C#{}#S#{}", clinic.id, clinic.staff(role)?.id);
        for session in visage.aws.query(visage.records()?, &partition, "SESSION#")? {
            visage.aws.set(visage.records()?, &session, "seen_at", &long_ago)?;
        }
    }
    walk(&clinic, &Names::of_nothing(), |_, _| Expected::Refused(401, "session_idle"))
}

#[test]
fn who_left_is_out_of_every_route() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let staff = Role::ALL.map(|role| clinic.staff(role));
    let input = json!({
        "email": format!("closer@{}.example", clinic.slug), "name": "Last One", "roles": ["owner"],
        "licences": [licence("2099-12-31")],
    });
    let (_, closer) = clinic.join(&input)?;
    for member in staff {
        closer.decide_on(&member?.id, "active", "terminated", "left")?.expect(200)?;
    }
    walk(&clinic, &Names::of_nothing(), |_, _| Expected::Refused(401, "unauthenticated"))
}

#[test]
fn what_is_another_clinics_is_nothing_in_any_role() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let visit = Intake::whole(&theirs, &Person::invented(), false)?;
    let names = Names {
        staff: theirs.staff(Role::Provider)?.id,
        break_glass: broken_by(&theirs.staff(Role::Billing)?)?.id,
        access_review: Review::compiled_for(&theirs.staff(Role::Owner)?)?.id,
        intake: visit.evaluation.replace("eva_", "int_"),
        patient: visit.patient,
        evaluation: visit.evaluation,
        ..Names::of_nothing()
    };
    walk(&ours, &names, |operation, role| match by_table(operation, role) {
        Expected::Heard if names_something(operation) => Expected::Refused(404, "not_found"),
        other => other,
    })
}

/// Whether a path names what the other clinic has.
fn names_something(operation: &Listed) -> bool {
    let is_own = operation.permission.name == "session.use";
    let path = operation.info.path;
    ["{patient}", "{break_glass}", "{access_review}"].iter().any(|name| path.contains(name))
        || (path.contains("{staff}") && !is_own)
}

#[test]
fn a_chart_that_is_nobodys_work_any_more_asks_for_a_reason_in_every_role_that_may_open_it() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let signer = clinic.join(&json!({
        "email": format!("signer@{}.example", clinic.slug), "name": "Signer", "roles": ["provider"],
        "licences": [licence("2099-12-31")],
    }));
    let assessment: Value = json!({ "findings": [], "recommendations": "None." });
    signer?.1.conclude(&visit, &assessment)?;
    let names = Names { patient: visit.patient, evaluation: visit.evaluation, ..Names::of_nothing() };
    let mut walked = 0;
    // Every reading that names an evaluation, whatever it says of itself: one that forgets to ask is found out.
    let reads_a_chart = |it: &Listed| !it.info.mutates() && it.info.path.contains("{evaluation}");
    let asks = |it: &Listed| reads_a_chart(it) || it.info.has(Header::AccessReason);
    for operation in of_staff().into_iter().filter(asks) {
        for role in Role::ALL {
            let answer = ask(&clinic.visage, &operation, &names).bearer(&clinic.staff(role)?.token).send()?;
            let code = match by_table(&operation, role) {
                Expected::Heard => "reason_required",
                Expected::Refused(_, code) => code,
            };
            answer.clone().refused(403, code)?;
            is_logged(&clinic, &operation, &answer, code)?;
            walked += 1;
        }
    }
    ensure!(walked >= 4 * 5, "only {walked} requests");
    Ok(())
}
