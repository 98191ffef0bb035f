//! Where a clinic stands with the platform, and what that lets pass.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a clinic stands with the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClinicStatus {
    /// Registered; nothing of patients happens until its owner accepts the agreements and, if it registered by itself, an
    /// operator has looked at it.
    Pending,
    /// In use.
    Active,
    /// It hasn't paid: everything can be read and nothing changed.
    PastDue,
    /// Closed by an operator, while patients' data are in danger or the terms are broken.
    Suspended,
    /// The contract has ended: its data can be read to be taken out, then they are destroyed.
    Terminated,
    /// Its data are destroyed.
    Purged,
}

impl ClinicStatus {
    /// All of them, in the order of a clinic's life.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Active, Self::PastDue, Self::Suspended, Self::Terminated, Self::Purged];

    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
            Self::Purged => "purged",
        }
    }

    /// Whether an operator may decide on `next`, for `reason`. That a clinic becomes active at first takes its owner's
    /// signature, whatever an operator found when they looked at it; that it is purged is the purge's; nothing comes back from
    /// its end, and nobody is kept from patients' records over money (a business associate may not: HHS FAQ 2074). One that was
    /// suspended may end, and what it was closed for be resolved then; one that has ended may be closed: terminated it stays.
    pub const fn may_become(self, next: Self, reason: ChangeReason) -> bool {
        use ChangeReason::{
            ClinicsRequest, PaymentOverdue, PaymentReceived, Resolved, Security, TermsBroken, Verified,
        };
        let is_way = matches!(
            (self, next),
            (Self::Pending | Self::PastDue | Self::Suspended, Self::Active)
                | (Self::Active | Self::Suspended, Self::PastDue)
                | (Self::Active | Self::PastDue, Self::Suspended)
                | (
                    Self::Pending | Self::Active | Self::PastDue | Self::Suspended | Self::Terminated,
                    Self::Terminated
                )
        );
        let is_reason = match (self, next) {
            (Self::Pending, Self::Active) => matches!(reason, Verified),
            (Self::Suspended, Self::Active | Self::PastDue) => matches!(reason, Resolved),
            // It stays there; closed, or read again.
            (Self::Terminated, _) => matches!(reason, Resolved | Security | TermsBroken),
            (_, Self::Active) => matches!(reason, PaymentReceived | Resolved),
            (_, Self::PastDue) => matches!(reason, PaymentOverdue),
            (_, Self::Suspended) => matches!(reason, Security | TermsBroken),
            (Self::Pending, Self::Terminated) => matches!(reason, ClinicsRequest | TermsBroken),
            // What nobody may be closed out over isn't what ends it either.
            (Self::Suspended, Self::Terminated) => matches!(reason, ClinicsRequest | TermsBroken | Security),
            (_, Self::Terminated) => matches!(reason, ClinicsRequest | TermsBroken | PaymentOverdue),
            (_, Self::Pending | Self::Purged) => false,
        };
        is_way && is_reason
    }
}

/// Why a clinic doesn't admit a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdmitted {
    /// It hasn't accepted the agreements, or they hold no more.
    NoAgreement,
    /// It has, but registered by itself, and no operator has looked at it yet.
    NotVerified,
    /// It can only be read.
    ReadOnly,
    /// It is closed.
    Closed,
}

/// What a request asks of a clinic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// It handles PHI.
    pub phi: bool,
    /// It changes what is kept.
    pub changes: bool,
    /// It does more than to read or to sign out, be it with an account alone.
    pub acts: bool,
}

/// Why an operator changes where a clinic stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeReason {
    /// An invoice is overdue.
    PaymentOverdue,
    /// What was overdue is paid.
    PaymentReceived,
    /// Patients' data are in danger.
    Security,
    /// The terms were broken.
    TermsBroken,
    /// What it was closed for is mended.
    Resolved,
    /// The clinic asked for it.
    ClinicsRequest,
    /// It registered by itself, and is what it says.
    Verified,
}

impl ChangeReason {
    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::PaymentOverdue => "payment_overdue",
            Self::PaymentReceived => "payment_received",
            Self::Security => "security",
            Self::TermsBroken => "terms_broken",
            Self::Resolved => "resolved",
            Self::ClinicsRequest => "clinics_request",
            Self::Verified => "verified",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASONS: [ChangeReason; 7] = [
        ChangeReason::PaymentOverdue,
        ChangeReason::PaymentReceived,
        ChangeReason::Security,
        ChangeReason::TermsBroken,
        ChangeReason::Resolved,
        ChangeReason::ClinicsRequest,
        ChangeReason::Verified,
    ];

    /// All that an operator may decide on, and nothing else.
    const MAY: [(ClinicStatus, ClinicStatus, &[ChangeReason]); 12] = {
        use ChangeReason::{
            ClinicsRequest, PaymentOverdue, PaymentReceived, Resolved, Security, TermsBroken, Verified,
        };
        use ClinicStatus::{Active, PastDue, Pending, Suspended, Terminated};
        [
            (Pending, Active, &[Verified]),
            (Pending, Terminated, &[ClinicsRequest, TermsBroken]),
            (Active, PastDue, &[PaymentOverdue]),
            (Active, Suspended, &[Security, TermsBroken]),
            (Active, Terminated, &[ClinicsRequest, TermsBroken, PaymentOverdue]),
            (PastDue, Active, &[PaymentReceived, Resolved]),
            (PastDue, Suspended, &[Security, TermsBroken]),
            (PastDue, Terminated, &[ClinicsRequest, TermsBroken, PaymentOverdue]),
            (Suspended, Active, &[Resolved]),
            (Suspended, PastDue, &[Resolved]),
            (Suspended, Terminated, &[ClinicsRequest, TermsBroken, Security]),
            (Terminated, Terminated, &[Resolved, Security, TermsBroken]),
        ]
    };

    #[test]
    fn an_operator_decides_on_what_is_listed_and_on_nothing_else() {
        for from in ClinicStatus::ALL {
            for to in ClinicStatus::ALL {
                for reason in REASONS {
                    let is_listed =
                        MAY.iter().any(|(a, b, reasons)| (*a, *b) == (from, to) && reasons.contains(&reason));
                    assert_eq!(from.may_become(to, reason), is_listed, "{from:?} {to:?} {reason:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_comes_back_from_the_end_and_money_closes_nobody_out() {
        for (from, to, reasons) in MAY {
            assert!(
                from != ClinicStatus::Purged && to != ClinicStatus::Purged && to != ClinicStatus::Pending
            );
            assert!(from != ClinicStatus::Terminated || to == ClinicStatus::Terminated);
            let is_over_money = reasons.contains(&ChangeReason::PaymentOverdue);
            assert!(!is_over_money || (from, to) != (ClinicStatus::Suspended, ClinicStatus::Terminated));
            assert!(!is_over_money || to != ClinicStatus::Suspended);
            // Who was closed out is let in by what is resolved, and by nothing else.
            assert!(
                from != ClinicStatus::Suspended
                    || to == ClinicStatus::Terminated
                    || reasons == [ChangeReason::Resolved]
            );
        }
    }
}
