//! The evaluation queue: its filters, and pages that stay right while the queue moves.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::evaluation::{Line, Visit};
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

/// A page of the queue, and where the next one starts.
fn page(staff: &Staff, query: &str) -> Result<(Vec<Line>, Option<String>)> {
    let page: Value = staff.ask("GET", &format!("/v1/evaluations?{query}")).send()?.read(200)?;
    let lines = serde_json::from_value(page["evaluations"].clone())?;
    Ok((lines, page["next"].as_str().map(str::to_owned)))
}

fn evaluations(staff: &Staff, query: &str) -> Result<Vec<String>> {
    Ok(page(staff, query)?.0.into_iter().map(|line| line.evaluation).collect())
}

fn visits(clinic: &Clinic, count: usize) -> Result<Vec<Visit>> {
    (0..count).map(|_| Intake::whole(clinic, &Person::invented(), false)).collect()
}

#[test]
fn mine_unassigned_and_somebodys_are_told_apart() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visits = visits(&clinic, 3)?;
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    let [first, second, third] = visits.as_slice() else { anyhow::bail!("three visits") };
    for (visit, to) in [(first, &provider), (second, &coordinator)] {
        let etag = coordinator.open(visit)?.etag;
        coordinator.assign(visit, &etag, Some(&to.id), "")?.expect(200)?;
    }
    let one = |visit: &Visit| vec![visit.evaluation.clone()];
    ensure!(evaluations(&provider, "assignee=mine")? == one(first));
    ensure!(evaluations(&coordinator, "assignee=mine")? == one(second));
    ensure!(evaluations(&provider, &format!("assignee={}", coordinator.id))? == one(second));
    ensure!(evaluations(&provider, "assignee=unassigned")? == one(third));
    ensure!(evaluations(&provider, "status=in_progress&assignee=mine")?.is_empty());
    let (lines, _) = page(&provider, "")?;
    let whose: Vec<_> = lines.iter().map(|line| line.assignee_name.as_deref()).collect();
    let names = [Some(Role::Provider.invented_name()), Some(Role::Coordinator.invented_name()), None];
    ensure!(whose == names, "{whose:?}");
    // It stays theirs when its status changes, and is nobody's again when it is given back.
    let etag = provider.open(first)?.etag;
    let draft = json!({ "findings": [], "recommendations": "" });
    let etag = provider.assess(first, &etag, &draft)?.expect(200)?.etag()?;
    ensure!(evaluations(&provider, "assignee=mine")?.is_empty());
    ensure!(evaluations(&provider, "status=in_progress&assignee=mine")? == one(first));
    provider.assign(first, &etag, None, "Not my field.")?.expect(200)?;
    ensure!(evaluations(&coordinator, "status=in_progress&assignee=unassigned")? == one(first));
    for bad in ["assignee=stf_nobody", "assignee=", "assignee=Mine", "minAgeHours=-1", "maxAgeHours=x"] {
        provider.ask("GET", &format!("/v1/evaluations?{bad}")).send()?.refused(400, "invalid_query")?;
    }
    // Somebody whom the clinic doesn't have has no work, and that is all one can learn of them.
    let stranger = Clinic::open(&clinic.visage)?.staff(Role::Provider)?;
    ensure!(evaluations(&provider, &format!("assignee={}", stranger.id))?.is_empty());
    Ok(())
}

#[test]
fn age_is_asked_for_in_hours_and_its_ends_count() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visits = visits(&clinic, 3)?;
    let [fresh, day, week] = visits.as_slice() else { anyhow::bail!("three visits") };
    // A minute more, so that the test takes none of it away; the hour itself is the store's unit test.
    for (visit, hours) in [(day, 24), (week, 7 * 24)] {
        age(&clinic, visit, SignedDuration::from_hours(hours) + SignedDuration::from_mins(1))?;
    }
    let provider = clinic.staff(Role::Provider)?;
    let ask = |query: &str| evaluations(&provider, query);
    let ids = |visits: &[&Visit]| visits.iter().map(|visit| visit.evaluation.clone()).collect::<Vec<_>>();
    ensure!(ask("")? == ids(&[week, day, fresh]), "oldest first");
    ensure!(ask("minAgeHours=24")? == ids(&[week, day]));
    ensure!(ask("minAgeHours=25")? == ids(&[week]));
    ensure!(ask("maxAgeHours=25")? == ids(&[day, fresh]));
    ensure!(ask("minAgeHours=24&maxAgeHours=25")? == ids(&[day]));
    ensure!(ask("minAgeHours=24&maxAgeHours=25&assignee=unassigned")? == ids(&[day]));
    ensure!(ask("maxAgeHours=4294967295")? == ids(&[week, day, fresh]));
    ensure!(ask("minAgeHours=4294967295")?.is_empty());
    // A page that age has passed by goes on with what is left; one beyond the end has nothing.
    let (_, next) = page(&provider, "limit=1")?;
    let next = next.context("there is more")?;
    ensure!(ask(&format!("maxAgeHours=25&next={next}"))? == ids(&[day, fresh]));
    let (_, last) = page(&provider, "limit=2")?;
    let last = last.context("there is more")?;
    ensure!(ask(&format!("minAgeHours=100&next={last}"))?.is_empty());
    Ok(())
}

/// Makes an evaluation as old as if its intake had come in so long ago.
fn age(clinic: &Clinic, visit: &Visit, age: SignedDuration) -> Result<()> {
    let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
    let created_at = Timestamp::now() - age;
    let sort = format!("{created_at:.6}#{}", visit.evaluation);
    for (name, value) in [
        ("created_at", created_at.to_string()),
        ("queue_sk", sort.clone()),
        ("assigned_sk", format!("nobody#{sort}")),
    ] {
        let item = records::item(clinic, &visit.patient, "#EVALUATION")?;
        aws.set(table, &item, name, &json!({ "S": value }))?;
    }
    Ok(())
}

#[test]
fn pages_stay_right_while_the_queue_moves() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visits = visits(&clinic, 5)?;
    let provider = clinic.staff(Role::Provider)?;
    for filter in ["status=new", "status=new&assignee=unassigned"] {
        let (first, next) = page(&provider, &format!("{filter}&limit=2"))?;
        let next = next.context("there is more")?;
        let shown: Vec<_> = first.iter().map(Line::visit).collect();
        // What was shown leaves, the last of it too, after which the next page goes on; and somebody comes.
        for visit in &shown {
            let etag = provider.open(visit)?.etag;
            let draft = json!({ "findings": [], "recommendations": filter });
            provider.assess(visit, &etag, &draft)?.expect(200)?;
        }
        let late = Intake::whole(&clinic, &Person::invented(), false)?;
        let (rest, end) = page(&provider, &format!("{filter}&limit=50&next={next}"))?;
        ensure!(end.is_none());
        let rest: Vec<_> = rest.iter().map(Line::visit).collect();
        ensure!(!rest.iter().any(|visit| shown.contains(visit)), "nothing twice");
        let expected = visits.iter().filter(|visit| rest.contains(visit)).count();
        let taken = if filter == "status=new" { 2 } else { 4 };
        ensure!(expected == 5 - taken, "none of those that were there is missing: {expected}");
        ensure!(rest.last() == Some(&late), "who came last is at the end");
    }
    for rubbish in ["AAAA", "%00", "bm90fG91cnN8"] {
        let answer = provider.ask("GET", &format!("/v1/evaluations?next={rubbish}")).send()?;
        answer.refused(400, "invalid_query")?;
    }
    Ok(())
}

#[test]
fn two_who_take_the_same_evaluation_do_not_both_get_it() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let takers = [clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?];
    let etag = takers[0].open(&visit)?.etag;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let taking: Vec<_> = takers
            .iter()
            .map(|taker| {
                let (visit, etag) = (&visit, &etag);
                scope.spawn(move || (taker, taker.assign(visit, etag, Some(&taker.id), "")))
            })
            .collect();
        taking.into_iter().filter_map(|taking| taking.join().ok()).collect()
    });
    let mut owner = None;
    for (taker, answer) in answers {
        let answer = answer?;
        if answer.status == 200 {
            ensure!(owner.replace(taker).is_none(), "both got it");
        } else {
            ensure!(answer.etag()? == takers[0].open(&visit)?.etag, "the tag that is current comes along");
            answer.refused(412, "changed_meanwhile")?;
        }
    }
    let owner = owner.context("one gets it")?;
    ensure!(takers[0].open(&visit)?.assignee.as_ref() == Some(&owner.id));
    Ok(())
}

#[test]
fn work_is_given_to_active_providers_and_coordinators_with_a_reason() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    let etag = coordinator.open(&visit)?.etag;
    let unfit = |to: &str| -> Result<Vec<String>> {
        let problem = coordinator.assign(&visit, &etag, Some(to), "")?.refused(422, "invalid_fields")?;
        Ok(problem.errors.into_iter().map(|it| format!("{} {}", it.pointer, it.code)).collect())
    };
    // Another clinic's provider, nobody at all, and a role that doesn't work on evaluations look the same.
    let stranger = Clinic::open(&visage)?.staff(Role::Provider)?.id;
    let nobody = "stf_0123456789abcdefghjkmnpqr0".to_owned();
    for to in [stranger, nobody, clinic.staff(Role::Owner)?.id, clinic.staff(Role::Billing)?.id] {
        ensure!(unfit(&to)? == ["/assignee not_assignable"], "{to}");
    }
    let path = format!("{}/assignee", visit.path());
    coordinator.ask("PUT", &path).if_match(&etag).json(&json!({})).send()?.refused(400, "invalid_body")?;
    coordinator
        .ask("PUT", &path)
        .json(&json!({ "assignee": null }))
        .send()?
        .refused(428, "if_match_required")?;
    let taken = coordinator.assign(&visit, &etag, Some(&provider.id), "")?.expect(200)?;
    // Taken from somebody: with a reason, or not.
    let etag = taken.etag()?;
    let handed = coordinator.assign(&visit, &etag, Some(&coordinator.id), " ")?;
    ensure!(handed.refused(422, "invalid_fields")?.errors[0].pointer == "/reason");
    coordinator.assign(&visit, &etag, None, "")?.refused(422, "invalid_fields")?;
    let reason = "Dr. Č. is on leave 🌴";
    let handed = coordinator.assign(&visit, &etag, Some(&coordinator.id), reason)?.expect(200)?;
    // The same again changes nothing, and is on record all the same.
    let again = coordinator.assign(&visit, &handed.etag()?, Some(&coordinator.id), "")?.expect(200)?;
    ensure!(again.etag()? == handed.etag()?);
    ensure!(audit::of_request(&clinic, again.request()?)?.iter().any(|entry| entry.outcome == "done"));
    let listed = || -> Result<Vec<Value>> {
        let listed: Value = coordinator.ask("GET", "/v1/assignees").send()?.read(200)?;
        Ok(listed["assignees"].as_array().cloned().unwrap_or_default())
    };
    let named = |who: &Staff, role: Role| json!({ "staff": who.id, "name": role.invented_name(), "roles": [role.code()] });
    let mut doctor = named(&provider, Role::Provider);
    doctor["credential"] = json!("MD");
    ensure!(listed()? == [doctor, named(&coordinator, Role::Coordinator)], "{:?}", listed()?);
    // Who left gets nothing any more.
    let table = visage.records()?;
    let partition = format!("C#{}#S#{}", clinic.id, provider.id);
    let member = visage.aws.query(table, &partition, "STAFF")?.pop().context("the provider is stored")?;
    visage.aws.set(table, &member, "status", &json!({ "S": "terminated" }))?;
    let gone = coordinator.assign(&visit, &handed.etag()?, Some(&provider.id), "Back again.")?;
    ensure!(gone.refused(422, "invalid_fields")?.errors[0].code == "not_assignable");
    ensure!(listed()? == [named(&coordinator, Role::Coordinator)]);
    // The steps are kept as they were, and their reasons are sealed.
    let steps = records::of_type(&clinic, &visit.patient, "assignment")?;
    ensure!(
        steps.len() == 2
            && steps[1]["from"] == provider.id.as_str()
            && steps[1]["to"] == coordinator.id.as_str()
    );
    ensure!(!serde_json::to_string(&steps)?.contains("leave"));
    Ok(())
}
