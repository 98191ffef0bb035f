//! Forms and answers as FHIR has them, in and out of the system.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::http::Answer;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Staff, Visage, audit, logs, processes};

const FHIR: &str = "application/fhir+json";
/// What the function that imports is given.
const MEMORY: u64 = 256 * 1024 * 1024;

fn import(owner: &Staff, etag: Option<&str>, questionnaire: &Value) -> Result<Answer> {
    let ask = owner.ask("PUT", "/v1/form-draft/questionnaire").header("content-type", FHIR);
    let ask = ask.bytes(questionnaire.to_string().into_bytes());
    match etag {
        Some(etag) => ask.if_match(etag).send(),
        None => ask.send(),
    }
}

fn export(staff: &Staff, version: u32) -> Result<Value> {
    let answer = staff.ask("GET", &format!("/v1/forms/{version}/questionnaire")).send()?;
    ensure!(answer.header("content-type") == Some(FHIR), "{:?}", answer.header("content-type"));
    answer.read(200)
}

#[test]
fn a_form_goes_out_and_comes_back_as_it_was() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let mut questionnaire = export(&owner, 1)?;
    for (field, value) in [
        ("resourceType", json!("Questionnaire")),
        ("status", json!("active")),
        ("version", json!("1")),
        ("url", json!(format!("urn:visage:form:{}", clinic.id))),
        ("publisher", json!(clinic.name)),
        ("language", json!("en")),
    ] {
        ensure!(questionnaire[field] == value, "{field} is {}", questionnaire[field]);
    }
    // What forms have no place for is left behind, by name.
    questionnaire["code"] = json!([{ "code": "1" }]);
    questionnaire["item"][0]["definition"] = json!("https://example.org/definition");
    let answer = import(&owner, None, &questionnaire)?;
    let etag = answer.etag()?;
    let saved: Value = answer.read(200)?;
    ensure!(saved["problems"] == json!([]));
    ensure!(saved["ignored"] == json!(["/code", "/item/0/definition"]), "{}", saved["ignored"]);
    let draft: Value = owner.ask("GET", "/v1/form-draft").send()?.read(200)?;
    let published: Value = owner.ask("GET", "/v1/forms/1").send()?.read(200)?;
    ensure!(draft["form"] == published["form"], "every text in every language");

    let again = import(&owner, None, &questionnaire)?;
    ensure!(again.etag()? == etag && again.read::<Value>(200)? == saved, "sent again, it is saved already");
    questionnaire["title"] = json!("Another");
    import(&owner, None, &questionnaire)?.refused(428, "if_match_required")?;
    let publish = owner.ask("POST", "/v1/form-draft/publication").once().if_match(&etag);
    publish.json(&json!({})).send()?.expect(201)?;
    ensure!(export(&owner, 1)?["status"] == "retired");
    let again = export(&owner, 2)?;
    ensure!(again["status"] == "active" && again["item"][1] == questionnaire["item"][1]);
    Ok(())
}

#[test]
fn what_forms_cannot_do_is_refused_all_at_once() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let questionnaire = json!({
        "resourceType": "Questionnaire", "status": "active", "contained": [{}],
        "item": [{ "linkId": "g", "type": "group", "text": "G", "item": [
            { "linkId": "a", "type": "dateTime", "text": "A" },
            { "linkId": "b", "type": "choice", "text": "B", "answerValueSet": "https://example.org/set" },
            { "linkId": "c", "type": "quantity", "text": "C", "extension": [
                { "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit",
                  "valueCoding": { "system": "http://unitsofmeasure.org", "code": "kg" } },
                { "url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity",
                  "valueQuantity": { "value": 20, "system": "http://unitsofmeasure.org", "code": "[lb_av]" } },
            ] },
        ] }],
    });
    let problem = import(&owner, None, &questionnaire)?.refused(422, "invalid_fields")?;
    let expected = [
        ("/contained", "fhir_unsupported"),
        ("/item/0/item/0/type", "fhir_unsupported"),
        ("/item/0/item/1/answerValueSet", "fhir_unsupported"),
        ("/item/0/item/2/extension/1/valueQuantity/code", "wrong_unit"),
    ];
    ensure!(problem.named() == expected.into_iter().collect(), "{:?}", problem.named());
    owner.ask("GET", "/v1/form-draft").send()?.refused(404, "not_found")?;
    import(&owner, None, &json!({ "resourceType": "Patient" }))?.refused(422, "invalid_fields")?;
    // However much is wrong, the answer stays of a size that can be sent.
    let crowd = json!({ "resourceType": "Questionnaire", "item": vec![json!(0); 200_000] });
    let problem = import(&owner, None, &crowd)?.refused(422, "invalid_fields")?;
    ensure!(problem.errors.len() == 500, "{}", problem.errors.len());
    for wrong in [json!(0), json!({})] {
        let mut deep = json!({ "resourceType": "Questionnaire", "item": [] });
        let mut inner = &mut deep["item"];
        for _ in 0..60 {
            *inner = json!([{ "linkId": "x", "type": "group", "text": "X", "item": [] }]);
            inner = &mut inner[0]["item"];
        }
        *inner = Value::Array(vec![wrong; 300_000]);
        import(&owner, None, &deep)?.refused(422, "invalid_fields")?;
    }
    // What stands where a text should may be as large as the body.
    let title = json!({ "resourceType": "Questionnaire", "title": vec![json!({ "a": 0 }); 120_000] });
    let problem = import(&owner, None, &title)?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == [("/title", "fhir_invalid")].into_iter().collect(), "{:?}", problem.named());
    if let Some(peak) = processes::peak_memory(&clinic.visage, "import_form")? {
        ensure!(peak <= MEMORY, "import_form took {} MB", peak / 1024 / 1024);
    }
    let xml = owner.ask("PUT", "/v1/form-draft/questionnaire").header("content-type", "application/fhir+xml");
    xml.bytes(b"<Questionnaire/>".to_vec()).send()?.refused(415, "unsupported_media_type")?;
    // Nothing else takes FHIR.
    let draft = owner.ask("PUT", "/v1/form-draft").header("content-type", FHIR);
    draft.bytes(b"{}".to_vec()).send()?.refused(415, "unsupported_media_type")?;
    Ok(())
}

/// The answer to a question, wherever it stands.
fn answer_to<'r>(response: &'r Value, link_id: &str) -> Option<&'r Value> {
    let items = response["item"].as_array()?;
    items.iter().find_map(|item| {
        let found = (item["linkId"] == link_id).then(|| &item["answer"][0]);
        found.or_else(|| answer_to(item, link_id))
    })
}

#[test]
fn answers_go_out_to_who_may_see_them_and_into_the_log() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    let path = format!("{}/questionnaire-response", visit.path());
    let coordinator = clinic.staff(Role::Coordinator)?;
    let answer = coordinator.ask("GET", &path).send()?;
    ensure!(answer.header("content-type") == Some(FHIR));
    ensure!(answer.header("cache-control") == Some("no-store"));
    let request = answer.request()?.to_owned();
    let response: Value = answer.read(200)?;
    let intake = coordinator.open(&visit)?.intake;
    let patient = json!({ "system": "urn:visage:patient", "value": visit.patient });
    for (field, value) in [
        ("resourceType", json!("QuestionnaireResponse")),
        ("status", json!("completed")),
        ("questionnaire", json!(format!("urn:visage:form:{}|1", clinic.id))),
        ("identifier", json!({ "system": "urn:visage:intake", "value": intake })),
        ("subject", json!({ "type": "Patient", "identifier": patient })),
        ("language", json!("en")),
    ] {
        ensure!(response[field] == value, "{field} is {}", response[field]);
    }
    let authored = response["authored"].as_str().context("a time")?;
    authored.parse::<jiff::Timestamp>()?;
    for (question, value) in [
        ("email", json!({ "valueString": person.email })),
        ("birth-date", json!({ "valueDate": person.birth_date })),
        ("has-conditions", json!({ "valueBoolean": true })),
        ("pregnancy", json!("no")),
    ] {
        let found = answer_to(&response, question).with_context(|| question.to_owned())?;
        ensure!(*found == value || found["valueCoding"]["code"] == value, "{question} is {found}");
    }
    let first = |response: &Value| response["item"][0]["linkId"].clone();
    ensure!(first(&response) == "about-you", "in the order of the form");

    let entries = audit::of_request(&clinic, &request)?;
    let entry = entries.iter().find(|it| it.action == "export_answers").context("an entry")?;
    ensure!(entry.patient.as_ref() == Some(&visit.patient) && entry.outcome == "granted");
    ensure!(entry.actor["staff"] == coordinator.id.as_str() && entry.resource.contains(&visit.evaluation));
    for role in [Role::Owner, Role::Billing, Role::Compliance] {
        clinic.staff(role)?.ask("GET", &path).send()?.refused(403, "forbidden")?;
    }
    let other = Clinic::open(&visage)?;
    other.staff(Role::Provider)?.ask("GET", &path).send()?.refused(404, "not_found")?;
    // What isn't handed in isn't there, under whatever name.
    let draft = Intake::start(&clinic)?;
    let whose = audit::patient_of(&clinic, &draft.id)?;
    let evaluation = draft.id.replacen("int_", "eva_", 1);
    let early = format!("/v1/patients/{whose}/evaluations/{evaluation}/questionnaire-response");
    coordinator.ask("GET", &early).send()?.refused(404, "not_found")?;
    let logged = logs::of(&visage, "export_answers")?.join("\n");
    ensure!(person.secrets().iter().all(|secret| !logged.contains(secret)), "an answer is in a log");
    Ok(())
}
