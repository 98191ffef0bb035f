//! How many codes there are and how often one may be tried.

use super::{clinic, code, tries, wrong};
use anyhow::{Context, Result, ensure};
use visage_tests::guesses::compared_of_fifty;
use visage_tests::report::{Reported, ask_for_code, open_with_code};
use visage_tests::staff::Role;
use visage_tests::{Person, Visage};

#[test]
fn of_fifty_codes_at_once_five_are_compared() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let right = code(&clinic, &person, &reported.mailed, 1)?;
    let guess = wrong(&right);
    let compared = compared_of_fifty(|| open_with_code(&visage, &reported.mailed, &guess))?;
    // Of one that was compared the answer may be lost, but never its count.
    ensure!((1..=5).contains(&compared), "{compared} guesses were compared");
    ensure!(tries(&clinic)?.iter().filter(|tries| *tries == "5").count() == 1, "{:?}", tries(&clinic)?);
    open_with_code(&visage, &reported.mailed, &right)?.refused(423, "link_locked")?;
    // A fresh code gives no fresh tries.
    ask_for_code(&visage, &reported.mailed)?.refused(423, "link_locked")?;
    Ok(())
}

#[test]
fn of_many_who_use_a_code_at_once_one_gets_in() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let right = code(&clinic, &person, &reported.mailed, 1)?;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let tries: Vec<_> =
            (0..4).map(|_| scope.spawn(|| open_with_code(&visage, &reported.mailed, &right))).collect();
        tries.into_iter().filter_map(|one| one.join().ok()).collect()
    });
    let statuses = answers.into_iter().map(|answer| Ok(answer?.status)).collect::<Result<Vec<_>>>()?;
    ensure!(statuses.iter().filter(|status| **status == 201).count() == 1, "{statuses:?}");
    Ok(())
}

#[test]
fn a_patients_day_has_five_codes_over_all_links() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (clinic(&visage)?, Person::invented());
    let reported = Reported::whole(&clinic, &person)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    for _ in 0..5 {
        ask_for_code(&visage, &coordinator.hand_over(&reported.visit)?)?.expect(204)?;
    }
    let answer = ask_for_code(&visage, &reported.mailed)?;
    let wait: i64 = answer.header("retry-after").context("it says when to come again")?.parse()?;
    ensure!((1..=86_400).contains(&wait), "{wait} seconds");
    answer.refused(429, "too_many_codes")?;
    Ok(())
}
