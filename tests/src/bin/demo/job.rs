//! The main job at one clinic, step by step.

use crate::script::Script;
use crate::show::Show;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use visage_tests::clinic::agreements;
use visage_tests::evaluation::{Opened, Visit};
use visage_tests::intake::Submitted;
use visage_tests::messages::{self, Mail, Sms};
use visage_tests::picture::Picture;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, report, until};

/// What came of it.
pub(crate) struct Done {
    pub(crate) clinic: Clinic,
    pub(crate) patient: Person,
    pub(crate) visit: Visit,
    /// The evaluation as the provider found it.
    pub(crate) opened: Opened,
    /// When it was signed, by the clinic's clock.
    pub(crate) signed: String,
    pub(crate) mail: Mail,
    pub(crate) sms: Sms,
    /// The token of the mailed link.
    pub(crate) token: String,
    /// The report that was read.
    pub(crate) file: PathBuf,
}

/// Does all of it.
pub(crate) fn run(show: &mut Show, visage: &Visage, script: &Script) -> Result<Done> {
    let (name, zone) = (text(script, "name"), text(script, "timeZone"));
    show.part(&format!("{name}: {}, by the clock of {}", script.language, zone.replace('_', " ")));
    let clinic = clinic(show, visage, script)?;
    let provider = clinic.staff(Role::Provider)?;
    let visit = intake(show, &clinic, script)?;
    let opened = analysis(show, &provider, &visit)?;
    show.step(
        "Mailbox and mobile number were confirmed by the links of the first messages",
        "A report link goes only where the patient has shown that messages arrive.",
        || report::confirm_both(&clinic, &script.patient),
    )?;
    let signed = sign(show, &provider, &visit, &opened, script)?;
    let (mail, sms) = messages(show, &clinic, &visit, &script.patient)?;
    let token = report::token_in(&mail.body_text).context("the mail has a link")?;
    let file = read(show, visage, &token, script)?;
    let patient = script.patient.clone();
    Ok(Done { clinic, patient, visit, opened, signed, mail, sms, token, file })
}

fn text<'s>(script: &'s Script, field: &str) -> &'s str {
    script.registration[field].as_str().unwrap_or_default()
}

fn clinic(show: &mut Show, visage: &Visage, script: &Script) -> Result<Clinic> {
    let mut clinic = show.step(
        "The clinic was registered, and five members of staff invited by mail",
        "Until its owner has signed, nothing that touches health data answers.",
        || Clinic::pending(visage, &script.registration),
    )?;
    show.step(
        &format!("{} of them set a password and enrolled an authenticator", script.staff.len()),
        "A password alone opens no session, whatever the identity provider says.",
        || script.staff.iter().try_for_each(|role| clinic.staff(*role).map(drop)),
    )?;
    show.step(
        "The owner signed the terms, the data processing and the business associate agreement",
        "Signed under the exact text of a version; a new one asks for a new signature.",
        || clinic.accept(&agreements())?.expect(200),
    )?;
    newcomer(show, &clinic, script)?;
    let form = serde_json::from_str(&script.form)?;
    show.step(
        &format!("The owner published the clinic's form, in {}", script.language),
        "Every question says what it is for, or the form can't be published.",
        || clinic.publish(&form),
    )?;
    Ok(clinic)
}

/// Somebody joins, and is kept out again.
fn newcomer(show: &mut Show, clinic: &Clinic, script: &Script) -> Result<()> {
    let (_, newcomer) = show.step(
        "The owner invited one more provider, who enrolled an authenticator and came in",
        "Roles and licences are the owner's to give; who holds no valid licence of the state signs nothing.",
        || clinic.join(&script.newcomer),
    )?;
    show.step(
        "The owner suspended them, and their next request was refused",
        "No token outlives the membership: every request asks it. A clinic always keeps an active owner.",
        || {
            let owner = clinic.staff(Role::Owner)?;
            owner.decide_on(&newcomer.id, "active", "suspended", "on_leave")?.expect(200)?;
            newcomer.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated")?;
            owner.decide_on(&owner.id, "active", "terminated", "left")?.refused(409, "last_owner")
        },
    )?;
    Ok(())
}

fn intake(show: &mut Show, clinic: &Clinic, script: &Script) -> Result<Visit> {
    let intake = show.step(
        "A patient read the form and consented to the collection; an intake was started",
        "Nothing is stored before that consent.",
        || {
            clinic.visage.ask("GET", &format!("/v1/clinics/{}/form", clinic.slug)).send()?.expect(200)?;
            Intake::start(clinic)
        },
    )?;
    show.step(
        &format!("{} sections were answered", script.answers.len()),
        "Each is sealed under the patient's own key: without the key nothing of it can be read.",
        || {
            script
                .answers
                .iter()
                .try_for_each(|(section, answers)| intake.save(section, answers)?.expect(200).map(drop))
        },
    )?;
    show.step(
        "Consents to photographs and to their analysis were given, one by one",
        "Either may be refused; a refusal of the analysis changes nothing else.",
        || {
            intake.decide("photographs", true)?.expect(201)?;
            intake.decide("face_analysis", true)?.expect(201)
        },
    )?;
    let portrait = Picture::portrait(&clinic.visage)?;
    show.step(
        "A portrait went straight to S3, was checked and cleaned, and the original destroyed",
        "Where and with what it was taken is nobody's business; a file that is no photo is refused.",
        || {
            let photo = intake.upload("frontal", &portrait)?;
            let settled = intake.settled(&photo)?;
            ensure!(settled.state == "stored", "the portrait was rejected: {:?}", settled.code);
            Ok(())
        },
    )?;
    show.step(
        "The intake was handed in, with consent to text messages and without one to sharing",
        "Both are off unless the patient turns them on, and never a condition.",
        || {
            let submitted: Submitted = intake.submit(false, true)?.read(201)?;
            intake.visit(clinic, &submitted.evaluation)
        },
    )
}

fn analysis(show: &mut Show, provider: &Staff, visit: &Visit) -> Result<Opened> {
    show.step(
        "The provider opened it from the queue: answers, portrait, and what was measured",
        "Only an approved vendor was asked, once, and only since the patient agreed.",
        || {
            let done = |opened: &Opened| {
                opened.photo("frontal").is_some_and(|photo| photo.analysis_state() == "done")
            };
            provider.open_until(visit, "the portrait is analysed", done)
        },
    )
}

/// Answers when it was signed, by the clinic's clock.
fn sign(
    show: &mut Show,
    provider: &Staff,
    visit: &Visit,
    opened: &Opened,
    script: &Script,
) -> Result<String> {
    let portrait = opened.photo("frontal").context("there is a portrait")?;
    let signed = show.step(
        "The assessment was written and signed, with the portrait for the report",
        "From here on it never changes: corrections are added, and its content's hash is on the report.",
        || provider.conclude_showing(visit, &script.assessment, &[&portrait.photo]),
    )?;
    let at = signed.signature.as_ref().and_then(|signature| signature["signedAt"].as_str());
    let at: jiff::Timestamp = at.context("a signature says when")?.parse()?;
    Ok(at.in_tz(text(script, "timeZone"))?.strftime("%Y-%m-%d %H:%M %Z").to_string())
}

fn messages(show: &mut Show, clinic: &Clinic, visit: &Visit, patient: &Person) -> Result<(Mail, Sms)> {
    let (provider, visage) = (clinic.staff(Role::Provider)?, &clinic.visage);
    show.step(
        "The report was rendered as a tagged PDF; text message and mail took a link each",
        "They name the clinic and nothing of the patient.",
        || {
            let sent = |opened: &Opened| {
                let is_sent = |channel| {
                    opened.notice("report_ready", channel).is_some_and(|notice| notice.state == "sent")
                };
                is_sent("email") && is_sent("sms")
            };
            provider.open_until(visit, "both notices of the report are sent", sent)?;
            let ours = format!("v1.{}.", clinic.id);
            let is_ours = |text: &str| report::token_in(text).is_some_and(|token| token.starts_with(&ours));
            let mails = messages::mails_to(visage, &patient.email)?;
            let texts = messages::texts_to(visage, &patient.phone)?;
            let mail = mails.into_iter().rfind(|mail| is_ours(&mail.body_text));
            let sms = texts.into_iter().rfind(|sms| is_ours(&sms.message));
            Ok((mail.context("no mail has a link")?, sms.context("no text message has a link")?))
        },
    )
}

fn read(show: &mut Show, visage: &Visage, token: &str, script: &Script) -> Result<PathBuf> {
    let patient = &script.patient;
    show.step(
        "The link was tried with a wrong date of birth, and refused",
        "Who has the link alone has nothing; after five wrong dates it is locked.",
        || report::open(visage, token, patient.wrong_birth_date())?.refused(401, "wrong_second_factor"),
    )?;
    show.step(
        "The right date opened the report for fifteen minutes",
        "Whoever opens it, and when, is in the log that the clinic can read.",
        || {
            let view: report::View = report::open(visage, token, &patient.birth_date)?.read(201)?;
            let pdf = until("the report can be fetched", || {
                let answer = visage.http.ask("GET", &view.url).send()?;
                Ok((answer.status == 200).then_some(answer.body))
            })?;
            ensure!(pdf.starts_with(b"%PDF-"), "what came is no PDF");
            ensure!(pdf.windows(6).any(|window| window == b"/Image"), "the report shows no photo");
            let file = visage.stack.file.with_file_name(script.file);
            std::fs::write(&file, pdf)?;
            Ok(file)
        },
    )
}
