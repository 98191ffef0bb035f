//! The main job at two clinics, before one's eyes: each has its own form, language, clock and staff. A patient hands in
//! an intake, a provider evaluates and signs, the patient reads the report; and neither clinic sees anything of the other.

mod job;
mod script;
mod show;

use anyhow::{Context, Result};
use job::Done;
use script::Script;
use serde_json::{Value, json};
use show::Show;
use visage_tests::operator::Operator;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Visage};

fn main() -> Result<()> {
    let visage = Visage::connect()?;
    let mut show = Show::begin(&visage.stack.api_url);
    show.step(
        "The platform's operator signed in with a second factor and approved three vendors",
        "No vendor sees health data, and no message leaves, without an approval on record.",
        || Operator::of(&visage),
    )?;
    let first = job::run(&mut show, &visage, &Script::english())?;
    let second = job::run(&mut show, &visage, &Script::spanish()?)?;
    apart(&mut show, &first, &second)?;
    show.end();
    show::findings(&first.opened);
    for done in [&first, &second] {
        show::patients_side(&visage, done)?;
    }
    sign_ins(&visage, &first.clinic, &second.clinic)
}

/// That neither clinic's staff comes near what is the other's.
fn apart(show: &mut Show, first: &Done, second: &Done) -> Result<()> {
    show.part("Side by side");
    for (of, theirs, which) in [(first, second, "first"), (second, first, "second")] {
        let provider = of.clinic.staff(Role::Provider)?;
        show.step(
            &format!("The {which} clinic's provider asked for the other's evaluation and got 404, not found"),
            "What is another clinic's looks exactly like what doesn't exist. The try is in the log.",
            || {
                let path = theirs.visit.path();
                provider.ask("GET", &path).send()?.refused(404, "not_found")
            },
        )?;
    }
    Ok(())
}

/// Leaves the clinics' people in `stack.json`, and says how to get in.
fn sign_ins(visage: &Visage, first: &Clinic, second: &Clinic) -> Result<()> {
    for (name, clinic) in [("demo_clinic", first), ("second_demo_clinic", second)] {
        let logins: serde_json::Map<String, Value> = clinic
            .logins()
            .into_iter()
            .filter(|(_, login)| login.totp_secret.is_some())
            .map(|(role, login)| Ok((role.code().to_owned(), serde_json::to_value(login)?)))
            .collect::<Result<_>>()?;
        let all = json!({ "id": clinic.id, "slug": clinic.slug, "name": clinic.name, "staff": logins });
        visage.stack.add(&[name], all).context("stack.json")?;
    }
    show::doors(visage);
    Ok(())
}
