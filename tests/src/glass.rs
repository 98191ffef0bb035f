//! A broken glass, and what lies behind the API of it.

use crate::aws::{Item, plain};
use crate::clinic::Clinic;
use crate::http::Answer;
use crate::staff::Staff;
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// What its breakers say of it. May name a patient, and stands nowhere in the clear.
pub const EXPLANATION: &str = "CANARY-EXPLANATION-51c8: Zoë Wunderlich can't breathe.";

/// A glass that was broken.
#[derive(Clone, Debug)]
pub struct Glass {
    /// Its id.
    pub id: String,
    /// Until when charts are open.
    pub until: Timestamp,
    staff: Staff,
}

/// Asks to break the glass, as one click of its own, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn ask(staff: &Staff) -> Result<Answer> {
    let input = json!({ "reason": "treatment_emergency", "explanation": EXPLANATION });
    staff.ask("POST", "/v1/break-glass").once().json(&input).send()
}

/// Breaks the glass.
///
/// # Errors
/// If it is refused.
pub fn broken_by(staff: &Staff) -> Result<Glass> {
    Glass::of(staff, &ask(staff)?.read(201)?)
}

impl Glass {
    /// The one that somebody's request was answered with.
    ///
    /// # Errors
    /// If it wasn't.
    pub fn of(staff: &Staff, answered: &Value) -> Result<Self> {
        let id = answered["breakGlass"].as_str().context("it has an id")?.to_owned();
        let until = answered["until"].as_str().context("it ends")?.parse()?;
        Ok(Self { id, until, staff: staff.clone() })
    }

    /// Its path.
    pub fn path(&self) -> String {
        format!("/v1/break-glass/{}", self.id)
    }

    /// What is stored of it.
    ///
    /// # Errors
    /// If it isn't.
    pub fn item(&self, clinic: &Clinic) -> Result<Item> {
        let sort = format!("GLASS#{}", self.id);
        let found =
            clinic.visage.aws.query(clinic.visage.records()?, &format!("C#{}", clinic.id), &sort)?.pop();
        found.context("it is on record")
    }

    /// Lets its hour end in this instant, wherever that is stored.
    ///
    /// # Errors
    /// If it can't be stored.
    pub fn end(&self, clinic: &Clinic) -> Result<()> {
        let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
        let now = json!({ "S": Timestamp::now().to_string() });
        aws.set(table, &self.item(clinic)?, "until", &now)?;
        let partition = format!("C#{}#S#{}", clinic.id, self.staff.id);
        for session in aws.query(table, &partition, "SESSION#")? {
            if session.get("break_glass").is_some_and(|it| it["M"]["break_glass"]["S"] == self.id.as_str()) {
                let ended = json!({ "M": { "break_glass": { "S": self.id }, "until": now } });
                aws.set(table, &session, "break_glass", &ended)?;
            }
        }
        Ok(())
    }

    /// Lets its review be due for `time`, wherever that is stored.
    ///
    /// # Errors
    /// If it can't be stored.
    pub fn is_due_for(&self, clinic: &Clinic, time: SignedDuration) -> Result<()> {
        let (aws, table, item) = (&clinic.visage.aws, clinic.visage.records()?, self.item(clinic)?);
        let since = Timestamp::now() - time;
        aws.set(table, &item, "remind_at", &json!({ "S": since.to_string() }))?;
        aws.set(table, &item, "outbox_sk", &json!({ "S": format!("{since:.6}#{}", self.id) }))
    }

    /// Has somebody review it, whatever comes of that.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn reviewed_by(&self, staff: &Staff, finding: &str) -> Result<Answer> {
        let input = json!({ "finding": finding, "note": "CANARY-NOTE-93ab: asked Zoë Wunderlich." });
        staff.ask("PUT", &format!("{}/review", self.path())).json(&input).send()
    }
}

/// How many alerts of an event a clinic has.
///
/// # Errors
/// If the table can't be read.
pub fn alerts(clinic: &Clinic, event: &str) -> Result<usize> {
    let items = clinic.visage.aws.query(clinic.visage.records()?, &format!("C#{}", clinic.id), "ALERT#")?;
    Ok(items.iter().map(plain).filter(|alert| alert["event"] == event).count())
}
