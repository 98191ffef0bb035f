//! The evaluation: who may write, on top of what, and that a signature ends it.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::evaluation::Visit;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

fn assessment(text: &str) -> Value {
    json!({ "findings": [{ "area": "Forehead", "text": text }], "recommendations": "Come back in a year." })
}

#[test]
fn a_change_says_what_it_is_based_on() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let path = format!("{}/assessment", visit.path());
    provider.ask("PUT", &path).json(&assessment("A")).send()?.refused(428, "if_match_required")?;
    let opened = provider.open(&visit)?;
    let assessed = provider.assess(&visit, &opened.etag, &assessment("A"))?.expect(200)?;
    let stale = provider.assess(&visit, &opened.etag, &assessment("B"))?;
    ensure!(stale.etag()? == assessed.etag()?, "the tag that is current comes along");
    stale.refused(412, "changed_meanwhile")?;
    let now = provider.open(&visit)?;
    ensure!(now.etag == assessed.etag()? && now.status == "in_progress");
    ensure!(now.assessment == Some(assessment("A")));
    provider.sign(&visit, &opened.etag)?.refused(412, "changed_meanwhile")?;
    provider.assess(&visit, "\"99\"", &assessment("B"))?.refused(412, "changed_meanwhile")?;
    Ok(())
}

#[test]
fn of_two_who_write_at_once_one_is_told() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let etag = provider.open(&visit)?.etag;
    let write = |text: String| provider.assess(&visit, &etag, &assessment(&text));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> =
            (0..6).map(|n| scope.spawn(move || (n, write(format!("writer {n}"))))).collect();
        writers.into_iter().filter_map(|writer| writer.join().ok()).collect()
    });
    let mut winners = Vec::new();
    for (writer, answer) in answers {
        let answer = answer?;
        match answer.status {
            200 => winners.push(writer),
            _ => drop(answer.refused(412, "changed_meanwhile")?),
        }
    }
    let [winner] = winners.as_slice() else { anyhow::bail!("one wins, not {winners:?}") };
    ensure!(provider.open(&visit)?.assessment == Some(assessment(&format!("writer {winner}"))));
    Ok(())
}

#[test]
fn two_staff_edit_one_evaluation_and_one_is_told() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let staff = [clinic.staff(Role::Provider)?, clinic.made_provider(Role::Owner)?];
    // Both have it before them, and save at the same moment.
    let start = std::sync::Barrier::new(staff.len());
    let answers: Vec<_> = std::thread::scope(|scope| {
        let editing: Vec<_> = staff
            .iter()
            .map(|editor| {
                let (visit, start) = (&visit, &start);
                scope.spawn(move || {
                    let opened = editor.open(visit);
                    start.wait();
                    let draft = assessment(&format!("Written by {}.", editor.id));
                    Ok::<_, anyhow::Error>((editor, editor.assess(visit, &opened?.etag, &draft)?))
                })
            })
            .collect();
        editing.into_iter().filter_map(|editing| editing.join().ok()).collect()
    });
    let mut answers = answers.into_iter().collect::<Result<Vec<_>>>()?;
    answers.sort_by_key(|(_, answer)| answer.status);
    let [(winner, saved), (loser, refused)] = answers.as_slice() else { anyhow::bail!("two answers") };
    ensure!((saved.status, refused.status) == (200, 412), "{} and {}", saved.status, refused.status);
    refused.clone().refused(412, "changed_meanwhile")?;
    ensure!(refused.etag()? == saved.etag()?, "who is told gets the tag of what the other saved");
    let now = loser.open(&visit)?;
    ensure!(now.assessment == Some(assessment(&format!("Written by {}.", winner.id))), "nothing is lost");
    // And may then write on top of it.
    loser.assess(&visit, &refused.etag()?, &assessment("Both."))?.expect(200)?;
    ensure!(winner.open(&visit)?.assessment == Some(assessment("Both.")));
    let entries = audit::of(&clinic)?;
    let outcomes = |outcome: &str| {
        entries.iter().filter(|it| it.action == "assess_evaluation" && it.outcome == outcome).count()
    };
    ensure!((outcomes("done"), outcomes("refused")) == (2, 1));
    Ok(())
}

#[test]
fn a_draft_may_be_incomplete_and_a_signature_may_not() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let etag = provider.open(&visit)?.etag;
    let draft = json!({
        "findings": [{ "area": "", "text": "Not done yet" }, { "area": "Brow", "text": " " }],
        "recommendations": "",
    });
    let etag = provider.assess(&visit, &etag, &draft)?.expect(200)?.etag()?;
    ensure!(provider.open(&visit)?.assessment == Some(draft), "a draft is kept as it is");
    let problem = provider.sign(&visit, &etag)?.refused(422, "invalid_fields")?;
    let named: Vec<_> = problem.errors.iter().map(|it| (it.pointer.as_str(), it.code.as_str())).collect();
    let expected = [("/assessment/findings/0/area", "required"), ("/assessment/findings/1/text", "required")];
    ensure!(named == expected, "{named:?}");
    let nothing = json!({ "findings": [], "recommendations": " " });
    let etag = provider.assess(&visit, &etag, &nothing)?.expect(200)?.etag()?;
    let problem = provider.sign(&visit, &etag)?.refused(422, "invalid_fields")?;
    ensure!(problem.errors.len() == 1 && problem.errors[0].pointer == "/assessment");
    ensure!(provider.open(&visit)?.status == "in_progress");
    Ok(())
}

#[test]
fn every_wrong_field_of_an_assessment_is_named_at_once() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let etag = provider.open(&visit)?.etag;
    let wrong = json!({
        "findings": [{ "area": "é".repeat(121), "text": "x" }, { "area": "Brow", "text": "é".repeat(4001) }],
        "recommendations": "a\u{0}b",
    });
    let problem = provider.assess(&visit, &etag, &wrong)?.refused(422, "invalid_fields")?;
    let named: Vec<_> = problem.errors.iter().map(|it| (it.pointer.as_str(), it.code.as_str())).collect();
    ensure!(
        named
            == [
                ("/findings/0/area", "too_long"),
                ("/findings/1/text", "too_long"),
                ("/recommendations", "control_character")
            ],
        "{named:?}"
    );
    let strange = json!({ "findings": [{ "area": "Brow", "text": "x", "size": 1 }], "recommendations": "" });
    let problem = provider.assess(&visit, &etag, &strange)?.refused(400, "invalid_body")?;
    ensure!(problem.errors.iter().any(|it| it.pointer.starts_with("/findings/0")), "{:?}", problem.errors);
    let longest = json!({
        "findings": (0..20).map(|_| json!({ "area": "é".repeat(120), "text": "é".repeat(4000) })).collect::<Vec<_>>(),
        "recommendations": "é".repeat(4000),
    });
    provider.assess(&visit, &etag, &longest)?.expect(200)?;
    ensure!(provider.open(&visit)?.assessment == Some(longest));
    Ok(())
}

#[test]
fn a_signed_evaluation_never_changes() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let opened = provider.open(&visit)?;
    provider.sign(&visit, &opened.etag)?.refused(409, "not_assessed")?;
    let signed = provider.conclude(&visit, &assessment("Signed."))?;
    let stored = records::item(&clinic, &visit.patient, "#EVALUATION")?;

    provider.assess(&visit, &signed.etag, &assessment("Altered."))?.refused(409, "already_signed")?;
    provider.assess(&visit, &opened.etag, &assessment("Altered."))?.refused(409, "already_signed")?;
    provider.sign(&visit, &signed.etag)?.refused(409, "already_signed")?;
    // Report and notices are made meanwhile, and count beside the evaluation, not in it.
    let reported = provider.open_until(&visit, "the report is rendered and told of", |opened| {
        opened.notice("report_ready", "email").is_some_and(|notice| notice.state != "pending")
    })?;
    ensure!(records::item(&clinic, &visit.patient, "#EVALUATION")? == stored, "not one attribute changed");
    ensure!(reported.signature == signed.signature && reported.etag == signed.etag);
    let signature = signed.signature.context("it is signed")?;
    ensure!(signature["contentHash"].as_str().is_some_and(|hash| hash.len() == 64));
    ensure!(signature["signedBy"] == provider.id.as_str());
    let entries = audit::of(&clinic)?;
    let signings = entries.iter().filter(|it| it.action == "sign_evaluation" && it.outcome == "done").count();
    let refusals = entries.iter().filter(|it| it.code.as_deref() == Some("already_signed")).count();
    ensure!((signings, refusals) == (1, 3), "{signings} signings, {refusals} refusals");
    Ok(())
}

#[test]
fn a_coordinator_reads_and_neither_assesses_nor_signs() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let opened = coordinator.open(&visit)?;
    coordinator.assess(&visit, &opened.etag, &assessment("Mine."))?.refused(403, "forbidden")?;
    coordinator.sign(&visit, &opened.etag)?.refused(403, "forbidden")?;
    for role in [Role::Owner, Role::Billing, Role::Compliance] {
        let answer = clinic.staff(role)?.ask("GET", &visit.path()).send()?;
        answer.refused(403, "forbidden")?;
    }
    ensure!(coordinator.open(&visit)?.status == "new");
    Ok(())
}

#[test]
fn the_queue_is_paged_oldest_first_and_its_log_names_what_was_shown() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let mut visits = Vec::new();
    for _ in 0..3 {
        visits.push(Intake::whole(&clinic, &Person::invented(), false)?);
    }
    let provider = clinic.staff(Role::Provider)?;
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let answer =
            provider.ask("GET", &format!("/v1/evaluations?status=new&limit=1{next}")).send()?.expect(200)?;
        let request = answer.request()?.to_owned();
        let page: Value = answer.read(200)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |it: &Value| Visit { patient: text(&it["patient"]), evaluation: text(&it["evaluation"]) };
        let shown: Vec<_> = page["evaluations"].as_array().into_iter().flatten().map(line).collect();
        let logged = audit::of_request(&clinic, &request)?;
        let named = shown.iter().map(|it| format!("{}/{}", it.patient, it.evaluation));
        ensure!(
            logged.len() == 1 && logged[0].shown.iter().eq(named.collect::<Vec<_>>().iter()),
            "{logged:?}"
        );
        seen.extend(shown);
        match page["next"].as_str() {
            Some(cursor) => next = format!("&next={cursor}"),
            None => break,
        }
    }
    ensure!(seen == visits);
    for bad in ["limit=0", "limit=1000", "status=lost", "colour=blue"] {
        provider.ask("GET", &format!("/v1/evaluations?{bad}")).send()?.refused(400, "invalid_query")?;
    }
    // A cursor can't lead into another clinic: one of theirs shows only what is ours.
    let stranger = Clinic::open(&clinic.visage)?.staff(Role::Provider)?;
    let page: Value =
        stranger.ask("GET", &format!("/v1/evaluations?status=new&limit=50{next}")).send()?.read(200)?;
    ensure!(page["evaluations"] == json!([]));
    Ok(())
}
