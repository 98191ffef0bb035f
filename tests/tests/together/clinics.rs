//! Registering a clinic: once, whoever clicks how often, and never under another's name.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::Visage;
use visage_tests::aws::{Item, text};
use visage_tests::clinic::registration;
use visage_tests::http::Ask;
use visage_tests::messages::mails_to;
use visage_tests::operator::Operator;

fn register(operator: &Operator, input: &Value) -> Ask {
    operator.ask("POST", "/v1/clinics").json(input)
}

/// What the directory knows of a clinic.
fn listed(visage: &Visage, clinic: &str) -> Result<Vec<Item>> {
    let all = visage.aws.dump(visage.directory()?)?;
    Ok(all.into_iter().filter(|item| text(item, "clinic").is_ok_and(|it| it == clinic)).collect())
}

fn owner(input: &Value) -> &str {
    input["staff"][0]["email"].as_str().unwrap_or_default()
}

#[test]
fn a_registration_sent_again_is_the_same() -> Result<()> {
    let visage = Visage::connect()?;
    let (operator, input) = (Operator::of(&visage)?, registration());
    register(&operator, &input).send()?.refused(400, "idempotency_key_required")?;
    let key = uuid::Uuid::new_v4().to_string();
    let click = || -> Result<Value> { register(&operator, &input).idempotency_key(&key).send()?.read(201) };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..3).map(|_| scope.spawn(click)).collect();
        clicks.into_iter().filter_map(|click| click.join().ok()).collect()
    });
    let first = click()?;
    for answer in answers {
        ensure!(answer? == first);
    }
    ensure!(mails_to(&visage, owner(&input))?.len() == 1, "the owner is invited once");
    let other = registration();
    register(&operator, &other).idempotency_key(&key).send()?.refused(422, "idempotency_key_reused")?;
    ensure!(mails_to(&visage, owner(&other))?.is_empty());
    Ok(())
}

#[test]
fn who_has_gone_since_is_not_invited_by_a_registration_sent_again() -> Result<()> {
    let visage = Visage::connect()?;
    let (operator, input) = (Operator::of(&visage)?, registration());
    let key = uuid::Uuid::new_v4().to_string();
    let send = || -> Result<Value> { register(&operator, &input).idempotency_key(&key).send()?.read(201) };
    let first = send()?;
    let account = json!({ "UserPoolId": visage.stack.named(&visage.stack.pools, "staff")?.pool_id, "Username": owner(&input) });
    visage.aws.cognito("AdminGetUser", &account)?;
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AWSCognitoIdentityProviderService.AdminDeleteUser"),
    ];
    visage.aws.send("cognito-idp", "POST", "/", &headers, account.to_string().into_bytes())?.expect(200)?;
    ensure!(send()? == first);
    ensure!(
        visage.aws.cognito("AdminGetUser", &account).is_err(),
        "an account that was deleted is made again"
    );
    ensure!(mails_to(&visage, owner(&input))?.len() == 1, "one invitation");
    Ok(())
}

#[test]
fn nobody_is_invited_to_a_clinic_whose_name_is_taken() -> Result<()> {
    let visage = Visage::connect()?;
    let (operator, input) = (Operator::of(&visage)?, registration());
    register(&operator, &input).once().send()?.expect(201)?;
    let mut other = registration();
    other["slug"] = input["slug"].clone();
    register(&operator, &other).once().send()?.refused(409, "already_exists")?;
    ensure!(mails_to(&visage, owner(&other))?.is_empty(), "an invitation to a clinic that there isn't");
    Ok(())
}

#[test]
fn a_registration_that_broke_off_is_finished_by_sending_it_again() -> Result<()> {
    let visage = Visage::connect()?;
    let (operator, input) = (Operator::of(&visage)?, registration());
    let key = uuid::Uuid::new_v4().to_string();
    let send = || -> Result<Value> { register(&operator, &input).idempotency_key(&key).send()?.read(201) };
    let first = send()?;
    let clinic = first["clinic"].as_str().context("a clinic")?;
    let before = listed(&visage, clinic)?.len();
    // As if the function had died behind its transaction, and nobody were listed yet.
    for item in listed(&visage, clinic)? {
        let is_listing = matches!(text(&item, "pk")?.split('#').next(), Some("PERSON" | "CLINICS"));
        if is_listing {
            let key = json!({ "pk": item["pk"], "sk": item["sk"] });
            let input = json!({ "TableName": visage.directory()?, "Key": key });
            visage.aws.dynamodb("DeleteItem", &input)?;
        }
    }
    ensure!(listed(&visage, clinic)?.len() < before);
    ensure!(send()? == first && listed(&visage, clinic)?.len() == before, "all are listed again");
    Ok(())
}
