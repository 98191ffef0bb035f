//! A patient's intake, from the consent to the submission.

use crate::clinic::Clinic;
use crate::evaluation::{Decided, Visit};
use crate::http::{Answer, Ask};
use crate::people::Person;
use crate::picture::Picture;
use crate::until::until;
use crate::upload::Upload;
use crate::visage::Visage;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

pub use crate::received::{Quality, Received, ReceivedDocument};

/// An intake that was started, and the token to go on with it.
#[derive(Clone, Debug)]
pub struct Intake {
    /// The system.
    pub visage: Visage,
    /// The intake.
    pub id: String,
    /// What opens it.
    pub resume_token: String,
    /// What shows that this is the device of the start; empty on another.
    pub device_secret: String,
    /// The version of the form that is answered.
    pub form_version: u32,
}

/// What the API answers to a start.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    intake: String,
    resume_token: String,
    device_secret: String,
}

/// An intake as it stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// `draft`: once it is submitted it can't be read any more.
    pub status: String,
    /// Whether saved answers are shown on this device.
    pub reading: Value,
    /// Which sections were saved.
    pub saved: Vec<Value>,
    /// What was answered, by section.
    pub sections: Value,
    /// The guardian of a minor.
    pub guardian: Option<Value>,
    /// What was decided.
    pub consents: Vec<Decided>,
    /// The photos.
    pub photos: Vec<Received>,
    /// The documents.
    pub documents: Vec<ReceivedDocument>,
}

/// What the API answers to a submission.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Submitted {
    /// The evaluation it leads to.
    pub evaluation: String,
    /// When.
    pub submitted_at: jiff::Timestamp,
    /// What was decided last for each purpose.
    pub consents: Vec<Decided>,
}

impl Intake {
    /// Starts an intake with the consent to collect.
    ///
    /// # Errors
    /// If it is refused.
    pub fn start(clinic: &Clinic) -> Result<Self> {
        Self::start_with(clinic, &json!({ "formVersion": clinic.form_version, "consent": true }))
    }

    /// Starts an intake with the consent to collect, given in one of the form's languages.
    ///
    /// # Errors
    /// If it is refused.
    pub fn start_in(clinic: &Clinic, language: &str) -> Result<Self> {
        let version = clinic.form_version;
        Self::start_with(clinic, &json!({ "formVersion": version, "consent": true, "language": language }))
    }

    fn start_with(clinic: &Clinic, input: &Value) -> Result<Self> {
        let started: Started = Self::ask_to_start(clinic).once().json(input).send()?.read(201)?;
        Ok(Self {
            visage: clinic.visage.clone(),
            id: started.intake,
            resume_token: started.resume_token,
            device_secret: started.device_secret,
            form_version: clinic.form_version,
        })
    }

    /// Begins a request to start one.
    pub fn ask_to_start(clinic: &Clinic) -> Ask {
        clinic.visage.ask("POST", &format!("/v1/clinics/{}/intakes", clinic.slug))
    }

    /// Begins a request with the resume token; `path` follows `/v1/intake`.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        let ask = self.visage.ask(method, &format!("/v1/intake{path}")).bearer(&self.resume_token);
        if self.device_secret.is_empty() { ask } else { ask.header("x-device-secret", &self.device_secret) }
    }

    /// The same intake on another device, where only the token is known.
    pub fn elsewhere(&self) -> Self {
        Self { device_secret: String::new(), ..self.clone() }
    }

    /// Enters the birth date on this device, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn prove(&self, birth_date: &str) -> Result<Answer> {
        self.ask("POST", "/devices").json(&json!({ "birthDate": birth_date })).send()
    }

    /// Names a parent as guardian, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn name_guardian(&self, name: &str) -> Result<Answer> {
        let version = self.form_version;
        let input = json!({ "name": name, "relation": "parent", "consent": true, "formVersion": version });
        self.ask("POST", "/guardian").once().json(&input).send()
    }

    /// How it stands.
    ///
    /// # Errors
    /// If it is refused.
    pub fn get(&self) -> Result<Standing> {
        self.ask("GET", "").send()?.read(200)
    }

    /// Saves a section, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn save(&self, section: &str, answers: &Value) -> Result<Answer> {
        self.ask("PUT", &format!("/sections/{section}")).json(&json!({ "answers": answers })).send()
    }

    /// Saves all that a person answers to the default form.
    ///
    /// # Errors
    /// If a section is refused.
    pub fn fill(&self, person: &Person) -> Result<()> {
        for (section, answers) in person.answers() {
            self.save(section, &answers)?.expect(200)?;
        }
        Ok(())
    }

    /// Decides on a consent, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn decide(&self, purpose: &str, given: bool) -> Result<Answer> {
        let input = json!({ "purpose": purpose, "given": given, "formVersion": self.form_version });
        self.ask("POST", "/consents").once().json(&input).send()
    }

    /// Asks for leave to upload, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn ask_to_upload(&self, view: &str, content_type: &str) -> Result<Answer> {
        let input = json!({ "view": view, "contentType": content_type });
        self.ask("POST", "/uploads").once().json(&input).send()
    }

    /// Asks for leave to upload a document, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn ask_to_attach(&self, question: &str, content_type: &str) -> Result<Answer> {
        let input = json!({ "question": question, "contentType": content_type });
        self.ask("POST", "/uploads").once().json(&input).send()
    }

    /// Uploads a document for a question; answers its id.
    ///
    /// # Errors
    /// If it is refused.
    pub fn attach(&self, question: &str, file: &Picture) -> Result<String> {
        let upload: Upload = self.ask_to_attach(question, file.content_type)?.read(201)?;
        upload.place(&self.visage, &file.bytes)?;
        Ok(upload.document)
    }

    /// Waits until a document is stored or rejected; answers how it stands then.
    ///
    /// # Errors
    /// If that takes too long.
    pub fn attached(&self, document: &str) -> Result<ReceivedDocument> {
        until("the document is stored or rejected", || {
            let found = self.get()?.documents.into_iter().find(|found| found.document == document);
            let found = found.context("the intake lacks a document that was uploaded")?;
            Ok(matches!(found.state.as_str(), "stored" | "rejected").then_some(found))
        })
    }

    /// Uploads a photo; answers its id.
    ///
    /// # Errors
    /// If it is refused.
    pub fn upload(&self, view: &str, picture: &Picture) -> Result<String> {
        let upload: Upload = self.ask_to_upload(view, picture.content_type)?.read(201)?;
        upload.place(&self.visage, &picture.bytes)?;
        Ok(upload.photo)
    }

    /// Waits until a photo is stored or rejected; answers how it stands then.
    ///
    /// # Errors
    /// If that takes too long.
    pub fn settled(&self, photo: &str) -> Result<Received> {
        until("the photo is stored or rejected", || {
            let found = self.get()?.photos.into_iter().find(|found| found.photo == photo);
            let found = found.context("the intake lacks a photo that was uploaded")?;
            Ok(matches!(found.state.as_str(), "stored" | "rejected").then_some(found))
        })
    }

    /// Submits, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn submit(&self, sharing: bool, sms: bool) -> Result<Answer> {
        self.ask("POST", "/submission").once().json(&json!({ "sharing": sharing, "sms": sms })).send()
    }

    /// Everything a patient does: fills in, consents to photos and analysis, uploads a portrait, submits.
    /// Answers which evaluation it led to.
    ///
    /// # Errors
    /// If something on the way is refused.
    pub fn whole(clinic: &Clinic, person: &Person, sms: bool) -> Result<Visit> {
        let intake = Self::start(clinic)?;
        intake.fill(person)?;
        intake.decide("photographs", true)?.expect(201)?;
        intake.decide("face_analysis", true)?.expect(201)?;
        let photo = intake.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
        intake.settled(&photo)?;
        let submitted: Submitted = intake.submit(false, sms)?.read(201)?;
        intake.visit(clinic, &submitted.evaluation)
    }

    /// The evaluation with its patient, whom only the records name.
    ///
    /// # Errors
    /// If the clinic doesn't have it.
    pub fn visit(&self, clinic: &Clinic, evaluation: &str) -> Result<Visit> {
        let provider = clinic.staff(crate::staff::Role::Provider)?;
        let line = provider.queue("new")?.into_iter().find(|line| line.evaluation == evaluation);
        Ok(line.context("a submitted intake stands in the queue")?.visit())
    }
}
