//! The review of who has access: what it tells of each user, who attests it, and that every quarter brings one.

mod attesters;
mod pieces;
mod reminders;
mod snapshot;

use anyhow::{Context, Result, anyhow, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::access_review::{REVIEWS, Review, ask, work_on};
use visage_tests::aws::plain;
use visage_tests::glass::{alerts, broken_by};
use visage_tests::http::Answer;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, audit, until};

const NOBODY: &str = "stf_0123456789abcdefghjkmnpqr0";

fn days_ago(days: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24 * days)
}

/// Who has that role and no other, whether or not they ever signed in.
fn user(clinic: &Clinic, role: Role) -> Result<String> {
    let listed: Value = clinic.staff(Role::Owner)?.ask("GET", "/v1/staff").send()?.read(200)?;
    let staff = listed["staff"].as_array().cloned().unwrap_or_default();
    let found = staff.iter().find(|member| member["roles"] == json!([role.code()])).context("a user")?;
    Ok(found["staff"].as_str().unwrap_or_default().to_owned())
}

/// Sets what is stored of somebody's membership, past every rule of the product.
fn set_member(clinic: &Clinic, staff: &str, name: &str, value: &str) -> Result<()> {
    let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
    let stored = aws.query(table, &format!("C#{}#S#{staff}", clinic.id), "STAFF")?.pop();
    aws.set(table, &stored.context("a membership")?, name, &json!({ "S": value }))
}

/// How many records of one kind the clinic has.
fn stored(clinic: &Clinic, sort: &str) -> Result<Vec<Value>> {
    let items = clinic.visage.aws.query(clinic.visage.records()?, &format!("C#{}", clinic.id), sort)?;
    Ok(items.iter().map(plain).collect())
}

/// Does two things at the same moment.
fn at_once<T: Send>(
    one: impl FnOnce() -> Result<T> + Send,
    other: impl FnOnce() -> Result<T> + Send,
) -> Result<[T; 2]> {
    let (one, other) = std::thread::scope(|scope| {
        let (one, other) = (scope.spawn(one), scope.spawn(other));
        (one.join(), other.join())
    });
    let panicked = |_| anyhow!("a thread panicked");
    Ok([one.map_err(panicked)??, other.map_err(panicked)??])
}

fn has(list: &Value, text: &str) -> bool {
    list.as_array().is_some_and(|list| list.contains(&json!(text)))
}

#[test]
fn a_review_tells_of_each_user_what_they_may_do_and_did() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    let (coordinator, compliance) = (clinic.staff(Role::Coordinator)?, clinic.staff(Role::Compliance)?);
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    provider.open(&visit)?;
    // Whom nobody knows here wasn't touched.
    let nobody = visit.path().replace(&visit.patient, "pat_0123456789abcdefghjkmnpqr0");
    provider.ask("GET", &nobody).send()?.refused(404, "not_found")?;
    coordinator.ask("GET", "/v1/staff").send()?.refused(403, "forbidden")?;
    owner.grant_export(&coordinator.id, Timestamp::now() + SignedDuration::from_hours(1))?.expect(200)?;
    owner.decide_on(&coordinator.id, "active", "suspended", "on_leave")?.expect(200)?;
    broken_by(&owner)?;
    owner.open(&visit)?;
    // One was there all the time and never came.
    let billing = user(&clinic, Role::Billing)?;
    set_member(&clinic, &billing, "since", &days_ago(91).to_string())?;

    let review = Review::started_by(&compliance)?;
    let seen = review.seen_by(&owner)?;
    ensure!(seen["accessReview"]["state"] == "compiling" && seen["lines"] == json!([]), "{seen}");
    review.attest(&compliance, &owner.id, "keep")?.refused(404, "not_found")?;
    review.compile(&visage, &clinic.id)?;
    let seen = review.seen_by(&owner)?;
    let it = &seen["accessReview"];
    ensure!(it["state"] == "open" && it["occasion"] == "on_demand", "{seen}");
    ensure!(it["startedBy"] == compliance.id.as_str() && it["users"] == 5 && it["attested"] == 0, "{seen}");
    let instant = |name: &str| it[name].as_str().unwrap_or_default().parse::<Timestamp>();
    let (since, until) = (instant("since")?, instant("startedAt")?);
    ensure!(until.duration_since(since) == SignedDuration::from_hours(24 * 90), "{seen}");

    let line = |of: &str| review.line(&owner, of);
    let provider = line(&provider.id)?;
    ensure!(provider["patients"] == 1 && provider["patientsInEmergencies"] == 0, "{provider}");
    ensure!(provider["roles"] == json!(["provider"]) && provider["status"] == "active", "{provider}");
    ensure!(provider["secondFactor"] == true && provider["dormant"] == false, "{provider}");
    let signed_in: Timestamp = provider["lastSignIn"].as_str().unwrap_or_default().parse()?;
    ensure!(since < signed_in && signed_in < until, "{provider}");
    let unused = &provider["permissionsUnused"];
    ensure!(has(unused, "evaluation.sign") && !has(unused, "evaluation.open"), "{provider}");
    ensure!(!has(unused, "answers.export_in_bulk") && !has(unused, "session.use"), "{provider}");

    let coordinator = line(&coordinator.id)?;
    ensure!(coordinator["status"] == "suspended" && coordinator["patients"] == 0, "{coordinator}");
    ensure!(coordinator["bulkPermissions"][0]["permission"] == "export", "{coordinator}");
    ensure!(has(&coordinator["permissionsUnused"], "evaluation.open"), "{coordinator}");
    let by_glass = line(&owner.id)?;
    ensure!(by_glass["patients"] == 1 && by_glass["patientsInEmergencies"] == 1, "{by_glass}");
    ensure!(!has(&by_glass["permissionsUnused"], "staff.list"), "{by_glass}");
    let never_came = line(&billing)?;
    ensure!(never_came.get("lastSignIn").is_none() && never_came["dormant"] == true, "{never_came}");
    ensure!(never_came["secondFactor"] == false && never_came["patients"] == 0, "{never_came}");
    ensure!(line(&compliance.id)?["patients"] == 0);
    Ok(())
}

#[test]
fn every_line_is_attested_once_by_somebody_else_and_the_last_one_closes() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, stranger) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let (owner, compliance) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?);
    let review = Review::compiled_for(&owner)?;
    for role in [Role::Provider, Role::Coordinator, Role::Billing] {
        let staff = clinic.staff(role)?;
        ask(&staff)?.refused(403, "forbidden")?;
        for path in [REVIEWS.to_owned(), review.path()] {
            staff.ask("GET", &path).send()?.refused(403, "forbidden")?;
        }
        review.attest(&staff, &owner.id, "keep")?.refused(403, "forbidden")?;
    }
    let theirs = stranger.staff(Role::Owner)?;
    theirs.ask("GET", &review.path()).send()?.refused(404, "not_found")?;
    review.attest(&theirs, &owner.id, "keep")?.refused(404, "not_found")?;
    review.attest(&owner, NOBODY, "keep")?.refused(404, "not_found")?;
    review.attest(&owner, &compliance.id, "perhaps")?.refused(400, "invalid_body")?;
    review.attest(&owner, &owner.id, "keep")?.refused(403, "needs_another")?;
    ensure!(review.seen_by(&owner)?["accessReview"]["attested"] == 0);

    let answer = review.attest(&compliance, &owner.id, "keep")?;
    let request = answer.request()?.to_owned();
    let first: Value = answer.read(200)?;
    ensure!(first["line"]["attestation"]["attestedBy"] == compliance.id.as_str(), "{first}");
    ensure!(first["line"]["attestation"]["decision"] == "keep" && first["accessReview"]["attested"] == 1);
    let resource = format!("access_review={};staff={};decision=keep", review.id, owner.id);
    let logged = audit::of_request(&clinic, &request)?;
    ensure!(logged.len() == 1 && logged[0].resource == resource, "{logged:?}");
    let second: Value = review.attest(&compliance, &owner.id, "keep")?.read(200)?;
    ensure!(first == second, "the second click finds it attested: {second}");
    review.attest(&compliance, &owner.id, "remove")?.refused(409, "already_reviewed")?;
    review.attest(&owner, &owner.id, "keep")?.refused(409, "already_reviewed")?;

    // Two on one line: one counts. Two on two lines: both do.
    let [provider, coordinator, billing] =
        [Role::Provider, Role::Coordinator, Role::Billing].map(|role| clinic.staff(role));
    let (provider, coordinator, billing) = (provider?, coordinator?, billing?);
    let attest = |by: &Staff, of: &Staff, decision: &str| review.attest(by, &of.id, decision);
    let both: [Answer; 2] =
        at_once(|| attest(&owner, &provider, "remove"), || attest(&compliance, &provider, "change"))?;
    let mut statuses = both.map(|answer| answer.status);
    statuses.sort_unstable();
    ensure!(statuses == [200, 409], "{statuses:?}");
    for answer in
        at_once(|| attest(&owner, &coordinator, "keep"), || attest(&compliance, &billing, "change"))?
    {
        answer.expect(200)?;
    }
    ensure!(review.seen_by(&owner)?["accessReview"]["state"] == "open");
    let last: Value = attest(&owner, &compliance, "keep")?.read(200)?;
    let closed = &last["accessReview"];
    ensure!(closed["state"] == "closed" && closed["attested"] == 5 && closed.get("closedAt").is_some());
    ensure!(review.seen_by(&owner)?["accessReview"] == *closed);
    let again: Value = attest(&owner, &compliance, "keep")?.read(200)?;
    ensure!(again == last, "{again}");
    // What was decided changes nothing by itself, and the next one is another review.
    provider.ask("GET", "/v1/session").send()?.expect(200)?;
    ensure!(Review::started_by(&owner)? != review);
    Ok(())
}

#[test]
fn who_is_the_only_one_attests_their_own_line() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let other = clinic.made(Role::Compliance, Role::Billing)?;
    let review = Review::compiled_for(&owner)?;
    let attested: Value = review.attest(&owner, &owner.id, "keep")?.read(200)?;
    ensure!(attested["line"]["attestation"]["attestedBy"] == owner.id.as_str(), "{attested}");
    review.attest(&owner, &other.id, "keep")?.expect(200)?;
    Ok(())
}

#[test]
fn there_is_one_review_at_a_time_whoever_asks_and_however_often() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, compliance) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?);
    owner.ask("POST", REVIEWS).json(&json!({})).send()?.refused(400, "idempotency_key_required")?;
    let [one, other] = at_once(|| Review::started_by(&owner), || Review::started_by(&compliance))?;
    ensure!(one == other, "{one:?} and {other:?}");
    let click = || {
        let ask = owner.ask("POST", REVIEWS).idempotency_key("one-key-for-one-click").json(&json!({}));
        ask.send()?.read::<Value>(201)
    };
    ensure!(Review::of(&click()?)? == one);
    let answer = ask(&compliance)?;
    let logged = audit::of_request(&clinic, answer.request()?)?;
    ensure!(logged.len() == 1 && logged[0].resource == format!("access_review={}", one.id), "{logged:?}");
    // Its queue brings it, without anybody's help.
    let open = until("the queue has it gathered", || {
        Ok(Some(one.seen_by(&owner)?).filter(|seen| seen["accessReview"]["state"] == "open"))
    })?;
    ensure!(open["lines"].as_array().map(Vec::len) == Some(5), "{open}");
    ensure!(Review::of(&click()?)? == one && Review::started_by(&compliance)? == one);
    ensure!(stored(&clinic, "REVIEW#")?.len() == 1, "nothing else was started on the way");
    ensure!(alerts(&clinic, "access_review_due")? == 0, "who asked knows");
    let listed: Value = compliance.ask("GET", REVIEWS).send()?.read(200)?;
    ensure!(listed["accessReviews"] == json!([open["accessReview"]]), "{listed}");
    Ok(())
}

#[test]
fn a_message_that_comes_again_or_names_nothing_changes_nothing() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, other) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let owner = clinic.staff(Role::Owner)?;
    let review = Review::compiled_for(&owner)?;
    review.attest(&owner, &clinic.staff(Role::Compliance)?.id, "keep")?.expect(200)?;
    let before = review.seen_by(&owner)?;
    review.compile(&visage, &clinic.id)?;
    // Another clinic's name opens nothing of this one's, and nothing there.
    review.compile(&visage, &other.id)?;
    let nothing = json!({ "clinic": clinic.id, "access_review": "rev_0123456789abcdefghjkmnpqr0" });
    ensure!(work_on(&visage, &nothing)? == json!([]), "what was ordered and never begun is let go");
    ensure!(work_on(&visage, &json!({ "clinic": clinic.id }))? != json!([]), "what makes no sense is kept");
    ensure!(review.seen_by(&owner)? == before);
    ensure!(stored(&other, "REVIEW")?.is_empty());

    // Killed after its lines were written and before it was opened, it opens with these.
    let (aws, table) = (&visage.aws, visage.records()?);
    let one_of = |sort: &str| {
        let found = aws.query(table, &format!("C#{}", clinic.id), sort)?.pop();
        found.context("it is stored")
    };
    aws.delete(table, &one_of("REVIEWLINE#")?)?;
    aws.set(table, &one_of("REVIEW#")?, "state", &json!({ "S": "compiling" }))?;
    review.compile(&visage, &clinic.id)?;
    let seen = review.seen_by(&owner)?;
    ensure!(seen["accessReview"]["state"] == "open" && seen["accessReview"]["users"] == 5, "{seen}");
    ensure!(stored(&clinic, "REVIEWLINE#")?.len() == 5);
    Ok(())
}

#[test]
fn a_quarter_brings_one_review_and_tells_of_it_once_it_is_there() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, newcomer) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let compliance = clinic.staff(Role::Compliance)?;
    // One that somebody asked for is none of the quarter's.
    let asked_for = Review::compiled_for(&compliance)?;
    let item = visage.aws.query(visage.records()?, &format!("C#{}", clinic.id), "CLINIC")?.pop();
    let long_ago = json!({ "S": days_ago(120).to_string() });
    visage.aws.set(visage.records()?, &item.context("a clinic")?, "registered_at", &long_ago)?;
    let function = visage.stack.named(&visage.stack.functions, "plan_access_reviews")?;
    let plan = || visage.aws.invoke(function, &json!({}));
    at_once(plan, plan)?;
    plan()?;
    let reviews = || -> Result<Vec<Value>> {
        let listed: Value = compliance.ask("GET", REVIEWS).send()?.read(200)?;
        Ok(listed["accessReviews"].as_array().cloned().unwrap_or_default())
    };
    let listed = reviews()?;
    ensure!(listed.len() == 2 && listed[0]["occasion"] == "quarterly", "{listed:?}");
    ensure!(listed[0].get("startedBy").is_none(), "{listed:?}");
    ensure!(Review::of(&listed[1])? == asked_for, "{listed:?}");
    ensure!(stored(&newcomer, "REVIEW")?.is_empty(), "who came since the quarter began owes none yet");
    let review = Review::of(&listed[0])?;
    review.compile(&visage, &clinic.id)?;
    ensure!(review.seen_by(&compliance)?["accessReview"]["state"] == "open");
    ensure!(alerts(&clinic, "access_review_due")? == 1);
    plan()?;
    review.compile(&visage, &clinic.id)?;
    ensure!(reviews()?.len() == 2 && alerts(&clinic, "access_review_due")? == 1);
    // It is the newest now: who asks is answered with it.
    ensure!(Review::started_by(&compliance)? == review);
    Ok(())
}
