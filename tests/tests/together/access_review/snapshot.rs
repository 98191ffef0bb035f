//! A review has a line of everybody who was there within its ninety days, as they are when it is gathered.

use super::{days_ago, set_member, user};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use visage_tests::access_review::Review;
use visage_tests::aws::text;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Visage};

#[test]
fn who_left_within_ninety_days_has_a_line_and_who_left_before_has_none() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let (lately, long_ago) = (user(&clinic, Role::Provider)?, user(&clinic, Role::Billing)?);
    for staff in [&lately, &long_ago] {
        owner.decide_on(staff, "active", "terminated", "left")?.expect(200)?;
    }
    set_member(&clinic, &long_ago, "signed_out_at", &days_ago(91).to_string())?;
    let review = Review::compiled_for(&owner)?;
    let seen = review.seen_by(&owner)?;
    ensure!(seen["accessReview"]["users"] == 4, "{seen}");
    ensure!(review.line(&owner, &lately)?["status"] == "terminated", "{seen}");
    ensure!(review.line(&owner, &long_ago).is_err(), "{seen}");
    review.attest(&owner, &lately, "keep")?.expect(200)?;
    Ok(())
}

/// The last sign-in that somebody's membership keeps.
fn kept(clinic: &Clinic, staff: &str) -> Result<Timestamp> {
    let table = clinic.visage.records()?;
    let stored = clinic.visage.aws.query(table, &format!("C#{}#S#{staff}", clinic.id), "STAFF")?.pop();
    Ok(text(&stored.context("a membership")?, "last_sign_in_at")?.parse()?)
}

#[test]
fn when_somebody_signed_in_last_is_told_though_the_log_is_read_for_ninety_days_only() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    let provider = user(&clinic, Role::Provider)?;
    let long_ago = days_ago(200);
    set_member(&clinic, &provider, "since", &days_ago(300).to_string())?;
    set_member(&clinic, &provider, "last_sign_in_at", &long_ago.to_string())?;
    // Each sign-in is kept, and is no change of the user to whoever looks at them.
    let (first, seen) = (kept(&clinic, &coordinator.id)?, owner.member(&coordinator.id)?);
    clinic.fresh_session(Role::Coordinator)?;
    let second = kept(&clinic, &coordinator.id)?;
    ensure!(first < second && owner.member(&coordinator.id)? == seen, "{first} {second}");

    let review = Review::compiled_for(&owner)?;
    let line = review.line(&owner, &provider)?;
    ensure!(line["lastSignIn"] == long_ago.to_string() && line["dormant"] == true, "{line}");
    let line = review.line(&owner, &coordinator.id)?;
    let told: Timestamp = line["lastSignIn"].as_str().unwrap_or_default().parse()?;
    ensure!(told >= second && line["dormant"] == false, "{line}");
    Ok(())
}

#[test]
fn whom_the_index_shows_nowhere_just_now_the_log_names() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let coordinator = user(&clinic, Role::Coordinator)?;
    owner.decide_on(&coordinator, "active", "suspended", "on_leave")?.expect(200)?;
    // As while an index takes them out of one place and hasn't put them into the other.
    set_member(&clinic, &coordinator, "assigned_pk", &format!("C#{}#NOWHERE", clinic.id))?;
    let review = Review::compiled_for(&owner)?;
    ensure!(review.line(&owner, &coordinator)?["status"] == "suspended");
    ensure!(review.seen_by(&owner)?["accessReview"]["users"] == 5);
    Ok(())
}

#[test]
fn a_line_from_before_it_broke_off_is_written_anew() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, user(&clinic, Role::Provider)?);
    let review = Review::compiled_for(&owner)?;
    ensure!(review.line(&owner, &provider)?["status"] == "active");
    owner.decide_on(&provider, "active", "suspended", "security")?.expect(200)?;
    // As if it had been killed before it was opened, and that had happened meanwhile.
    review.set(&clinic, "state", "compiling")?;
    review.compile(&visage, &clinic.id)?;
    ensure!(review.line(&owner, &provider)?["status"] == "suspended");
    ensure!(review.seen_by(&owner)?["accessReview"]["users"] == 5);
    Ok(())
}
