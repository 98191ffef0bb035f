//! Nobody comes to attest their own line by putting somebody else away who could.

use super::{days_ago, set_member};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use visage_tests::access_review::Review;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Visage};

#[test]
fn who_could_attest_counts_though_they_are_put_away_for_a_moment() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, officer) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?);
    let decide = |from: &str, to: &str, reason: &str| {
        owner.decide_on(&officer.id, from, to, reason)?.expect(200).map(drop)
    };
    // Put away before it is gathered, and back; given another role; and sent away.
    decide("active", "suspended", "on_leave")?;
    let review = Review::compiled_for(&owner)?;
    let is_refused = || review.attest(&owner, &owner.id, "keep")?.refused(403, "needs_another").map(drop);
    is_refused()?;
    decide("suspended", "active", "returned")?;
    is_refused()?;
    owner.change(&officer.id, &json!({ "roles": ["billing"] }))?.expect(200)?;
    is_refused()?;
    decide("active", "terminated", "left")?;
    is_refused()?;
    ensure!(review.seen_by(&owner)?["accessReview"]["attested"] == 0);
    // Who is gone for two weeks is gone.
    set_member(&clinic, &officer.id, "signed_out_at", &days_ago(15).to_string())?;
    let attested: Value = review.attest(&owner, &owner.id, "keep")?.read(200)?;
    ensure!(attested["line"]["attestation"]["attestedBy"] == owner.id.as_str(), "{attested}");
    Ok(())
}

#[test]
fn who_becomes_one_who_could_attest_counts_too() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let other = clinic.made(Role::Compliance, Role::Billing)?;
    let review = Review::compiled_for(&owner)?;
    owner.change(&other.id, &json!({ "roles": ["compliance"] }))?.expect(200)?;
    review.attest(&owner, &owner.id, "keep")?.refused(403, "needs_another")?;
    review.attest(&other, &owner.id, "keep")?.expect(200)?;
    Ok(())
}
