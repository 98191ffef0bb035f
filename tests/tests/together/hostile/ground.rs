//! A clinic in which every operation has something to work on, its callers, and a good body for each.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use visage_domain::form::Form;
use visage_domain::form::fhir::Publication;
use visage_domain::permission::Grant;
use visage_domain::principal;
use visage_platform::operation::Listed;
use visage_tests::aws::{Item, text};
use visage_tests::evaluation::{Opened, Visit};
use visage_tests::glass::{Glass, broken_by};
use visage_tests::http::{Answer, Ask};
use visage_tests::operator::{Operator, cleared};
use visage_tests::registration::{own_registration, requested};
use visage_tests::retake::token_in;
use visage_tests::staff::Role;
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Person, Visage, clinic, forms, messages, records, report, until};

/// The longest that any answer may take on a busy machine. What takes its function longer than that one has is answered
/// with 5xx, which nothing here may be.
const ANSWER: Duration = Duration::from_secs(30);

const FORM: &str = include_str!("../../../demo/clinica.json");

const ROLES: [(Role, principal::Role); 5] = [
    (Role::Provider, principal::Role::Provider),
    (Role::Coordinator, principal::Role::Coordinator),
    (Role::Owner, principal::Role::Owner),
    (Role::Compliance, principal::Role::Compliance),
    (Role::Billing, principal::Role::Billing),
];

/// What there is to work on.
pub(crate) struct Ground {
    pub(crate) visage: Visage,
    pub(crate) operator: Operator,
    clinic: Clinic,
    /// An intake that is still being filled in.
    draft: Intake,
    /// An evaluation that waits.
    visit: Visit,
    /// One whose report was sent.
    reported: report::Reported,
    /// What confirms the mailbox of the one who waits.
    confirmation: String,
    /// The link by which their photo is taken again.
    retake: String,
    /// The name of a link to the report.
    link: String,
    /// A glass that was broken, whose hour is over.
    glass: Glass,
    /// What registers a clinic that was asked for.
    registration: String,
}

/// Takes FHIR, of which any JSON is read and what is wrong refused by its own reader: 422, and where.
pub(crate) const IMPORT: &str = "import_form";

fn tomorrow() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(24)
}

/// The demo's form as FHIR has it.
fn questionnaire() -> Value {
    let publication =
        Publication { url: "urn:example:form", version: None, status: "draft", date: None, publisher: None };
    serde_json::from_str::<Form>(FORM).map(|form| form.to_questionnaire(&publication)).unwrap_or_default()
}

/// The same body about an intake that wasn't imported before: one that was isn't looked into again.
pub(crate) fn unheard_of(mut body: Value, place: &str) -> Value {
    const REFERENCE: &str = "/intakes/0/reference";
    if let Some(reference) = body.pointer_mut(REFERENCE).filter(|_| place != REFERENCE) {
        *reference = json!(Person::invented().mark);
    }
    body
}

/// Sends a request that has to be answered in time.
pub(crate) fn timed(ask: Ask) -> Result<Answer> {
    let start = Instant::now();
    let answer = ask.send()?;
    ensure!(start.elapsed() < ANSWER, "{} took {:?}", answer.what, start.elapsed());
    Ok(answer)
}

impl Ground {
    pub(crate) fn prepare() -> Result<Self> {
        let visage = Visage::connect()?;
        let (operator, clinic) = (Operator::of(&visage)?, Clinic::open(&visage)?);
        let reported = report::Reported::whole(&clinic, &Person::invented())?;
        let waiting = Person::invented();
        let visit = Intake::whole(&clinic, &waiting, true)?;
        clinic.staff(Role::Provider)?.open_until(&visit, "everything of it is done", |opened| {
            let analysed = |opened: &Opened| opened.photos.iter().all(|it| it.analysis_state() == "done");
            // What asks to confirm a channel went out, and nothing waits behind it.
            analysed(opened) && opened.notices.iter().all(|notice| notice.state != "pending")
        })?;
        let confirmation = until("the mail to confirm arrives", || {
            let mails = messages::mails_to(&visage, &waiting.email)?;
            Ok(mails.iter().find_map(|mail| report::confirmation_in(&mail.body_text)))
        })?;
        let retake = json!({ "view": "frontal", "reason": "blurred", "channel": "hand" });
        let retake = clinic
            .staff(Role::Provider)?
            .ask("POST", &format!("{}/retakes", visit.path()))
            .once()
            .json(&retake);
        let retake: Value = retake.send()?.read(201)?;
        let retake = token_in(retake["url"].as_str().unwrap_or_default()).context("a retake link")?;
        let opened = clinic.staff(Role::Provider)?.open(&reported.visit)?;
        let link = opened.notices.iter().find_map(|notice| notice.link.clone()).context("a link")?;
        // A draft of the form, for those who change it.
        forms::save(&clinic.staff(Role::Owner)?, None, &serde_json::from_str(FORM)?)?.expect(200)?;
        // Leave to export and to import, so that what is asked for is looked at.
        let owner = clinic.staff(Role::Owner)?;
        owner.grant_export(&clinic.staff(Role::Provider)?.id, tomorrow())?.expect(200)?;
        owner.grant_import(&clinic.staff(Role::Coordinator)?.id, tomorrow())?.expect(200)?;
        let draft = Intake::start(&clinic)?;
        draft.decide("photographs", true)?.expect(201)?;
        let glass = broken_by(&clinic.staff(Role::Billing)?)?;
        glass.end(&clinic)?;
        let registration = requested(&visage, &own_registration())?;
        Ok(Self {
            visage,
            operator,
            clinic,
            draft,
            visit,
            reported,
            confirmation,
            link,
            retake,
            glass,
            registration,
        })
    }

    /// A request of one who may call the operation, about what is there, without a body.
    pub(crate) fn ask(&self, operation: &Listed) -> Result<Ask> {
        let path = operation
            .info
            .path
            .replace("{patient}", &self.visit.patient)
            .replace("{other}", &self.reported.visit.patient)
            .replace("{evaluation}", &self.visit.evaluation)
            .replace("{other_evaluation}", &self.reported.visit.evaluation)
            .replace("{intake}", &self.visit.evaluation.replace("eva_", "int_"))
            .replace("{link}", &self.link)
            .replace("{version}", &self.clinic.form_version.to_string())
            .replace("{slug}", &self.clinic.slug)
            .replace("{clinic}", &self.clinic.id)
            .replace("{staff}", &self.clinic.staff(Role::Billing)?.id)
            .replace("{session}", "ses_00000000000000000000000000")
            .replace("{export}", "exp_00000000000000000000000000")
            .replace("{permission}", "export")
            .replace("{break_glass}", &self.glass.id)
            .replace("{access_review}", "rev_00000000000000000000000000")
            .replace("{vendor}", "aws")
            .replace("{operator}", "opr_0123456789abcdefghjkmnpqr0")
            .replace("{section}", "about-you");
        let ask = self.visage.ask(operation.info.method, &path).once();
        Ok(match operation.permission.grant {
            Grant::Visitor | Grant::Function => ask,
            Grant::Operator => ask.bearer(&self.operator.token),
            Grant::Patient => {
                ask.bearer(&self.draft.resume_token).header("x-device-secret", &self.draft.device_secret)
            }
            Grant::Recipient if operation.info.name == "confirm_channel" => ask.bearer(&self.confirmation),
            Grant::Recipient if matches!(operation.info.name, "get_retake" | "retake_photo") => {
                ask.bearer(&self.retake)
            }
            Grant::Recipient => ask.bearer(&self.reported.mailed),
            Grant::Registrant => ask.bearer(&self.registration),
            Grant::Staff(allowed) => {
                let role = ROLES.iter().find(|(_, role)| allowed.contains(role));
                let (role, _) = role.context("an operation of staff is somebody's")?;
                ask.bearer(&self.clinic.staff(*role)?.token)
            }
        })
    }

    /// A body that fits the operation; an empty one for those that take none.
    pub(crate) fn template(&self, operation: &str) -> Value {
        let (person, version) = (Person::invented(), self.clinic.form_version);
        let sections: serde_json::Map<_, _> =
            person.answers().into_iter().map(|(section, answers)| (section.to_owned(), answers)).collect();
        match operation {
            "start_session" => json!({ "accessToken": "a.b.c", "clinic": self.clinic.slug }),
            "start_operator_session" => json!({ "accessToken": "a.b.c" }),
            "register_clinic" => clinic::registration(),
            "request_registration" => own_registration(),
            "accept_agreements" => clinic::agreements(),
            "change_clinic_status" => json!({ "from": "suspended", "to": "active", "reason": "resolved" }),
            "record_vendor" => cleared(),
            "invite_staff" => json!({
                "email": format!("somebody.{}@clinic.example", person.mark), "name": "Ana", "credential": "RN",
                "roles": ["provider"], "licences": [clinic::licence("2099-12-31")],
            }),
            "update_staff" => json!({
                "name": "Ana", "credential": "RN", "roles": ["billing"], "licences": [clinic::licence("2099-12-31")],
            }),
            "change_staff_status" => json!({ "from": "suspended", "to": "active", "reason": "returned" }),
            "grant_bulk_permission" => json!({ "until": tomorrow().to_string() }),
            "start_answer_export" => json!({
                "since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z", "status": "signed",
                "reason": "quality_review",
            }),
            "update_clinic_settings" => json!({ "minors": "refused", "reportSecondFactor": "birth_date" }),
            "publish_form" | "save_form_draft" => serde_json::from_str(FORM).unwrap_or_default(),
            IMPORT => questionnaire(),
            "preview_form" => {
                json!({ "version": version, "language": "es", "answers": { "history": sections["history"] } })
            }
            "start_intake" => json!({ "formVersion": version, "language": "es", "consent": true }),
            "enter_intake" => json!({
                "source": "desk", "formVersion": version, "language": "es", "sections": sections,
                "consents": { "collect": true, "photographs": false },
            }),
            "import_intakes" => json!({
                "formVersion": version, "language": "es",
                "intakes": [{
                    "reference": person.mark, "source": "desk", "sections": sections,
                    "consents": { "collect": true, "photographs": false },
                }],
            }),
            "save_section" => json!({ "answers": sections["about-you"] }),
            "give_consent" => json!({ "purpose": "face_analysis", "given": true, "formVersion": version }),
            "name_guardian" => {
                json!({ "name": "Ana", "relation": "parent", "consent": true, "formVersion": version })
            }
            "admit_device" | "open_report" => json!({ "birthDate": "1980-01-01" }),
            // Either is asked for; here are both, so that each is looked at.
            "request_upload" => {
                json!({ "view": "frontal", "question": "letters", "contentType": "image/png" })
            }
            "request_retake" => json!({ "view": "frontal", "reason": "blurred", "channel": "hand" }),
            "retake_photo" => json!({ "contentType": "image/png" }),
            "submit_intake" => json!({ "sharing": false, "sms": false }),
            "add_note" => json!({ "kind": "desk", "text": "Called." }),
            "assess_evaluation" => {
                json!({ "findings": [{ "area": "Brow", "text": "Even." }], "recommendations": "None." })
            }
            "sign_evaluation" => json!({ "reportPhotos": ["pho_00000000000000000000000000"] }),
            "assign_evaluation" => {
                json!({ "assignee": "stf_00000000000000000000000000", "reason": "Holidays." })
            }
            "add_addendum" => json!({ "text": "One more thing." }),
            "withdraw_evaluation" => json!({ "reason": "The wrong patient." }),
            "decide_match" => json!({ "verdict": "same", "reason": "Asked." }),
            "break_glass" => json!({ "reason": "treatment_emergency", "explanation": "Nobody answers." }),
            "review_break_glass" => json!({ "finding": "justified", "note": "One chart." }),
            "attest_access_review_line" => json!({ "decision": "keep" }),
            _ => json!({}),
        }
    }

    /// The body to be spoilt: the good one. Only a questionnaire takes any field, and says which it left behind: it is
    /// spoilt where it can't be taken in any case.
    pub(crate) fn spoilable(&self, operation: &str) -> Value {
        let mut body = self.template(operation);
        if operation == IMPORT {
            body["modifierExtension"] = json!([]);
        }
        body
    }

    /// Operations, each with a body that names something of another clinic, and where it does.
    pub(crate) fn foreign(&self) -> Result<[(&'static str, Value, &'static str); 2]> {
        let other = Clinic::open(&self.visage)?;
        let intake = Intake::start(&other)?;
        intake.decide("photographs", true)?.expect(201)?;
        intake.decide("face_analysis", false)?.expect(201)?;
        let upload: Upload = intake.ask_to_upload("frontal", "image/png")?.read(201)?;
        let provider = self.clinic.staff(Role::Provider)?;
        let etag = provider.open(&self.visit)?.etag;
        provider.assess(&self.visit, &etag, &self.template("assess_evaluation"))?.expect(200)?;
        let staff = other.staff(Role::Provider)?.id;
        Ok([
            ("assign_evaluation", json!({ "assignee": staff, "reason": "Holidays." }), "/assignee"),
            ("sign_evaluation", json!({ "reportPhotos": [upload.photo] }), "/reportPhotos/0"),
        ])
    }

    /// What the clinic's records hold once nothing works on them any more; sessions, which every request may renew,
    /// left out.
    pub(crate) fn settled_records(&self) -> Result<BTreeSet<String>> {
        let mut before = BTreeSet::new();
        until("nothing works on the records", || {
            let now = self.records()?;
            let settled = now == before;
            before = now;
            std::thread::sleep(Duration::from_secs(1));
            Ok(settled.then(|| before.clone()))
        })
    }

    /// What is on record, but for the use of sessions, and for what any clinic is told of when some test changes a vendor.
    fn records(&self) -> Result<BTreeSet<String>> {
        let all = records::of_clinic(&self.clinic)?;
        let is_news = |item: &Item| text(item, "event").is_ok_and(|it| it == "vendor_changed");
        let is_session = |item: &Item| text(item, "item_type").is_ok_and(|it| it == "session");
        let counted = all.into_iter().filter(|item| !is_session(item) && !is_news(item));
        Ok(counted.map(|item| Value::Object(item).to_string()).collect())
    }
}
