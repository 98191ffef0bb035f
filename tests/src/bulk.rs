//! What is done to many patients at once: the leave for it, and that it is told of.

use crate::aws::plain;
use crate::clinic::Clinic;
use crate::http::Answer;
use crate::staff::Staff;
use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

impl Staff {
    /// Lets a user take out answers in bulk until an instant.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn grant_export(&self, id: &str, until: Timestamp) -> Result<Answer> {
        self.grant(id, "export", until)
    }

    /// Takes back that a user may take out answers in bulk.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn revoke_export(&self, id: &str) -> Result<Answer> {
        self.ask("DELETE", &permission(id, "export")).send()
    }

    /// Lets a user import intakes until an instant.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn grant_import(&self, id: &str, until: Timestamp) -> Result<Answer> {
        self.grant(id, "import", until)
    }

    /// Takes back that a user may import intakes.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn revoke_import(&self, id: &str) -> Result<Answer> {
        self.ask("DELETE", &permission(id, "import")).send()
    }

    fn grant(&self, id: &str, what: &str, until: Timestamp) -> Result<Answer> {
        self.ask("PUT", &permission(id, what)).json(&json!({ "until": until.to_string() })).send()
    }
}

fn permission(id: &str, what: &str) -> String {
    format!("/v1/staff/{id}/bulk-permissions/{what}")
}

/// Changes the one stored record of a user whose sort key starts so.
///
/// # Errors
/// If there is none.
pub fn set(clinic: &Clinic, staff: &Staff, sort: &str, name: &str, value: &Value) -> Result<()> {
    let (visage, partition) = (&clinic.visage, format!("C#{}#S#{}", clinic.id, staff.id));
    let stored = visage.aws.query(visage.records()?, &partition, sort)?.pop().context("a record")?;
    visage.aws.set(visage.records()?, &stored, name, value)
}

/// Has a user have one grant, for `export` or `import`, which ends then.
///
/// # Errors
/// If they aren't the clinic's.
pub fn end_grant(clinic: &Clinic, staff: &Staff, what: &str, until: Timestamp) -> Result<()> {
    let text = |text: &str| json!({ "S": text });
    let grant = json!({ "M": {
        "permission": text(what), "until": text(&until.to_string()), "grantedBy": text(&staff.id),
        "grantedAt": text("2026-01-01T00:00:00Z"),
    } });
    set(clinic, staff, "STAFF", "bulk", &json!({ "L": [grant] }))
}

/// How many alerts of an event the clinic has.
///
/// # Errors
/// If the table can't be read.
pub fn alerts(clinic: &Clinic, event: &str) -> Result<usize> {
    let visage = &clinic.visage;
    let stored = visage.aws.query(visage.records()?, &format!("C#{}", clinic.id), "ALERT#")?;
    Ok(stored.iter().map(plain).filter(|alert| alert["event"] == event).count())
}
