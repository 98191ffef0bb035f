//! Emergency access: whoever may not read charts breaks the glass, reads for an hour, and answers for it to somebody else.

use anyhow::{Context, Result, anyhow, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::evaluation::Visit;
use visage_tests::glass::{self, EXPLANATION, Glass, alerts, broken_by};
use visage_tests::http::Answer;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

/// A visit that is nobody's work any more: who isn't its provider needs a reason to see it.
fn concluded(clinic: &Clinic) -> Result<Visit> {
    let visit = Intake::whole(clinic, &Person::invented(), false)?;
    let assessment = json!({ "findings": [], "recommendations": "None." });
    clinic.staff(Role::Provider)?.conclude(&visit, &assessment)?;
    Ok(visit)
}

/// What is read of a chart.
fn readings(visit: &Visit) -> [String; 5] {
    [
        "/v1/evaluations?status=signed".to_owned(),
        visit.path(),
        format!("{}/timeline", visit.path()),
        format!("/v1/patients/{}/visits", visit.patient),
        format!("{}/reports", visit.path()),
    ]
}

/// Whether the one entry of a request says that a broken glass allowed it.
fn is_marked(clinic: &Clinic, answer: &Answer, glass: &Glass) -> Result<bool> {
    let entries = audit::of_request(clinic, answer.request()?)?;
    ensure!(!entries.is_empty(), "{} left no entry", answer.what);
    Ok(entries.iter().all(|it| it.resource.ends_with(&format!(";break_glass={}", glass.id))))
}

fn session(staff: &Staff) -> Result<Value> {
    staff.ask("GET", "/v1/session").send()?.read(200)
}

#[test]
fn it_opens_charts_to_be_read_for_an_hour_and_everything_read_is_marked() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (visit, owner) = (concluded(&clinic)?, clinic.staff(Role::Owner)?);
    for reading in readings(&visit) {
        owner.ask("GET", &reading).send()?.refused(403, "forbidden")?;
    }
    ensure!(session(&owner)?.get("chartsOpenUntil").is_none());
    let before = Timestamp::now();
    let glass = broken_by(&owner)?;
    let (hour, slack) = (SignedDuration::from_mins(60), SignedDuration::from_mins(1));
    ensure!(before + hour - slack < glass.until && glass.until < Timestamp::now() + hour + slack);
    ensure!(session(&owner)?["chartsOpenUntil"] == glass.until.to_string());
    for reading in readings(&visit) {
        // The reason is said once, for all of it.
        let answer = owner.ask_without_reason("GET", &reading).send()?.expect(200)?;
        ensure!(is_marked(&clinic, &answer, &glass)?, "{reading}");
    }
    let queue = owner.queue("signed")?;
    ensure!(queue.iter().any(|line| line.evaluation == visit.evaluation), "{queue:?}");
    // What it allowed and what came to nothing all the same, too.
    let nothing = visit.path().replace(&visit.evaluation, "eva_00000000000000000000000000");
    let missing = owner.ask("GET", &nothing).send()?;
    ensure!(is_marked(&clinic, &missing, &glass)?);
    missing.refused(404, "not_found")?;
    for answer in [
        owner.assess(&visit, "\"1\"", &json!({ "findings": [], "recommendations": "None." }))?,
        owner.sign(&visit, "\"1\"")?,
        owner.withdraw(&visit, "\"1\"", "Curious.")?,
        owner.ask("GET", &format!("{}/questionnaire-response", visit.path())).send()?,
        owner.ask("POST", &format!("{}/report-links", visit.path())).once().json(&json!({})).send()?,
    ] {
        ensure!(!is_marked(&clinic, &answer, &glass)?, "{}", answer.what);
        answer.refused(403, "forbidden")?;
    }
    glass.end(&clinic)?;
    for reading in readings(&visit) {
        let answer = owner.ask("GET", &reading).send()?;
        ensure!(!is_marked(&clinic, &answer, &glass)?, "{reading}");
        answer.refused(403, "forbidden")?;
    }
    ensure!(session(&owner)?.get("chartsOpenUntil").is_none());
    ensure!(broken_by(&owner)?.id != glass.id, "another emergency is another glass");
    Ok(())
}

#[test]
fn it_is_open_to_its_own_session_and_ends_with_it() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (one, other) = (clinic.fresh_session(Role::Billing)?, clinic.fresh_session(Role::Billing)?);
    broken_by(&one)?;
    one.queue("new")?;
    other.ask("GET", "/v1/evaluations").send()?.refused(403, "forbidden")?;
    one.ask("DELETE", "/v1/session").send()?.expect(204)?;
    one.ask("GET", "/v1/evaluations").send()?.refused(401, "unauthenticated")?;
    let next = clinic.fresh_session(Role::Billing)?;
    next.ask("GET", "/v1/evaluations").send()?.refused(403, "forbidden")?;
    Ok(())
}

#[test]
fn of_many_clicks_one_breaks_it_and_tells() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let input = |explanation: &str| json!({ "reason": "safety_incident", "explanation": explanation });
    let click = |key: &str, explanation: &str| {
        owner.ask("POST", "/v1/break-glass").idempotency_key(key).json(&input(explanation)).send()
    };
    click("a-click-of-its-own", " \n ")?.refused(422, "invalid_fields")?;
    click("a-click-of-its-own", &"é".repeat(501))?.refused(422, "invalid_fields")?;
    let unknown = json!({ "reason": "curiosity", "explanation": "Famous." });
    owner.ask("POST", "/v1/break-glass").once().json(&unknown).send()?.refused(400, "invalid_body")?;
    owner
        .ask("POST", "/v1/break-glass")
        .json(&input("Why."))
        .send()?
        .refused(400, "idempotency_key_required")?;
    ensure!(alerts(&clinic, "break_glass")? == 0);

    let answers = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..4).map(|_| scope.spawn(|| glass::ask(&owner))).collect();
        let joined = clicks.into_iter().map(|it| it.join().map_err(|_| anyhow!("a click panicked"))?);
        joined.collect::<Result<Vec<_>>>()
    })?;
    let answers: Vec<Value> = answers.into_iter().map(|it| it.read(201)).collect::<Result<_>>()?;
    ensure!(answers.iter().all(|it| it == &answers[0]), "{answers:?}");
    let later: Value = click("a-click-of-its-own", "Once more.")?.read(201)?;
    ensure!(later == answers[0], "what is open is answered again");
    ensure!(alerts(&clinic, "break_glass")? == 1, "those who answer for the clinic are told once");

    // By its key a click is known also when the hour is over.
    let billing = clinic.staff(Role::Billing)?;
    let click = |explanation: &str| {
        let ask = billing.ask("POST", "/v1/break-glass").idempotency_key("one-key-for-one-click");
        ask.json(&input(explanation)).send()
    };
    let first = Glass::of(&billing, &click("Fire.")?.read(201)?)?;
    click("Water.")?.refused(422, "idempotency_key_reused")?;
    first.end(&clinic)?;
    let again = Glass::of(&billing, &click("Fire.")?.read(201)?)?;
    ensure!(again.id == first.id && again.until < first.until, "{again:?}");
    billing.ask("GET", "/v1/evaluations").send()?.refused(403, "forbidden")?;
    ensure!(alerts(&clinic, "break_glass")? == 2);
    Ok(())
}

#[test]
fn a_provider_reads_as_ever_and_whoever_else_broke_it_reads_what_a_provider_does() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (visit, provider) = (concluded(&clinic)?, clinic.made_provider(Role::Compliance)?);
    let glass = broken_by(&provider)?;
    provider.ask_without_reason("GET", &visit.path()).send()?.refused(403, "reason_required")?;
    let opened = provider.ask("GET", &visit.path()).send()?.expect(200)?;
    ensure!(!is_marked(&clinic, &opened, &glass)?);
    let looked: Value = clinic.staff(Role::Owner)?.ask("GET", &glass.path()).send()?.read(200)?;
    ensure!(looked["opened"] == json!([]), "{looked}");

    for role in [Role::Coordinator, Role::Billing] {
        let staff = clinic.staff(role)?;
        let glass = broken_by(&staff)?;
        let answer = staff.ask_without_reason("GET", &visit.path()).send()?;
        ensure!(is_marked(&clinic, &answer, &glass)?);
        let chart: Value = answer.read(200)?;
        ensure!(chart["assessment"].is_object(), "{}: {chart}", role.code());
        let reports: Value = staff.ask("GET", &format!("{}/reports", visit.path())).send()?.read(200)?;
        ensure!(reports["reports"][0]["url"].is_string(), "{}: {reports}", role.code());
    }
    Ok(())
}

#[test]
fn somebody_else_reviews_once_it_is_over_and_sees_what_was_opened() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (visit, owner) = (concluded(&clinic)?, clinic.staff(Role::Owner)?);
    let compliance = clinic.staff(Role::Compliance)?;
    let glass = broken_by(&owner)?;
    owner.queue("signed")?;
    owner.open(&visit)?;
    let stranger = Clinic::register(&visage)?.staff(Role::Compliance)?;
    let listed = |state: &str| -> Result<Vec<Value>> {
        let path = format!("/v1/break-glass?state={state}");
        let page: Value = compliance.ask("GET", &path).send()?.read(200)?;
        Ok(page["breakGlass"].as_array().cloned().unwrap_or_default())
    };

    let unreviewed = listed("unreviewed")?;
    ensure!(unreviewed.len() == 1 && unreviewed[0]["breakGlass"] == glass.id.as_str(), "{unreviewed:?}");
    ensure!(unreviewed[0]["staff"] == owner.id.as_str() && unreviewed[0]["roles"] == json!(["owner"]));
    let looked: Value = compliance.ask("GET", &glass.path()).send()?.read(200)?;
    ensure!(looked["explanation"] == EXPLANATION && looked.get("note").is_none(), "{looked}");
    let opened = looked["opened"].as_array().context("what was opened")?;
    let actions: Vec<_> = opened.iter().map(|it| it["action"].as_str().unwrap_or_default()).collect();
    ensure!(actions == ["list_evaluations", "open_evaluation"], "{opened:?}");
    let shown = format!("{}/{}", visit.patient, visit.evaluation);
    ensure!(opened[0]["shown"].as_array().is_some_and(|all| all.contains(&json!(shown))), "{opened:?}");
    ensure!(opened[1]["patient"] == visit.patient.as_str(), "{opened:?}");
    ensure!(opened[1]["evaluation"] == visit.evaluation.as_str(), "{opened:?}");

    glass.reviewed_by(&compliance, "justified")?.refused(409, "still_open")?;
    glass.end(&clinic)?;
    glass.reviewed_by(&owner, "justified")?.refused(403, "needs_another")?;
    for role in [Role::Provider, Role::Coordinator, Role::Billing] {
        let staff = clinic.staff(role)?;
        glass.reviewed_by(&staff, "justified")?.refused(403, "forbidden")?;
        staff.ask("GET", &glass.path()).send()?.refused(403, "forbidden")?;
    }
    stranger.ask("GET", &glass.path()).send()?.refused(404, "not_found")?;
    glass.reviewed_by(&stranger, "justified")?.refused(404, "not_found")?;
    let empty = json!({ "finding": "justified", "note": "" });
    let review = format!("{}/review", glass.path());
    compliance.ask("PUT", &review).json(&empty).send()?.refused(422, "invalid_fields")?;

    let reviewed: Value = glass.reviewed_by(&compliance, "not_justified")?.read(200)?;
    ensure!(reviewed["review"]["reviewedBy"] == compliance.id.as_str(), "{reviewed}");
    glass.reviewed_by(&compliance, "justified")?.refused(409, "already_reviewed")?;
    ensure!(listed("unreviewed")?.is_empty());
    let closed = listed("reviewed")?;
    ensure!(closed.len() == 1 && closed[0]["review"]["finding"] == "not_justified", "{closed:?}");
    let looked: Value = owner.ask("GET", &glass.path()).send()?.read(200)?;
    ensure!(looked["note"].as_str().is_some_and(|note| note.starts_with("CANARY-NOTE")), "{looked}");
    ensure!(looked["opened"].as_array().map(Vec::len) == Some(2), "who looks later leaves no mark: {looked}");
    // What was written may tell of a patient.
    for item in records::of_clinic(&clinic)? {
        let stored = Value::Object(item).to_string();
        ensure!(!stored.contains("CANARY-EXPLANATION") && !stored.contains("CANARY-NOTE"), "{stored}");
    }
    Ok(())
}

#[test]
fn of_two_reviews_at_once_one_counts() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (owner, compliance) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?);
    let glass = broken_by(&clinic.staff(Role::Billing)?)?;
    glass.end(&clinic)?;
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| glass.reviewed_by(&owner, "justified"));
        let other = scope.spawn(|| glass.reviewed_by(&compliance, "not_justified"));
        (one.join(), other.join())
    });
    let answers = [one, other].map(|it| it.map_err(|_| anyhow!("a review panicked")));
    let [one, other] = answers;
    let mut statuses = [one??.status, other??.status];
    statuses.sort_unstable();
    ensure!(statuses == [200, 409], "{statuses:?}");
    Ok(())
}

#[test]
fn a_review_that_is_owed_is_told_once_a_day_until_it_is_done() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let glass = broken_by(&clinic.staff(Role::Owner)?)?;
    glass.end(&clinic)?;
    let function = visage.stack.named(&visage.stack.functions, "escalate_reviews")?;
    let told = || -> Result<usize> {
        visage.aws.invoke(function, &json!({}))?;
        alerts(&clinic, "break_glass_unreviewed")
    };
    ensure!(told()? == 0, "nothing is owed before the three days are over");
    let three_days = SignedDuration::from_hours(72);
    let remind_at = |glass: &Glass| -> Result<Timestamp> {
        Ok(visage_tests::aws::text(&glass.item(&clinic)?, "remind_at")?.parse()?)
    };
    let started_at: Timestamp = visage_tests::aws::text(&glass.item(&clinic)?, "started_at")?.parse()?;
    ensure!(remind_at(&glass)? == started_at + three_days);

    glass.is_due_for(&clinic, SignedDuration::from_mins(30))?;
    let due = remind_at(&glass)?;
    ensure!(told()? == 1 && told()? == 1, "once, however often the clock comes");
    ensure!(remind_at(&glass)? == due + SignedDuration::from_hours(24));
    // The next day, and two runs at once.
    glass.is_due_for(&clinic, SignedDuration::ZERO)?;
    let both = std::thread::scope(|scope| {
        let runs = [scope.spawn(told), scope.spawn(told)];
        runs.into_iter()
            .map(|it| it.join().map_err(|_| anyhow!("a run panicked"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    ensure!(both.iter().all(|count| *count <= 2) && told()? == 2, "{both:?}");

    glass.reviewed_by(&clinic.staff(Role::Compliance)?, "justified")?.expect(200)?;
    ensure!(glass.item(&clinic)?.get("outbox_pk").is_none(), "nobody owes it any more");
    ensure!(told()? == 2);
    Ok(())
}
