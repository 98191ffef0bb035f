//! The clinic's form: drafted by owners, tried, published in versions, retired.

use anyhow::{Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::forms::{DRAFT, QUESTION, asking, default_form, publish, retire, save};
use visage_tests::http::Answer;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Staff, Visage, audit};

/// A page of the list of versions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Versions {
    current: Option<u32>,
    versions: Vec<Value>,
    next: Option<String>,
}

impl Versions {
    fn listed(&self) -> Vec<(u64, &str)> {
        let line = |it: &'_ Value| it["version"].as_u64().unwrap_or_default();
        self.versions.iter().map(|it| (line(it), it["status"].as_str().unwrap_or_default())).collect()
    }
}

fn versions(staff: &Staff, query: &str) -> Result<Versions> {
    staff.ask("GET", &format!("/v1/forms{query}")).send()?.read(200)
}

fn public(clinic: &Clinic) -> Result<Answer> {
    clinic.visage.ask("GET", &format!("/v1/clinics/{}/form", clinic.slug)).send()
}

/// That the clinic's log says which version a request was about.
fn is_named(clinic: &Clinic, request: &str, action: &str, resource: &str) -> Result<()> {
    let entries = audit::of_request(clinic, request)?;
    ensure!(entries.iter().any(|it| it.action == action && it.resource == resource), "{entries:?}");
    Ok(())
}

#[test]
fn a_draft_becomes_the_version_that_new_intakes_answer() -> Result<()> {
    let mut clinic = Clinic::open(&Visage::connect()?)?;
    let (owner, old) = (clinic.staff(Role::Owner)?, Intake::start(&clinic)?);
    owner.ask("GET", DRAFT).send()?.refused(404, "not_found")?;
    let saved = save(&owner, None, &asking("Given name")?)?;
    let etag = saved.etag()?;
    ensure!(saved.read::<Value>(200)?["problems"] == json!([]));
    let draft: Value = owner.ask("GET", DRAFT).send()?.read(200)?;
    ensure!(
        draft["savedBy"] == owner.id.as_str()
            && draft["form"].pointer(QUESTION) == Some(&json!("Given name"))
    );

    let preview = |yes: bool| -> Result<Value> {
        let answers = json!({ "history": { "has-conditions": { "valueBoolean": yes } } });
        let input = json!({ "language": "es-MX", "answers": answers });
        owner.ask("POST", "/v1/form-preview").json(&input).send()?.read(200)
    };
    let (yes, no) = (preview(true)?, preview(false)?);
    let shows = |it: &Value| it["shown"].as_array().is_some_and(|all| all.contains(&json!("conditions")));
    ensure!(shows(&yes) && !shows(&no), "the question is asked of those it is for");
    ensure!(yes["language"] == "es" && yes["form"]["title"] == "Antes de su evaluación");
    let missing = json!("/about-you/given-name");
    let told =
        |it: &Value| it["errors"].as_array().is_some_and(|all| all.iter().any(|it| it["pointer"] == missing));
    ensure!(told(&yes), "{:?}", yes["errors"]);
    ensure!(public(&clinic)?.read::<Value>(200)?["version"] == 1, "nothing is published yet");

    let key = "a-key-of-the-owner-0001";
    let published = publish(&owner, &etag, key)?;
    let request = published.request()?.to_owned();
    let published: Value = published.read(201)?;
    ensure!(published == json!({ "version": 2 }));
    is_named(&clinic, &request, "publish_form_draft", "version=2")?;
    ensure!(
        publish(&owner, &etag, key)?.read::<Value>(201)? == published,
        "the second click publishes nothing"
    );
    owner.ask("GET", DRAFT).send()?.refused(404, "not_found")?;
    let shown: Value = public(&clinic)?.read(200)?;
    ensure!(shown["version"] == 2 && shown["form"].pointer(QUESTION) == Some(&json!("Given name")));

    let kept: Value = old.ask("GET", "").send()?.read(200)?;
    ensure!(kept["formVersion"] == 1 && kept["form"].pointer(QUESTION) == Some(&json!("First name")));
    old.fill(&Person::invented())?;
    let late = json!({ "formVersion": 1, "consent": true });
    let problem = Intake::ask_to_start(&clinic).once().json(&late).send()?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/formVersion", "not_current")]));
    clinic.form_version = 2;
    let new: Value = Intake::start(&clinic)?.ask("GET", "").send()?.read(200)?;
    ensure!(new["formVersion"] == 2 && new["form"].pointer(QUESTION) == Some(&json!("Given name")));
    Ok(())
}

#[test]
fn a_retired_version_starts_nothing_and_what_was_started_on_it_goes_on() -> Result<()> {
    let mut clinic = Clinic::open(&Visage::connect()?)?;
    clinic.publish(&asking("Given name")?)?;
    let (owner, draft) = (clinic.staff(Role::Owner)?, Intake::start(&clinic)?);
    let earlier: Value = retire(&owner, 1)?.read(200)?;
    ensure!(earlier["open"] == true, "a version out of force is missed by nobody");
    ensure!(public(&clinic)?.read::<Value>(200)?["version"] == 2);

    let answer = retire(&owner, 2)?;
    let request = answer.request()?.to_owned();
    let retired: Value = answer.read(200)?;
    ensure!(retired["version"] == 2 && retired["open"] == false);
    ensure!(retire(&owner, 2)?.read::<Value>(200)? == retired, "the second click finds it done");
    is_named(&clinic, &request, "retire_form", "version=2")?;
    public(&clinic)?.refused(404, "not_found")?;
    let input = json!({ "formVersion": 2, "consent": true });
    Intake::ask_to_start(&clinic).once().json(&input).send()?.refused(404, "not_found")?;
    let kept: Value = draft.ask("GET", "").send()?.read(200)?;
    ensure!(kept["form"].pointer(QUESTION) == Some(&json!("Given name")));
    draft.fill(&Person::invented())?;

    let list = versions(&owner, "")?;
    ensure!(list.current.is_none() && list.listed() == [(2, "retired"), (1, "retired")], "{list:?}");
    ensure!(list.versions[0]["retiredBy"] == owner.id.as_str());
    clinic.publish(&default_form()?)?;
    ensure!(clinic.form_version == 3, "a number is used once");
    ensure!(public(&clinic)?.read::<Value>(200)?["version"] == 3);
    for (version, method, rest) in
        [("9", "POST", "/retirement"), ("03", "GET", ""), ("x", "GET", "/questionnaire")]
    {
        let ask = owner.ask(method, &format!("/v1/forms/{version}{rest}"));
        let ask = if method == "POST" { ask.json(&json!({})) } else { ask };
        ask.send()?.refused(404, "not_found")?;
    }
    Ok(())
}

#[test]
fn a_version_is_there_and_can_be_retired_the_moment_it_is_published() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (owner, form) = (clinic.staff(Role::Owner)?, default_form()?);
    // Asks until the version is there; before, it is nowhere.
    let met = |ask: &dyn Fn() -> Result<Answer>| -> Result<Answer> {
        for _ in 0..1_000 {
            let answer = ask()?;
            if answer.status != 404 {
                return answer.expect(200);
            }
        }
        bail!("the version never came")
    };
    for version in 2..8 {
        let path = format!("/v1/forms/{version}");
        std::thread::scope(|scope| -> Result<()> {
            let others = [
                scope.spawn(|| met(&|| retire(&owner, version))),
                scope.spawn(|| met(&|| owner.ask("GET", &path).send())),
                scope.spawn(|| met(&|| owner.ask("GET", &format!("{path}/questionnaire")).send())),
            ];
            owner.ask("POST", "/v1/forms").once().json(&form).send()?.expect(201)?;
            for other in others {
                other.join().unwrap_or_else(|_| bail!("panicked"))?;
            }
            Ok(())
        })?;
        ensure!(versions(&owner, "")?.current.is_none(), "{version} is retired and in force");
        ensure!(retire(&owner, version)?.read::<Value>(200)?["open"] == false);
        public(&clinic)?.refused(404, "not_found")?;
    }
    Ok(())
}

#[test]
fn every_version_is_listed_and_can_be_read() -> Result<()> {
    let mut clinic = Clinic::open(&Visage::connect()?)?;
    clinic.publish(&asking("Given name")?)?;
    clinic.publish(&asking("Forename")?)?;
    let provider = clinic.staff(Role::Provider)?;
    let answer = provider.ask("GET", "/v1/forms").send()?;
    let request = answer.request()?.to_owned();
    let list: Versions = answer.read(200)?;
    ensure!(list.listed() == [(3, "current"), (2, "superseded"), (1, "superseded")], "{list:?}");
    ensure!(list.current == Some(3) && list.next.is_none());
    ensure!(list.versions[0]["languages"] == json!(["en", "es"]));
    let entries = audit::of_request(&clinic, &request)?;
    ensure!(entries.iter().any(|it| it.shown == ["3", "2", "1"]), "the log names what was shown");
    ensure!(versions(&provider, "?next=2")?.listed() == [(1, "superseded")]);
    ensure!(versions(&provider, "?next=0")?.versions.is_empty());
    provider.ask("GET", "/v1/forms?next=new").send()?.refused(400, "invalid_query")?;
    let owner = clinic.staff(Role::Owner)?;
    let preview = owner.ask("POST", "/v1/form-preview").json(&json!({ "version": 2 })).send()?.expect(200)?;
    is_named(&clinic, preview.request()?, "preview_form", "version=2")?;
    for (version, text) in [(1, "First name"), (2, "Given name"), (3, "Forename")] {
        let shown: Value = provider.ask("GET", &format!("/v1/forms/{version}")).send()?.read(200)?;
        ensure!(shown["version"] == version && shown["form"].pointer(QUESTION) == Some(&json!(text)));
        ensure!(shown["form"]["translations"]["es"].is_object(), "in all its languages");
    }
    Ok(())
}

#[test]
fn a_clinics_forms_are_its_own_and_its_owners_to_change() -> Result<()> {
    let visage = Visage::connect()?;
    let (mut ours, theirs) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    ours.publish(&asking("Given name")?)?;
    save(&ours.staff(Role::Owner)?, None, &default_form()?)?.expect(200)?;
    let stranger = theirs.staff(Role::Owner)?;
    for path in [DRAFT, "/v1/forms/2", "/v1/forms/2/questionnaire"] {
        stranger.ask("GET", path).send()?.refused(404, "not_found")?;
    }
    retire(&stranger, 2)?.refused(404, "not_found")?;
    publish(&stranger, "\"1\"", "a-key-of-the-owner-0004")?.refused(404, "not_found")?;
    ensure!(versions(&stranger, "")?.listed() == [(1, "current")]);
    for role in [Role::Provider, Role::Coordinator, Role::Billing, Role::Compliance] {
        let staff = ours.staff(role)?;
        save(&staff, Some("\"1\""), &default_form()?)?.refused(403, "forbidden")?;
        publish(&staff, "\"1\"", "a-key-of-the-owner-0005")?.refused(403, "forbidden")?;
        retire(&staff, 1)?.refused(403, "forbidden")?;
        staff.ask("POST", "/v1/form-preview").json(&json!({})).send()?.refused(403, "forbidden")?;
    }
    ours.staff(Role::Billing)?.ask("GET", "/v1/forms").send()?.refused(403, "forbidden")?;
    ensure!(public(&ours)?.read::<Value>(200)?["version"] == 2);
    Ok(())
}

#[test]
fn the_second_click_publishes_no_second_version() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, form) = (clinic.staff(Role::Owner)?, default_form()?);
    owner.ask("POST", "/v1/forms").json(&form).send()?.refused(400, "idempotency_key_required")?;
    let key = "a-key-of-the-owner-0006";
    let click = || -> Result<Value> {
        owner.ask("POST", "/v1/forms").idempotency_key(key).json(&form).send()?.read(201)
    };
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..4).map(|_| scope.spawn(click)).collect();
        clicks.into_iter().filter_map(|click| click.join().ok()?.ok()).collect()
    });
    ensure!(answers.len() == 4 && answers.iter().all(|it| *it == json!({ "version": 1 })), "{answers:?}");
    let other = owner.ask("POST", "/v1/forms").idempotency_key(key).json(&asking("Given name")?);
    other.send()?.refused(422, "idempotency_key_reused")?;
    ensure!(versions(&owner, "")?.listed() == [(1, "current")]);
    Ok(())
}

#[test]
fn all_that_is_wrong_with_a_form_is_named_at_once() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let mut form = default_form()?;
    form["title"] = json!(" ");
    form["item"][0]["item"][2]["type"] = json!("string");
    form["item"][1]["item"][0]["purpose"] = Value::Null;
    form["item"][1]["item"][1]["enableWhen"][0]["question"] = json!("nobody-asks");
    form["consents"][4]["text"] = json!("Texts, please.");
    let expected = [
        ("/title", "blank"),
        ("/item/0/item/2/mapsTo", "identifier_type"),
        ("/item/1/item/0/purpose", "purpose_missing"),
        ("/item/1/item/1/enableWhen/0/question", "condition_unknown_question"),
        ("/consents/4/text", "sms_text_incomplete"),
    ];
    let problem = owner.ask("POST", "/v1/forms").once().json(&form).send()?.refused(422, "invalid_fields")?;
    for one in &expected {
        ensure!(problem.named().contains(one), "{one:?} is not among {:?}", problem.named());
    }
    // A draft may be wrong, and says so; it can't be published, and stays.
    let saved = save(&owner, None, &form)?;
    let etag = saved.etag()?;
    let saved: Value = saved.read(200)?;
    let told = saved["problems"].as_array().map(Vec::len);
    ensure!(told == Some(problem.errors.len()), "{told:?} of {}", problem.errors.len());
    let refused = publish(&owner, &etag, "a-key-of-the-owner-0007")?.refused(422, "invalid_fields")?;
    ensure!(refused.named() == problem.named());
    let draft: Value = owner.ask("GET", DRAFT).send()?.read(200)?;
    ensure!(draft["problems"] == saved["problems"] && draft["form"]["title"] == " ");
    public(&clinic)?.refused(404, "not_found")?;

    // What no database has a place for is kept, too; what is too large is not.
    let mut deep =
        json!({ "linkId": "", "text": "\u{0}", "type": "decimal", "minValue": 1e300, "maxValue": -1e-300 });
    for _ in 0..40 {
        deep = json!({ "linkId": "deep", "text": "", "type": "group", "item": [deep] });
    }
    let odd = json!({ "title": "", "language": "", "item": [deep], "translations": { "": { "item": { "": {} } } } });
    let etag = save(&owner, Some(&etag), &odd)?.expect(200)?.etag()?;
    ensure!(owner.ask("GET", DRAFT).send()?.read::<Value>(200)?["form"]["item"][0]["linkId"] == "deep");
    owner.ask("POST", "/v1/form-preview").json(&json!({})).send()?.expect(200)?;
    let item = json!({ "linkId": "x", "text": "X", "type": "display" });
    let crowd = json!({ "title": "T", "language": "en", "item": vec![item; 301] });
    let problem = save(&owner, Some(&etag), &crowd)?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/item", "too_many_items")]));
    let strange = json!({ "title": "T", "language": "en", "item": [], "theme": "dark" });
    save(&owner, Some(&etag), &strange)?.refused(400, "invalid_body")?;
    Ok(())
}
