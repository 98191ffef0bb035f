//! Tries of a second factor: counted before anything is compared, in one transaction with their audit entry, so that
//! neither a crash nor any number of requests at once gets a try that isn't on record. And what else a transaction counts.

use super::counts::{CountUp, number};
use super::entity::{Entity, Key};
use super::keys::{sms_count, try_count};
use super::read::key_item;
use super::transaction::Transaction;
use crate::error::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update, builders::UpdateBuilder};
use jiff::Timestamp;
use visage_domain::clock::utc_day;
use visage_domain::ids::{EvaluationId, PatientId};
use visage_domain::intake::{MAX_READING_TRIES, ResumeToken};
use visage_domain::outbox::SmsCount;
use visage_domain::report::{MAX_TRIES, MAX_TRIES_A_DAY, ReportLink, TryCount};
use visage_domain::report_code::{CodeCount, MAX_CODES_A_DAY};
use visage_domain::retention::Record;
use visage_domain::staff::InvitationCount;

/// The label of the write that fails if the link is locked or gone.
pub const LINK: &str = "link";
/// The label of the write that fails if the patient's day has no try left.
pub const DAY: &str = "day";
/// The label of the write that fails if the patient's day has no code left.
pub const CODES: &str = "codes";
/// The label of the write that fails if the clinic's day has no invitation left.
pub const INVITATIONS: &str = "invitations";
/// The label of the write that fails if a resume token has no try left, or is dead.
pub const READING: &str = "reading";

impl<P> Transaction<'_, P> {
    /// Counts a try on `link`, and for its patient's day.
    ///
    /// Committing fails under [`LINK`] if the link has no try left or is gone, and under [`DAY`] if the day has none.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn count_try(self, link: &ReportLink, now: Timestamp) -> Result<Self, StoreError> {
        let on_link = self
            .update(&link.key())
            .update_expression("SET tries = tries + :one, item_version = item_version + :one")
            .condition_expression("tries < :most AND attribute_type(revoked_at, :null) AND expires_at > :now")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MAX_TRIES))
            .expression_attribute_values(":null", AttributeValue::S("NULL".into()))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()));
        let first = TryCount::first(link.patient, now);
        self.push_update::<ReportLink>(LINK, on_link)?.count_up(DAY, &first, "tries", MAX_TRIES_A_DAY)
    }

    /// Takes the count of a try at instant `now` back: whoever knows the second factor may look as often as they like.
    ///
    /// Committing fails under [`LINK`] if the link was taken back meanwhile.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn give_try_back(self, link: &ReportLink, now: Timestamp) -> Result<Self, StoreError> {
        let on_link = self
            .update(&link.key())
            .update_expression("SET tries = tries - :one, item_version = item_version + :one")
            .condition_expression("tries > :none AND attribute_type(revoked_at, :null)")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":null", AttributeValue::S("NULL".into()));
        let day = try_count(link.patient, utc_day(now));
        self.push_update::<ReportLink>(LINK, on_link)?.count_down(DAY, &day, "tries")
    }

    /// Counts a code that is asked for with `link`, for its patient's day.
    ///
    /// Committing fails under [`CODES`] if the day has none left.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn count_code(self, link: &ReportLink, now: Timestamp) -> Result<Self, StoreError> {
        self.count_up(CODES, &CodeCount::first(link.patient, now), "codes", MAX_CODES_A_DAY)
    }

    /// Counts an invitation that is about to be sent, for the clinic's day, which has `most`.
    ///
    /// Committing fails under [`INVITATIONS`] if the day has none left.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn count_invitation(self, most: u32, now: Timestamp) -> Result<Self, StoreError> {
        self.count_up(INVITATIONS, &InvitationCount::first(now), "invitations", most)
    }

    /// Counts a try of the birth date on another device than that of an intake's start.
    ///
    /// Committing fails under [`READING`] if no try is left, or the token is dead.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn count_reading_try(self, token: &ResumeToken, now: Timestamp) -> Result<Self, StoreError> {
        let update = self
            .update(&token.key())
            .update_expression("SET reading_tries = reading_tries + :one, item_version = item_version + :one")
            .condition_expression("reading_tries < :most AND expires_at > :now")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MAX_READING_TRIES))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()));
        self.push_update::<ResumeToken>(READING, update)
    }

    /// Takes the count of a text message back that was counted and never left.
    ///
    /// # Errors
    /// If the request can't be built.
    pub fn give_sms_back(self, patient: PatientId, evaluation: EvaluationId) -> Result<Self, StoreError> {
        self.count_down(SmsCount::TYPE, &sms_count(patient, evaluation), "sent")
    }

    fn count_up<E: Entity>(
        self,
        label: &'static str,
        first: &E,
        count: &'static str,
        most: u32,
    ) -> Result<Self, StoreError> {
        let up = CountUp::of(self.scope.clinic(), first, count, most)?;
        let update = self
            .update(&first.key())
            .update_expression(up.expression)
            .condition_expression(CountUp::CONDITION)
            .set_expression_attribute_names(Some(up.names))
            .set_expression_attribute_values(Some(up.values));
        self.push_update::<E>(label, update)
    }

    fn count_down<E: Record>(
        self,
        label: &'static str,
        key: &Key<E>,
        count: &'static str,
    ) -> Result<Self, StoreError> {
        let update = self
            .update(key)
            .update_expression("SET #count = #count - :one, item_version = item_version + :one")
            .condition_expression("#count > :none")
            .expression_attribute_names("#count", count)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":none", number(0));
        self.push_update::<E>(label, update)
    }

    fn update<E>(&self, key: &Key<E>) -> UpdateBuilder {
        Update::builder().table_name(self.table()).set_key(Some(key_item(self.scope.clinic(), key)))
    }

    fn push_update<E: Record>(self, label: &'static str, update: UpdateBuilder) -> Result<Self, StoreError> {
        let update = update.build().map_err(|_| StoreError::Corrupt { what: E::TYPE })?;
        Ok(self.push(label, TransactWriteItem::builder().update(update).build()))
    }
}
