//! Alerts: what those who answer for a clinic are told at once, by e-mail.
//!
//! An alert is written in the transaction of what it tells of, and goes the way of a notice: stream, queue, worker. Unlike a
//! notice to a patient it may arrive twice and must not get lost, so it is sent until every recipient's message was taken.

use crate::ids::{AlertId, ClinicId};
use crate::principal::Role;
use crate::retention::{Nothing, Record, RecordClass};
use crate::vendor::{Vendor, VendorName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an alert tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AlertEvent {
    /// What is on record about a vendor changed.
    VendorChanged {
        /// Which.
        vendor: VendorName,
    },
    /// Somebody began to take out many patients' answers.
    BulkExport,
    /// Somebody began to import many patients' intakes.
    BulkImport,
    /// Somebody broke the glass.
    BreakGlass,
    /// Somebody broke the glass days ago, and nobody has reviewed it.
    BreakGlassUnreviewed,
    /// A quarter began, and who has access is to be reviewed.
    AccessReviewDue,
    /// A review of who has access has been open for long.
    AccessReviewOverdue,
    /// Somebody gets another authenticator, as two agreed.
    MfaReset,
    /// An operator of the platform asked that an owner gets another authenticator.
    OwnerResetRequested,
}

impl AlertEvent {
    /// The name used in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::VendorChanged { .. } => "vendor_changed",
            Self::BulkExport => "bulk_export",
            Self::BulkImport => "bulk_import",
            Self::BreakGlass => "break_glass",
            Self::BreakGlassUnreviewed => "break_glass_unreviewed",
            Self::AccessReviewDue => "access_review_due",
            Self::AccessReviewOverdue => "access_review_overdue",
            Self::MfaReset => "mfa_reset",
            Self::OwnerResetRequested => "owner_reset_requested",
        }
    }

    /// Whom it is for: everybody who works at the clinic with one of these roles.
    pub const fn recipients(self) -> &'static [Role] {
        match self {
            Self::VendorChanged { .. } => &[Role::Owner],
            Self::BulkExport
            | Self::BulkImport
            | Self::BreakGlass
            | Self::BreakGlassUnreviewed
            | Self::AccessReviewDue
            | Self::AccessReviewOverdue
            | Self::MfaReset
            | Self::OwnerResetRequested => &[Role::Owner, Role::Compliance],
        }
    }
}

/// One alert of a clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The alert.
    pub alert: AlertId,
    /// What it tells.
    #[serde(flatten)]
    pub event: AlertEvent,
    /// Since when it is to be sent.
    pub created_at: Timestamp,
    /// When the vendor had taken the message of every recipient.
    pub sent_at: Option<Timestamp>,
}

impl Alert {
    /// An alert that waits to be sent.
    pub const fn pending(alert: AlertId, event: AlertEvent, created_at: Timestamp) -> Self {
        Self { alert, event, created_at, sent_at: None }
    }

    /// The alert that tells of a vendor's last change: of one change always the same one, however often it is made.
    pub fn of_vendor(vendor: &Vendor, created_at: Timestamp) -> Self {
        let mut bits = vendor.changed_at.as_nanosecond().to_be_bytes();
        // Nanoseconds of any time leave the first byte alone.
        bits[0] = vendor.vendor as u8;
        Self::pending(
            AlertId::from_bits(bits),
            AlertEvent::VendorChanged { vendor: vendor.vendor },
            created_at,
        )
    }

    /// Whether it tells somebody with these roles.
    pub fn is_for(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.event.recipients().contains(role))
    }
}

impl Record for Alert {
    const TYPE: &'static str = "alert";
    const CLASS: RecordClass = RecordClass::Communication;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.created_at
    }
}

/// What travels through the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertMessage {
    /// The clinic.
    pub clinic: ClinicId,
    /// Its alert.
    pub alert: AlertId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::OperatorId;
    use jiff::SignedDuration;

    fn changed(vendor: VendorName, changed_at: Timestamp) -> Vendor {
        Vendor {
            vendor,
            baa_signed_on: None,
            phi_approved: false,
            reviewed_on: None,
            learning_opt_out_on: None,
            attestations: Vec::new(),
            recorded_by: OperatorId::from_bits([1; 16]),
            recorded_at: changed_at,
            changed_at,
            announced_at: None,
        }
    }

    #[test]
    fn one_change_has_one_alert_and_another_change_or_vendor_another() {
        let (now, later) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_nanos(1));
        let of = |vendor, at| Alert::of_vendor(&changed(vendor, at), later).alert;
        assert_eq!(of(VendorName::Sns, now), of(VendorName::Sns, now));
        assert_ne!(of(VendorName::Sns, now), of(VendorName::Ses, now));
        assert_ne!(of(VendorName::Sns, now), of(VendorName::Sns, later));
    }

    #[test]
    fn a_vendor_concerns_owners() {
        let alert = Alert::of_vendor(&changed(VendorName::Aws, Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
        assert!(alert.is_for(&[Role::Billing, Role::Owner]));
        assert!(!alert.is_for(&[Role::Billing, Role::Provider]) && !alert.is_for(&[]));
    }
}
