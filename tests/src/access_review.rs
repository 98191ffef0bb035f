//! A review of who has access.

use crate::aws::Item;
use crate::clinic::Clinic;
use crate::http::Answer;
use crate::staff::Staff;
use crate::until::until;
use crate::visage::Visage;
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The path of all of them.
pub const REVIEWS: &str = "/v1/access-reviews";

/// A review that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its id.
    pub id: String,
}

/// Asks for a review, as one click of its own, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn ask(staff: &Staff) -> Result<Answer> {
    staff.ask("POST", REVIEWS).once().json(&json!({})).send()
}

/// Has the worker take a message out of its queue, which no queue brought, and answers what is to come again.
///
/// # Errors
/// If the worker fails.
pub fn work_on(visage: &Visage, message: &Value) -> Result<Value> {
    let event = json!({ "Records": [{
        "messageId": "by hand", "receiptHandle": "by hand", "body": message.to_string(), "attributes": {},
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:access-reviews", "awsRegion": "us-east-1",
    }] });
    let function = visage.stack.named(&visage.stack.functions, "compile_access_review")?;
    Ok(visage.aws.invoke(function, &event)?["batchItemFailures"].take())
}

impl Review {
    /// The one that somebody's request was answered with.
    ///
    /// # Errors
    /// If it wasn't.
    pub fn of(answered: &Value) -> Result<Self> {
        Ok(Self { id: answered["accessReview"].as_str().context("a review has an id")?.to_owned() })
    }

    /// Starts one.
    ///
    /// # Errors
    /// If it is refused.
    pub fn started_by(staff: &Staff) -> Result<Self> {
        Self::of(&ask(staff)?.read(201)?)
    }

    /// Starts one and has its lines gathered, without waiting for its queue.
    ///
    /// # Errors
    /// If either fails.
    pub fn compiled_for(staff: &Staff) -> Result<Self> {
        let review = Self::started_by(staff)?;
        let clinic = staff.token.split('.').nth(1).context("a token names its clinic")?;
        review.compile(&staff.visage, clinic)?;
        Ok(review)
    }

    /// Has its lines gathered, without waiting for its queue, which may bring it at the same moment.
    ///
    /// # Errors
    /// If the worker fails.
    pub fn compile(&self, visage: &Visage, clinic: &str) -> Result<()> {
        let message = json!({ "clinic": clinic, "access_review": self.id });
        until("the review is gathered", || Ok((work_on(visage, &message)? == json!([])).then_some(())))
    }

    /// Its path.
    pub fn path(&self) -> String {
        format!("{REVIEWS}/{}", self.id)
    }

    /// What is stored of it.
    ///
    /// # Errors
    /// If it isn't.
    pub fn item(&self, clinic: &Clinic) -> Result<Item> {
        let sort = format!("REVIEW#{}", self.id);
        let found = clinic.visage.aws.query(clinic.visage.records()?, &format!("C#{}", clinic.id), &sort)?;
        found.into_iter().next().context("it is on record")
    }

    /// Sets what is stored of it, past every rule of the product.
    ///
    /// # Errors
    /// If it can't be stored.
    pub fn set(&self, clinic: &Clinic, name: &str, value: &str) -> Result<()> {
        let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
        aws.set(table, &self.item(clinic)?, name, &json!({ "S": value }))
    }

    /// Lets those who owe it be due to be told of that for `time`; answers since when.
    ///
    /// # Errors
    /// If it can't be stored.
    pub fn is_due_for(&self, clinic: &Clinic, time: SignedDuration) -> Result<Timestamp> {
        let since = Timestamp::now() - time;
        self.set(clinic, "remind_at", &since.to_string())?;
        Ok(since)
    }

    /// It with its lines, as somebody sees them.
    ///
    /// # Errors
    /// If it is refused.
    pub fn seen_by(&self, staff: &Staff) -> Result<Value> {
        staff.ask("GET", &self.path()).send()?.read(200)
    }

    /// The line of a user, as somebody sees it.
    ///
    /// # Errors
    /// If it is refused, or there is none.
    pub fn line(&self, staff: &Staff, of: &str) -> Result<Value> {
        let seen = self.seen_by(staff)?;
        let lines = seen["lines"].as_array().cloned().unwrap_or_default();
        lines.into_iter().find(|line| line["staff"] == of).with_context(|| format!("no line of {of}: {seen}"))
    }

    /// Has somebody say what becomes of a user's access, whatever comes of that.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn attest(&self, by: &Staff, of: &str, decision: &str) -> Result<Answer> {
        let path = format!("{}/lines/{of}", self.path());
        by.ask("PUT", &path).json(&json!({ "decision": decision })).send()
    }
}
