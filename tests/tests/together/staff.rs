//! Who works at a clinic: invited, given roles and licences, suspended, gone.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::clinic::licence;
use visage_tests::cognito::Login;
use visage_tests::staff::{Role, Staff};
use visage_tests::until::until;
use visage_tests::{Clinic, Intake, Person, Visage, audit};

/// Somebody to invite, whom nobody invited before.
pub(crate) fn newcomer(roles: &[&str]) -> Value {
    let mark = &uuid::Uuid::new_v4().simple().to_string()[..10];
    json!({
        "email": format!("newcomer.{mark}@clinic.example"), "name": "Dr. Đặng Ümit 🌻", "credential": "MD",
        "roles": roles, "licences": [licence("2099-12-31")],
    })
}

fn assessment() -> Value {
    json!({ "findings": [], "recommendations": "Sun protection." })
}

pub(crate) fn is_out(staff: &Staff) -> Result<()> {
    staff.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated").map(drop)
}

/// Whether the identity provider lets somebody sign in.
fn is_enabled(visage: &Visage, login: &Login) -> Result<bool> {
    let pool = &visage.stack.named(&visage.stack.pools, "staff")?.pool_id;
    let input = json!({ "UserPoolId": pool, "Username": login.email });
    let user = visage.aws.cognito("AdminGetUser", &input)?;
    user["Enabled"].as_bool().context("Cognito says whether an account is enabled")
}

/// Whether the identity provider still takes an access token that it gave out.
fn is_signed_in(visage: &Visage, access_token: &str) -> Result<bool> {
    let target = "AWSCognitoIdentityProviderService.GetUser";
    let answer = visage.aws.ask("cognito-idp", target, &json!({ "AccessToken": access_token }))?;
    let is_refused = answer.text().contains("NotAuthorizedException");
    ensure!((answer.status == 200) != is_refused, "{}", answer.text());
    Ok(!is_refused)
}

#[test]
fn who_is_invited_enrols_a_second_factor_and_works() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, input) = (clinic.staff(Role::Owner)?, newcomer(&["provider", "coordinator"]));
    let (login, staff) = clinic.join(&input)?;
    ensure!(login.totp_secret.is_some(), "nobody comes in without an authenticator");
    staff.queue("new")?;
    let member = owner.member(&staff.id)?;
    ensure!(member["email"] == input["email"] && member["licensed"] == true, "{member}");
    ensure!(member["roles"] == json!(["provider", "coordinator"]) && member["name"] == input["name"]);
    // Once more is no news, under another key a mistake.
    owner.ask("POST", "/v1/staff").once().json(&input).send()?.refused(409, "already_exists")?;
    let (again, key) = (newcomer(&["billing"]), "one-key-for-one-invitation");
    let invite = |input: &Value| owner.ask("POST", "/v1/staff").idempotency_key(key).json(input).send();
    let (first, second): (Value, Value) = (invite(&again)?.read(201)?, invite(&again)?.read(201)?);
    ensure!(first == second && first["status"] == "active");
    invite(&newcomer(&["billing"]))?.refused(422, "idempotency_key_reused")?;
    Ok(())
}

#[test]
fn everything_wrong_with_an_invitation_is_named_and_nobody_is_invited() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let input = json!({
        "email": "nobody", "name": " ", "roles": [], "credential": "",
        "licences": [{ "number": "", "state": "XX", "expiresOn": "2030-01-01" }],
    });
    let refused = owner.ask("POST", "/v1/staff").once().json(&input).send()?;
    let problem = refused.refused(422, "invalid_fields")?;
    let named: Vec<_> = problem.errors.iter().map(|it| it.pointer.as_str()).collect();
    let fields = ["/email", "/name", "/credential", "/roles", "/licences/0/number", "/licences/0/state"];
    ensure!(named == fields, "{named:?}");
    let unknown = json!({ "email": "a@clinic.example", "name": "A", "roles": ["surgeon"] });
    owner.ask("POST", "/v1/staff").once().json(&unknown).send()?.refused(400, "invalid_body")?;
    let listed: Value = owner.ask("GET", "/v1/staff").send()?.read(200)?;
    ensure!(listed["staff"].as_array().map(Vec::len) == Some(Role::ALL.len()));
    Ok(())
}

#[test]
fn roles_hold_from_the_next_request_and_a_stale_change_is_told() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    provider.queue("new")?;
    let before = owner.member(&provider.id)?;
    let changed: Value = owner.change(&provider.id, &json!({ "roles": ["billing"] }))?.read(200)?;
    ensure!(changed["roles"] == json!(["billing"]) && changed["etag"] != before["etag"], "{changed}");
    provider.ask("GET", "/v1/evaluations").send()?.refused(403, "forbidden")?;
    let path = format!("/v1/staff/{}", provider.id);
    let input = json!({ "name": "Another", "credential": null, "roles": ["provider"], "licences": [] });
    owner.ask("PUT", &path).json(&input).send()?.refused(428, "if_match_required")?;
    let stale = before["etag"].as_str().unwrap_or_default();
    owner.ask("PUT", &path).if_match(stale).json(&input).send()?.refused(412, "changed_meanwhile")?;
    ensure!(owner.member(&provider.id)?["name"] == before["name"]);
    Ok(())
}

#[test]
fn a_clinic_keeps_an_active_owner() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    owner.change(&owner.id, &json!({ "roles": ["provider"] }))?.refused(409, "last_owner")?;
    owner.decide_on(&owner.id, "active", "suspended", "on_leave")?.refused(409, "last_owner")?;
    owner.decide_on(&owner.id, "active", "terminated", "left")?.refused(409, "last_owner")?;
    let (_, second) = clinic.join(&newcomer(&["owner"]))?;
    // Each takes the other's place away at the same moment: one of them stays.
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| owner.change(&second.id, &json!({ "roles": ["provider"] })));
        let other = scope.spawn(|| second.change(&owner.id, &json!({ "roles": ["provider"] })));
        (one.join(), other.join())
    });
    let answers = [one, other].map(|it| it.map_err(|_| anyhow::anyhow!("a request panicked")));
    let [one, other] = answers;
    let owners = [&owner, &second].into_iter().filter(|it| it.member(&it.id).is_ok()).count();
    ensure!(owners == 1, "{owners} owners are left after {:?} and {:?}", one??.status, other??.status);
    Ok(())
}

#[test]
fn who_is_suspended_is_out_and_comes_back_with_a_new_session() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    let suspended = owner.decide_on(&provider.id, "active", "suspended", "on_leave")?.expect(200)?;
    is_out(&provider)?;
    let token = clinic.access_token(Role::Provider)?;
    Staff::ask_in(&clinic.visage, &token, &clinic.slug)?.refused(401, "unauthenticated")?;
    let logged = audit::of_request(&clinic, suspended.request()?)?;
    ensure!(logged.iter().any(|it| it.resource.contains("to=suspended;reason=on_leave")), "{logged:?}");
    let listed: Value = owner.ask("GET", "/v1/staff?status=suspended").send()?.read(200)?;
    ensure!(listed["staff"][0]["staff"] == provider.id.as_str(), "{listed}");
    // What can't be, isn't; the same again changes nothing.
    owner.decide_on(&provider.id, "active", "suspended", "on_leave")?.expect(200)?;
    owner.decide_on(&provider.id, "active", "terminated", "left")?.refused(409, "conflict")?;
    owner.decide_on(&provider.id, "suspended", "active", "left")?.refused(422, "invalid_fields")?;
    owner.decide_on(&provider.id, "suspended", "active", "returned")?.expect(200)?;
    is_out(&provider)?;
    clinic.fresh_session(Role::Provider)?.queue("new")?;
    Ok(())
}

#[test]
fn who_left_is_out_and_their_work_goes_back() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    let input = newcomer(&["provider"]);
    let (mut login, leaving) = clinic.join(&input)?;
    let visits = [(), ()].map(|()| Intake::whole(&clinic, &Person::invented(), false));
    let [new, begun] = visits;
    let (new, begun) = (new?, begun?);
    for visit in [&new, &begun] {
        let etag = coordinator.open(visit)?.etag;
        coordinator.assign(visit, &etag, Some(&leaving.id), "")?.expect(200)?;
    }
    let etag = leaving.open(&begun)?.etag;
    leaving.assess(&begun, &etag, &assessment())?.expect(200)?;
    let another_clinic = Clinic::register(&visage)?;
    another_clinic.staff(Role::Owner)?.ask("POST", "/v1/staff").once().json(&input).send()?.expect(201)?;

    owner.decide_on(&leaving.id, "active", "terminated", "left")?.expect(200)?;
    is_out(&leaving)?;
    for (visit, status) in [(&new, "new"), (&begun, "in_progress")] {
        let opened = coordinator.open_until(visit, "the work goes back", |it| it.assignee.is_none())?;
        ensure!(opened.status == status, "{}", opened.status);
        let path = format!("{}/timeline", visit.path());
        let timeline: Value = coordinator.ask("GET", &path).send()?.read(200)?;
        let told = timeline.to_string();
        ensure!(told.contains(&leaving.id) && told.contains(&owner.id), "{told}");
    }
    ensure!(owner.member(&leaving.id).is_err(), "who left isn't listed among those who may work");
    // They work elsewhere, and come in there, not here.
    ensure!(is_enabled(&visage, &login)?);
    another_clinic.sign_in(&mut login)?;
    let token = visage.staff_sign_in()?.sign_in(&mut login)?;
    Staff::ask_in(&visage, &token, &clinic.slug)?.refused(401, "unauthenticated")?;
    ensure!(is_signed_in(&visage, &token)?, "they are still of use to the other clinic");
    // Who leaves their last clinic signs in nowhere, until somebody invites them again.
    let there = another_clinic.staff(Role::Owner)?;
    there.decide_on(&leaving_id(&there, &input)?, "active", "terminated", "security")?.expect(200)?;
    until("the account is disabled", || Ok((!is_enabled(&visage, &login)?).then_some(())))?;
    ensure!(!is_signed_in(&visage, &token)?, "they were signed out");
    let pool = &visage.stack.named(&visage.stack.pools, "staff")?.pool_id;
    let who = json!({ "UserPoolId": pool, "Username": login.email });
    visage.aws.cognito("AdminEnableUser", &who)?;
    ensure!(
        !is_signed_in(&visage, &token)?,
        "what they were given counts no more, whoever lets them in again"
    );
    visage.aws.cognito("AdminDisableUser", &who)?;
    let (_, back) = clinic.join(&input)?;
    ensure!(back.id == leaving.id, "who comes back is the same user");
    back.queue("new")?;
    // What they had before they left opens nothing: the address may be somebody else's by now.
    is_out(&leaving)?;
    ensure!(clinic.sign_in(&mut login).is_err(), "the old password and authenticator start nothing");
    Ok(())
}

/// Who was invited as `input` says, at another clinic.
fn leaving_id(owner: &Staff, input: &Value) -> Result<String> {
    let listed: Value = owner.ask("GET", "/v1/staff").send()?.read(200)?;
    let staff = listed["staff"].as_array().cloned().unwrap_or_default();
    let found = staff.iter().find(|member| member["email"] == input["email"]).context("they are listed")?;
    Ok(found["staff"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_departure_that_comes_again_or_too_late_changes_nothing() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let etag = provider.open(&visit)?.etag;
    provider.assign(&visit, &etag, Some(&provider.id), "")?.expect(200)?;
    let message = json!({ "clinic": clinic.id, "staff": provider.id, "by": owner.id });
    let event = json!({ "Records": [{
        "messageId": "again", "receiptHandle": "again", "body": message.to_string(), "attributes": {},
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:departures", "awsRegion": "us-east-1",
    }] });
    let function = visage.stack.named(&visage.stack.functions, "settle_departure")?;
    for _ in 0..2 {
        let answer = visage.aws.invoke(function, &event)?;
        ensure!(answer["batchItemFailures"] == json!([]), "{answer}");
    }
    ensure!(provider.open(&visit)?.assignee.as_deref() == Some(provider.id.as_str()), "they are still here");
    clinic.fresh_session(Role::Provider)?;
    Ok(())
}

#[test]
fn only_who_is_licensed_today_in_the_clinics_state_signs() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let etag = provider.open(&visit)?.etag;
    let etag = provider.assess(&visit, &etag, &assessment())?.expect(200)?.etag()?;
    let elsewhere = json!({ "number": "MD1", "state": "OR", "expiresOn": "2099-12-31" });
    for licences in [json!([]), json!([licence("2001-01-01")]), json!([elsewhere])] {
        let changed: Value = owner.change(&provider.id, &json!({ "licences": licences }))?.read(200)?;
        ensure!(changed["licensed"] == false, "{changed}");
        provider.sign(&visit, &etag)?.refused(403, "licence_required")?;
    }
    owner.change(&provider.id, &json!({ "licences": [elsewhere, licence("2099-12-31")] }))?.expect(200)?;
    let etag = provider.conclude(&visit, &assessment())?.etag;
    owner.change(&provider.id, &json!({ "licences": [] }))?.expect(200)?;
    provider.add(&visit, &etag, "One more thing.")?.refused(403, "licence_required")?;
    // To take back what is wrong takes no licence.
    provider.withdraw(&visit, &etag, "The wrong patient.")?.expect(200)?;
    Ok(())
}

#[test]
fn an_address_is_one_user_however_it_is_written() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, mut input) = (clinic.staff(Role::Owner)?, newcomer(&["owner"]));
    let (_, staff) = clinic.join(&input)?;
    let written = input["email"].as_str().unwrap_or_default().replace("newcomer", "NewComer");
    input["email"] = json!(written);
    owner.ask("POST", "/v1/staff").once().json(&input).send()?.refused(409, "already_exists")?;
    staff.ask("GET", "/v1/session").send()?.expect(200)?;
    Ok(())
}
