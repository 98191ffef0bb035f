//! Invitations: sent again to who never came in, limited by the day, and worth nothing until they are accepted.

use crate::staff::newcomer;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::clinic::{agreements, registration};
use visage_tests::http::Answer;
use visage_tests::messages::temporary_passwords;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Visage};

/// Has somebody invited as `input` says, who doesn't come in; answers who they are.
fn invite(owner: &Staff, input: &Value) -> Result<String> {
    let invited: Value = owner.ask("POST", "/v1/staff").once().json(input).send()?.read(201)?;
    Ok(invited["staff"].as_str().context("a user")?.to_owned())
}

/// Has an invitation sent again.
fn renew(owner: &Staff, staff: &str) -> Result<Answer> {
    owner.ask("POST", &format!("/v1/staff/{staff}/invitation")).once().send()
}

fn email(input: &Value) -> &str {
    input["email"].as_str().unwrap_or_default()
}

#[test]
fn an_invitation_goes_out_again_until_somebody_comes_in() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, input) = (clinic.staff(Role::Owner)?, newcomer(&["provider"]));
    let staff = invite(&owner, &input)?;
    ensure!(owner.member(&staff)?["acceptedAt"].is_null(), "they were only invited");
    let path = format!("/v1/staff/{staff}/invitation");
    clinic.staff(Role::Compliance)?.ask("POST", &path).once().send()?.refused(403, "forbidden")?;
    owner.ask("POST", &path).send()?.refused(400, "idempotency_key_required")?;
    for _click in 0..2 {
        owner.ask("POST", &path).idempotency_key("one-key-for-one-mail").send()?.expect(204)?;
    }
    let mut login = clinic.mailed_login(email(&input), 1)?;
    ensure!(
        temporary_passwords(&clinic.visage, email(&input))?.len() == 2,
        "the second click sent another mail"
    );
    ensure!(clinic.sign_in(&mut login)?.id == staff);
    ensure!(owner.member(&staff)?["acceptedAt"].is_string(), "they came in");
    renew(&owner, &staff)?.refused(409, "already_signed_in")?;
    renew(&owner, "stf_0123456789abcdefghjkmnpqr0")?.refused(404, "not_found")?;
    ensure!(
        temporary_passwords(&clinic.visage, email(&input))?.len() == 2,
        "nobody who came in is mailed a password"
    );
    Ok(())
}

#[test]
fn who_may_not_come_in_is_not_invited_again() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, input) = (clinic.staff(Role::Owner)?, newcomer(&["provider"]));
    let staff = invite(&owner, &input)?;
    owner.decide_on(&staff, "active", "suspended", "on_leave")?.expect(200)?;
    renew(&owner, &staff)?.refused(409, "suspended")?;
    owner.decide_on(&staff, "suspended", "terminated", "left")?.expect(200)?;
    renew(&owner, &staff)?.refused(409, "left")?;
    ensure!(temporary_passwords(&clinic.visage, email(&input))?.len() == 1);
    Ok(())
}

#[test]
fn who_forgot_their_first_password_before_they_came_in_gets_a_new_account() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, input) = (clinic.staff(Role::Owner)?, newcomer(&["provider"]));
    let staff = invite(&owner, &input)?;
    let mut forgotten = clinic.mailed_login(email(&input), 0)?;
    clinic.visage.staff_sign_in()?.sign_in(&mut forgotten)?;
    renew(&owner, &staff)?.expect(204)?;
    let mut login = clinic.mailed_login(email(&input), 1)?;
    let back = clinic.sign_in(&mut login)?;
    ensure!(back.id == staff);
    back.queue("new")?;
    ensure!(clinic.sign_in(&mut forgotten).is_err(), "the old password and authenticator start nothing");
    Ok(())
}

#[test]
fn who_works_elsewhere_is_mailed_nothing_and_the_answer_does_not_tell() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let input = newcomer(&["provider"]);
    let (mut login, _) = theirs.join(&input)?;
    let owner = ours.staff(Role::Owner)?;
    let staff = invite(&owner, &input)?;
    renew(&owner, &staff)?.expect(204)?;
    ensure!(
        temporary_passwords(&ours.visage, email(&input))?.len() == 1,
        "the mail of the clinic they work for"
    );
    ensure!(ours.sign_in(&mut login)?.id == staff, "they come in as they do there");
    Ok(())
}

#[test]
fn what_was_made_anew_elsewhere_is_found_by_an_invitation_that_is_sent_again() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let input = newcomer(&["provider"]);
    let (_, member) = theirs.join(&input)?;
    let owner = ours.staff(Role::Owner)?;
    let staff = invite(&owner, &input)?;
    let reset = format!("/v1/staff/{}/mfa-reset", member.id);
    theirs.staff(Role::Owner)?.ask("PUT", &reset).send()?.expect(200)?;
    let approval = format!("{reset}/approval");
    theirs.staff(Role::Compliance)?.ask("PUT", &approval).send()?.expect(204)?;
    let mut login = ours.mailed_login(email(&input), 1)?;
    ensure!(ours.sign_in(&mut login).is_err(), "our invitation names an account that is gone");
    renew(&owner, &staff)?.expect(204)?;
    ensure!(ours.sign_in(&mut login)?.id == staff);
    Ok(())
}

#[test]
fn of_any_number_of_invitations_twenty_a_day_go_out() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, another) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let owner = clinic.staff(Role::Owner)?;
    let waiting = invite(&owner, &newcomer(&["billing"]))?;
    renew(&owner, &waiting)?.expect(204)?;
    // What is refused for what it says doesn't count.
    owner.ask("POST", "/v1/staff").once().json(&json!({})).send()?.refused(400, "invalid_body")?;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let lane = || {
            let sent =
                (0..6).map(|_| owner.ask("POST", "/v1/staff").once().json(&newcomer(&["billing"])).send());
            sent.collect::<Result<Vec<_>>>()
        };
        let lanes: Vec<_> = (0..4).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().filter_map(|lane| lane.join().ok()).collect()
    });
    let mut invited = 0;
    for answer in answers.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten() {
        match answer.status {
            201 => invited += 1,
            _ => drop(answer.refused(429, "too_many_invitations")?),
        }
    }
    ensure!(invited == 18, "{invited} beside the one that was sent twice");
    let refused = renew(&owner, &waiting)?;
    ensure!(refused.header("retry-after").is_some(), "it says when");
    refused.refused(429, "too_many_invitations")?;
    invite(&another.staff(Role::Owner)?, &newcomer(&["billing"]))?;
    Ok(())
}

#[test]
fn a_clinic_that_has_not_signed_sends_three_a_day() -> Result<()> {
    let clinic = Clinic::pending(&Visage::connect()?, &registration())?;
    let owner = clinic.staff(Role::Owner)?;
    let waiting = invite(&owner, &newcomer(&["billing"]))?;
    renew(&owner, &waiting)?.expect(204)?;
    invite(&owner, &newcomer(&["billing"]))?;
    renew(&owner, &waiting)?.refused(429, "too_many_invitations")?;
    clinic.accept(&agreements())?.expect(200)?;
    renew(&owner, &waiting)?.expect(204)?;
    Ok(())
}

#[test]
fn an_owner_who_never_came_in_is_nobody_to_leave_a_clinic_to() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, input) = (clinic.staff(Role::Owner)?, newcomer(&["owner"]));
    let stays = |why: &str| {
        owner
            .change(&owner.id, &json!({ "roles": ["provider"] }))?
            .refused(409, "last_owner")
            .context(why.to_owned())?;
        for to in ["suspended", "terminated"] {
            let reason = if to == "suspended" { "on_leave" } else { "left" };
            owner
                .decide_on(&owner.id, "active", to, reason)?
                .refused(409, "last_owner")
                .context(why.to_owned())?;
        }
        Ok::<_, anyhow::Error>(())
    };
    let second = invite(&owner, &input)?;
    stays("the other one was only invited")?;
    clinic.sign_in(&mut clinic.mailed_login(email(&input), 0)?)?;
    // Who comes back is somebody who was only invited.
    owner.decide_on(&second, "active", "terminated", "left")?.expect(200)?;
    ensure!(invite(&owner, &input)? == second);
    stays("the other one was invited again")?;
    clinic.sign_in(&mut clinic.mailed_login(email(&input), 1)?)?;
    owner.decide_on(&owner.id, "active", "terminated", "left")?.expect(200)?;
    Ok(())
}
