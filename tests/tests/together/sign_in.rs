//! Sign-in and sessions: what starts one, and everything that doesn't.

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::audit::Strangers;
use visage_tests::aws::Item;
use visage_tests::cognito::password;
use visage_tests::operator::{self, Operator};
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Visage};

/// Somebody's sessions at a clinic, as they are stored.
pub(crate) fn sessions(staff: &Staff, clinic: &Clinic) -> Result<Vec<Item>> {
    let partition = format!("C#{}#S#{}", clinic.id, staff.id);
    clinic.visage.aws.query(clinic.visage.records()?, &partition, "SESSION#")
}

/// An instant so long ago, as it is stored.
pub(crate) fn ago(duration: SignedDuration) -> Value {
    json!({ "S": (Timestamp::now() - duration).to_string() })
}

#[test]
fn a_token_starts_one_session() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let token = clinic.access_token(Role::Owner)?;
    let staff = Staff::start(&clinic.visage, &token, &clinic.slug)?;
    let before = Strangers::so_far(&clinic.visage)?;
    let replay =
        || Staff::ask_in(&clinic.visage, &token, &clinic.slug)?.refused(401, "unauthenticated").map(drop);
    replay()?;
    before.grew(&[("start_session", "unauthenticated")], |_| replay())?;
    let session: Value = staff.ask("GET", "/v1/session").send()?.read(200)?;
    ensure!(session["clinic"] == clinic.id.as_str() && session["roles"] == json!(["owner"]));
    ensure!(session["clinicName"] == clinic.name.as_str() && session["staff"] == staff.id.as_str());
    Ok(())
}

#[test]
fn an_operators_token_starts_one_session() -> Result<()> {
    let visage = Visage::connect()?;
    let token = operator::access_token(&visage)?;
    Operator::ask_in(&visage, &token)?.expect(201)?;
    let before = Strangers::so_far(&visage)?;
    let replay = || Operator::ask_in(&visage, &token)?.refused(401, "unauthenticated").map(drop);
    replay()?;
    before.grew(&[("start_operator_session", "unauthenticated")], |_| replay())
}

#[test]
fn of_many_sign_ins_with_one_token_one_starts_a_session() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let token = clinic.access_token(Role::Owner)?;
    let answers = std::thread::scope(|scope| {
        let ask = || Staff::ask_in(&clinic.visage, &token, &clinic.slug);
        let running: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        running.into_iter().map(|it| it.join().map_err(|_| anyhow::anyhow!("a request panicked"))?).collect()
    });
    let answers: Result<Vec<visage_tests::http::Answer>> = answers;
    let mut statuses: Vec<u16> = answers?.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    ensure!(statuses == [201, 401, 401, 401, 401, 401, 401, 401], "{statuses:?}");
    Ok(())
}

#[test]
fn a_membership_is_its_own_accounts() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let staff = clinic.staff(Role::Provider)?;
    let partition = format!("C#{}#S#{}", clinic.id, staff.id);
    let member = clinic.visage.aws.query(clinic.visage.records()?, &partition, "STAFF")?;
    let member = member.first().context("the membership is stored")?;
    clinic.visage.aws.set(clinic.visage.records()?, member, "subject", &json!({ "S": "somebody-else" }))?;
    let token = clinic.access_token(Role::Provider)?;
    Staff::ask_in(&clinic.visage, &token, &clinic.slug)?.refused(401, "unauthenticated")?;
    Ok(())
}

#[test]
fn a_token_of_the_other_pool_or_of_another_kind_starts_none() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    Operator::of(&visage)?;
    Staff::ask_in(&visage, &operator::access_token(&visage)?, &clinic.slug)?
        .refused(401, "unauthenticated")?;
    Operator::ask_in(&visage, &clinic.access_token(Role::Owner)?)?.refused(401, "unauthenticated")?;
    // The session's own token is none of Cognito's.
    let session = clinic.staff(Role::Owner)?.token;
    Staff::ask_in(&visage, &session, &clinic.slug)?.refused(401, "unauthenticated")?;
    // Truly signed, fresh, of the right pool and client, and yet not what lets in.
    let (_, mut login) =
        clinic.logins().into_iter().find(|(role, _)| *role == Role::Owner).context("an owner")?;
    let id_token = visage.staff_sign_in()?.id_token(&mut login)?;
    let before = Strangers::so_far(&visage)?;
    let with_it =
        || Staff::ask_in(&visage, &id_token, &clinic.slug)?.refused(401, "unauthenticated").map(drop);
    with_it()?;
    before.grew(&[("start_session", "unauthenticated")], |_| with_it())
}

#[test]
fn a_token_that_was_tampered_with_starts_none() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let token = clinic.access_token(Role::Owner)?;
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { anyhow::bail!("a token has three parts") };
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let read = |part: &str| {
        Ok::<Value, anyhow::Error>(serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes())?)?)
    };
    let altered = |name: &str, value: Value| {
        let mut claims = read(claims)?;
        claims[name] = value;
        Ok::<String, anyhow::Error>(format!("{header}.{}.{signature}", part(&claims)))
    };
    let mut unsigned = read(header)?;
    unsigned["alg"] = "none".into();
    let mut symmetric = read(header)?;
    symmetric["alg"] = "HS256".into();
    let forged = [
        altered("sub", "00000000-0000-0000-0000-000000000000".into())?,
        altered("token_use", "id".into())?,
        altered("jti", "another".into())?,
        format!("{}.{claims}.", part(&unsigned)),
        format!("{}.{claims}.{signature}", part(&symmetric)),
        format!("{header}.{claims}.{}", "A".repeat(signature.len())),
        format!("{header}.{claims}"),
        "nonsense".to_owned(),
        String::new(),
    ];
    let before = Strangers::so_far(&visage)?;
    let try_all = || {
        for token in &forged {
            Staff::ask_in(&visage, token, &clinic.slug)?.refused(401, "unauthenticated")?;
        }
        Ok::<_, anyhow::Error>(())
    };
    try_all()?;
    before.grew(&[("start_session", "unauthenticated")], |_| try_all())?;
    let request = visage.ask("POST", "/v1/sessions").json(&json!({ "token": "x" })).send()?;
    request.refused(400, "invalid_body")?;
    // The true one still works: none of the above used it up.
    Staff::start(&visage, &token, &clinic.slug)?;
    Ok(())
}

#[test]
fn without_a_second_factor_there_is_no_session() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    // Somebody who was invited and has enrolled nothing yet.
    let (_, mut login) =
        clinic.logins().into_iter().find(|(role, _)| *role == Role::Provider).context("a provider")?;
    ensure!(login.totp_secret.is_none(), "no factor is enrolled");
    login.password = password();
    let pool = visage.stack.named(&visage.stack.pools, "staff")?;
    let input = json!({
        "UserPoolId": pool.pool_id, "Username": login.email, "Password": login.password, "Permanent": true,
    });
    visage.aws.cognito("AdminSetUserPassword", &input)?;
    let input = json!({
        "ClientId": pool.client_id, "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": login.email, "PASSWORD": login.password },
    });
    let answer = visage.aws.cognito("InitiateAuth", &input)?;
    // AWS gives no token before the factor is enrolled; the emulator does, and so our own check is put to the test: without
    // that token this would show nothing.
    let token =
        answer["AuthenticationResult"]["AccessToken"].as_str().context("a token without the factor")?;
    Staff::ask_in(&visage, token, &clinic.slug)?.refused(401, "unauthenticated")?;
    // Nothing else was wrong with it: with the factor the same person comes in.
    let token = visage.staff_sign_in()?.sign_in(&mut login)?;
    ensure!(login.totp_secret.is_some(), "the factor was enrolled");
    Staff::start(&visage, &token, &clinic.slug)?;
    Ok(())
}

#[test]
fn a_session_is_for_the_clinics_one_belongs_to() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let foreign = Staff::ask_in(&visage, &ours.access_token(Role::Owner)?, &theirs.slug)?;
    let missing = Staff::ask_in(&visage, &ours.access_token(Role::Owner)?, "no-such-clinic")?;
    let without_id = |answer: &visage_tests::http::Answer| {
        Ok::<_, anyhow::Error>(answer.text().replace(answer.request()?, ""))
    };
    ensure!(without_id(&foreign)? == without_id(&missing)?, "nobody learns which clinics there are");
    foreign.refused(401, "unauthenticated")?;
    // A token names clinic, user and secret; none of them can be exchanged.
    let (staff, other) = (ours.staff(Role::Owner)?, theirs.staff(Role::Owner)?);
    let secret = staff.token.rsplit('.').next().context("a token has a secret")?;
    for token in [
        format!("v1.{}.{}.{secret}", theirs.id, staff.id),
        format!("v1.{}.{}.{secret}", theirs.id, other.id),
        format!("v1.{}.{}.{secret}", ours.id, other.id),
    ] {
        visage.ask("GET", "/v1/session").bearer(&token).send()?.refused(401, "unauthenticated")?;
    }
    Ok(())
}

#[test]
fn somebody_who_left_is_out_with_the_next_request() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let staff = clinic.staff(Role::Provider)?;
    let member = visage.aws.query(visage.records()?, &format!("C#{}#S#{}", clinic.id, staff.id), "STAFF")?;
    let member = member.first().context("the membership is stored")?;
    visage.aws.set(visage.records()?, member, "status", &json!({ "S": "terminated" }))?;
    staff.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated")?;
    let token = clinic.access_token(Role::Provider)?;
    Staff::ask_in(&visage, &token, &clinic.slug)?.refused(401, "unauthenticated")?;

    let pool = &visage.stack.named(&visage.stack.pools, "staff")?.pool_id;
    let login =
        clinic.logins().into_iter().find(|(role, _)| *role == Role::Coordinator).context("a coordinator")?.1;
    let token = clinic.access_token(Role::Coordinator)?;
    visage.aws.cognito("AdminDisableUser", &json!({ "UserPoolId": pool, "Username": login.email }))?;
    Staff::ask_in(&visage, &token, &clinic.slug)?.refused(401, "unauthenticated")?;
    Ok(())
}

#[test]
fn a_session_ends_when_its_user_says_so_or_after_twelve_hours() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (one, other) = (clinic.fresh_session(Role::Owner)?, clinic.fresh_session(Role::Owner)?);
    one.ask("DELETE", "/v1/session").send()?.expect(204)?;
    one.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated")?;
    one.ask("DELETE", "/v1/session").send()?.refused(401, "unauthenticated")?;
    other.ask("GET", "/v1/session").send()?.expect(200)?;
    for session in sessions(&other, &clinic)? {
        let long_ago = ago(SignedDuration::from_hours(12));
        clinic.visage.aws.set(clinic.visage.records()?, &session, "started_at", &long_ago)?;
    }
    other.ask("GET", "/v1/session").send()?.refused(401, "session_expired")?;
    Ok(())
}

#[test]
fn a_request_in_the_background_keeps_no_session_alive() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let seen = || {
        let all = sessions(&owner, &clinic)?;
        Ok::<_, anyhow::Error>(all.first().context("the session is stored")?["seen_at"].clone())
    };
    let set = |value: &Value| {
        let all = sessions(&owner, &clinic)?;
        clinic.visage.aws.set(
            clinic.visage.records()?,
            all.first().context("the session is stored")?,
            "seen_at",
            value,
        )
    };
    let before = ago(SignedDuration::from_mins(10));
    set(&before)?;
    owner.ask("GET", "/v1/session").header("x-background", "1").send()?.expect(200)?;
    ensure!(seen()? == before, "a page that asks by itself isn't a person");
    owner.ask("GET", "/v1/session").send()?.expect(200)?;
    ensure!(seen()? != before, "a person is");
    // Within a minute nothing is written: a read costs no write.
    let now = seen()?;
    owner.ask("GET", "/v1/session").send()?.expect(200)?;
    ensure!(seen()? == now);
    Ok(())
}

#[test]
fn every_answer_says_not_to_keep_it() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let good = clinic.staff(Role::Owner)?.ask("GET", "/v1/session").send()?;
    let bad = clinic.visage.ask("GET", "/v1/session").send()?;
    ensure!(bad.header("www-authenticate") == Some("Bearer"));
    for answer in [good, bad] {
        ensure!(answer.header("cache-control") == Some("no-store"));
        ensure!(answer.header("x-content-type-options") == Some("nosniff"));
        ensure!(answer.header("referrer-policy") == Some("no-referrer"));
        ensure!(answer.header("strict-transport-security").is_some());
        answer.request()?;
    }
    Ok(())
}
