//! Agreements between a clinic and the platform: what is offered, what was accepted, and whether that still holds.

use crate::audit::Client;
use crate::ids::StaffId;
use crate::retention::{Record, RecordClass};
use jiff::civil::{Date, date};
use jiff::{Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// For how many days after a new version takes effect the one before still holds.
pub const GRACE_DAYS: i32 = 30;

/// What a clinic agrees to, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementKind {
    /// The terms of service.
    Terms,
    /// The data processing agreement.
    DataProcessing,
    /// The business associate agreement (45 CFR 164.504(e)).
    BusinessAssociate,
}

impl AgreementKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Terms, Self::DataProcessing, Self::BusinessAssociate];

    /// The name used in JSON and in keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::DataProcessing => "data_processing",
            Self::BusinessAssociate => "business_associate",
        }
    }
}

/// A version of an agreement. Its text never changes: another text is another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Of what.
    pub kind: AgreementKind,
    /// Its name.
    pub version: &'static str,
    /// The day from which it is offered, in UTC: later than the release that brings it, so that every function knows it when
    /// the first clinic accepts it, and still does if that release is taken back.
    pub offered_from: Date,
    /// The day on which it takes effect, in UTC. It can be accepted before.
    pub effective_on: Date,
    /// What is agreed, in Markdown.
    pub text: &'static str,
}

/// Every version that was ever offered, of each kind the oldest first. Nothing is ever removed: what a clinic accepted must
/// stay readable.
pub const PUBLISHED: &[Agreement] = &[
    Agreement {
        kind: AgreementKind::Terms,
        version: "2026-1",
        offered_from: date(2026, 1, 1),
        effective_on: date(2026, 1, 1),
        text: include_str!("terms-2026-1.md"),
    },
    Agreement {
        kind: AgreementKind::DataProcessing,
        version: "2026-1",
        offered_from: date(2026, 1, 1),
        effective_on: date(2026, 1, 1),
        text: include_str!("data-processing-2026-1.md"),
    },
    Agreement {
        kind: AgreementKind::BusinessAssociate,
        version: "2026-1",
        offered_from: date(2026, 1, 1),
        effective_on: date(2026, 1, 1),
        text: include_str!("business-associate-2026-1.md"),
    },
];

/// The version of `kind` that is offered on `today`: the newest of those that may be.
pub fn offered(kind: AgreementKind, today: Date) -> Option<&'static Agreement> {
    PUBLISHED.iter().rfind(|agreement| agreement.kind == kind && agreement.offered_from <= today)
}

/// A version of `kind` by its name.
pub fn published(kind: AgreementKind, version: &str) -> Option<&'static Agreement> {
    PUBLISHED.iter().find(|agreement| agreement.kind == kind && agreement.version == version)
}

/// What a clinic accepted last, by kind.
pub type Accepted = BTreeMap<AgreementKind, String>;

/// Whether `version`, of those in `published` the one that was accepted, holds on `today`: until the grace of the version
/// after it is over.
pub fn holds(published: &[Agreement], kind: AgreementKind, version: &str, today: Date) -> bool {
    let mut later = published.iter().filter(|it| it.kind == kind).skip_while(|it| it.version != version);
    let ends_on = |it: &Agreement| it.effective_on.saturating_add(Span::new().days(GRACE_DAYS));
    later.next().is_some() && later.all(|it| today < ends_on(it))
}

/// Whether all that a clinic must have accepted before it may handle PHI was accepted and holds.
pub fn all_hold(accepted: &Accepted, today: Date) -> bool {
    let holds_of = |kind: &AgreementKind| {
        accepted.get(kind).is_some_and(|version| holds(PUBLISHED, *kind, version, today))
    };
    AgreementKind::ALL.iter().all(holds_of)
}

/// That a clinic accepted a version. Never changed; the first signature under a version is the one that counts. Its retention
/// counts from the signature, but nothing of a clinic that lives is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// What.
    pub agreement: AgreementKind,
    /// Which version.
    pub version: String,
    /// SHA-256 of the text that was shown, hexadecimal.
    pub text_sha256: String,
    /// Who signed.
    pub accepted_by: StaffId,
    /// When.
    pub accepted_at: Timestamp,
}

/// The signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The name that was signed with.
    pub name: String,
    /// What the signer is to the clinic.
    pub title: String,
    /// From where.
    pub client: Client,
}

impl Record for Acceptance {
    const TYPE: &'static str = "acceptance";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Signature;

    fn anchor(&self) -> Timestamp {
        self.accepted_at
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TWO: [Agreement; 3] = [
        Agreement {
            kind: AgreementKind::Terms,
            version: "1",
            offered_from: date(2026, 1, 1),
            effective_on: date(2026, 1, 1),
            text: "",
        },
        Agreement {
            kind: AgreementKind::BusinessAssociate,
            version: "1",
            offered_from: date(2026, 1, 1),
            effective_on: date(2026, 1, 1),
            text: "",
        },
        Agreement {
            kind: AgreementKind::Terms,
            version: "2",
            offered_from: date(2026, 9, 1),
            effective_on: date(2026, 10, 1),
            text: "",
        },
    ];

    #[test]
    fn the_version_before_holds_until_the_grace_is_over() {
        let terms = |version, today| holds(&TWO, AgreementKind::Terms, version, today);
        assert!(terms("1", date(2026, 9, 30)) && terms("1", date(2026, 10, 30)));
        assert!(!terms("1", date(2026, 10, 31)));
        // The new one may be accepted before its day, and holds from then on.
        assert!(terms("2", date(2026, 9, 1)) && terms("2", date(2030, 1, 1)));
        assert!(!terms("3", date(2026, 9, 1)) && !terms("", date(2026, 9, 1)));
        assert!(holds(&TWO, AgreementKind::BusinessAssociate, "1", date(2030, 1, 1)));
    }

    #[test]
    fn phi_needs_each_of_them() {
        let today = date(2026, 11, 2);
        let all: Accepted = AgreementKind::ALL
            .into_iter()
            .map(|kind| (kind, offered(kind, today).unwrap().version.to_owned()))
            .collect();
        assert!(all_hold(&all, today));
        for kind in AgreementKind::ALL {
            let mut some = all.clone();
            some.remove(&kind);
            assert!(!all_hold(&some, today), "{kind:?}");
        }
    }

    #[test]
    fn versions_are_in_order_and_say_who_they_are() {
        for kind in AgreementKind::ALL {
            let of: Vec<_> = PUBLISHED.iter().filter(|it| it.kind == kind).collect();
            assert!(of.is_sorted_by(|one, next| one.effective_on < next.effective_on), "{kind:?}");
            assert!(of.iter().all(|it| it.offered_from <= it.effective_on), "{kind:?}");
            for it in of {
                assert!(it.text.contains(&format!("\nVersion {}, ", it.version)), "{kind:?} {}", it.version);
            }
        }
    }

    #[test]
    fn the_business_associate_agreement_has_what_the_law_asks_for() {
        let text = offered(AgreementKind::BusinessAssociate, date(2026, 11, 2)).unwrap().text;
        // 45 CFR 164.504(e)(2): each of its subjects, by a word of ours that stands for it.
        for subject in [
            "Permitted uses",
            "Safeguards",
            "Reporting",
            "Subcontractors",
            "164.524",
            "164.526",
            "164.528",
            "Secretary",
            "Termination",
            "returns or destroys",
            "would violate subpart E",
            "incorporates any amendments",
            "if it determines that",
            "makes the return or destruction infeasible",
        ] {
            assert!(text.contains(subject), "{subject}");
        }
    }
}
