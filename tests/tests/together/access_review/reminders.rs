//! A review that stays open: those who owe it are told, and told again.

use super::at_once;
use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use visage_tests::access_review::Review;
use visage_tests::glass::alerts;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Visage};

const OVERDUE: &str = "access_review_overdue";
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

fn remind_at(review: &Review, clinic: &Clinic) -> Result<Timestamp> {
    Ok(review.item(clinic)?["remind_at"]["S"].as_str().unwrap_or_default().parse()?)
}

#[test]
fn who_owes_a_review_is_told_after_two_weeks_and_every_week_until_it_is_closed() -> Result<()> {
    let visage = Visage::connect()?;
    let [clinic, closed, suspended] =
        [Clinic::register(&visage)?, Clinic::register(&visage)?, Clinic::register(&visage)?];
    let of = |clinic: &Clinic| Review::compiled_for(&clinic.staff(Role::Owner)?);
    let (review, attested, unseen) = (of(&clinic)?, of(&closed)?, of(&suspended)?);
    let wait = remind_at(&review, &clinic)?.duration_since(Timestamp::now());
    ensure!(WEEK + WEEK - SignedDuration::from_mins(5) < wait && wait <= WEEK + WEEK, "{wait}");

    let (owner, officer) = (closed.staff(Role::Owner)?, closed.staff(Role::Compliance)?);
    let seen = attested.seen_by(&owner)?;
    for line in seen["lines"].as_array().into_iter().flatten() {
        let staff = line["staff"].as_str().unwrap_or_default();
        let by = if staff == owner.id { &officer } else { &owner };
        attested.attest(by, staff, "keep")?.expect(200)?;
    }
    suspended.change_status("active", "suspended", "security")?.expect(200)?;

    let hour = SignedDuration::from_hours(1);
    let due = review.is_due_for(&clinic, hour)?;
    attested.is_due_for(&closed, hour)?;
    unseen.is_due_for(&suspended, hour)?;
    let function = visage.stack.named(&visage.stack.functions, "plan_access_reviews")?;
    let plan = || visage.aws.invoke(function, &json!({}));
    at_once(plan, plan)?;
    ensure!(alerts(&clinic, OVERDUE)? == 1, "of two runs one tells");
    ensure!(remind_at(&review, &clinic)? == due + WEEK);
    // Weeks of silence are told of once.
    let due = review.is_due_for(&clinic, WEEK * 2 + hour)?;
    plan()?;
    ensure!(alerts(&clinic, OVERDUE)? == 2 && remind_at(&review, &clinic)? == due + WEEK * 3);
    ensure!(alerts(&closed, OVERDUE)? == 0, "what is closed is owed by nobody");
    ensure!(alerts(&suspended, OVERDUE)? == 0, "nobody there could attest it");
    Ok(())
}
