//! Operators' sessions, and when all of an operator's were last ended.

use super::{Condition, Directory, DirectoryEntry, entries};
use crate::error::StoreError;
use crate::vault::session_id_of;
use jiff::Timestamp;
use visage_domain::capability::Secret;
use visage_domain::ids::OperatorId;
use visage_domain::session::{OperatorSession, OperatorSignOut};

impl Directory {
    /// The operator session with that secret.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn operator_session(&self, secret: &Secret) -> Result<Option<OperatorSession>, StoreError> {
        self.get((format!("OPERATOR_SESSION#{}", session_id_of(secret)), "SESSION".into())).await
    }

    /// When an operator's sessions were last ended.
    ///
    /// # Errors
    /// If the table can't be read.
    pub async fn operator_sign_out(
        &self,
        operator: OperatorId,
    ) -> Result<Option<OperatorSignOut>, StoreError> {
        self.get(entries::operator_sign_out(operator)).await
    }

    /// Writes that an operator's sessions are ended. A later end that is there already stays.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn sign_out_operator(&self, sign_out: &OperatorSignOut) -> Result<(), StoreError> {
        let later = Condition::comparing("attribute_not_exists(pk) OR #it < :it", "at", sign_out)?;
        self.put(sign_out, Some(later)).await.map(drop)
    }

    /// Writes that a session is in use at `now`, unless another request wrote that meanwhile: one that is late doesn't move
    /// activity back. `false` if the session was ended meanwhile.
    ///
    /// # Errors
    /// If the table can't be read or written.
    pub async fn renew_operator_session(
        &self,
        session: &OperatorSession,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let seen = OperatorSession { seen_at: now, ..session.clone() };
        let as_read = Condition::comparing("#it = :it", "seen_at", session)?;
        if self.put(&seen, Some(as_read)).await? {
            return Ok(true);
        }
        let there: Option<OperatorSession> = self.get(session.place()).await?;
        Ok(there.is_some())
    }

    /// Takes an operator's session out. What isn't there is out already.
    ///
    /// # Errors
    /// If the table can't be written.
    pub async fn end_operator_session(&self, session: &OperatorSession) -> Result<(), StoreError> {
        self.remove(session.place()).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::item_of;
    use super::*;

    /// What the table compares, as text, of a sign-out at that instant.
    fn compared(at: &str) -> String {
        let sign_out = OperatorSignOut { operator: OperatorId::from_bits([1; 16]), at: at.parse().unwrap() };
        item_of(&sign_out).unwrap()["at"].as_s().unwrap().clone()
    }

    #[test]
    fn of_two_sign_outs_the_later_one_is_the_greater() {
        let in_order = [
            "2026-11-22T02:59:59.999999999Z",
            "2026-11-22T03:00:00Z",
            "2026-11-22T03:00:00.000000001Z",
            "2026-11-22T03:00:00.05Z",
            "2026-11-22T03:00:00.5Z",
            "2026-11-22T03:00:01Z",
        ];
        assert!(in_order.map(compared).is_sorted_by(|one, next| one < next));
    }
}
