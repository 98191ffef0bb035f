//! A claimed notice, ready to go, and the link or code that it brings.

use crate::case::Case;
use jiff::{SignedDuration, Timestamp};
use visage_domain::capability::Capability;
use visage_domain::channel::{Address, CONFIRMATION_LIFETIME, ConfirmationLink};
use visage_domain::clock::Entropy;
use visage_domain::evaluation::Withdrawal;
use visage_domain::ids::LinkId;
use visage_domain::outbox::{NoticeEvent, OutboxItem};
use visage_domain::phi::Phi;
use visage_domain::report::{IssuedLink, LINK_LIFETIME, ReportLink};
use visage_domain::report_code::{OneTimeCode, ReportCode};
use visage_domain::retake::RetakeLink;
use visage_domain::retention::Record;
use visage_platform::WorkError;
use visage_store::StoreError;
use visage_store::records::{Stored, Transaction, keys};
use visage_store::vault::{Mac, link_id_of, secret_hash};

/// The label of the write that ends the link that is renewed.
const RENEWED: &str = "renewed_link";

/// A notice with its address and what it brings.
pub(crate) struct Letter {
    pub(crate) address: String,
    /// A link with its secret, or a code. It is here and nowhere else.
    pub(crate) brings: String,
    minted: Minted,
}

/// What is stored of it.
enum Minted {
    Report(ReportLink),
    Retake(RetakeLink),
    Confirmation(ConfirmationLink, Address),
    Code(Stored<ReportCode>, ReportCode),
}

impl Letter {
    /// The letter of `case` to `address`, with what is made for it: a link to the report, one to take a photo again, one to
    /// confirm the address with, or a code.
    pub(crate) fn new(
        case: &Case,
        address: String,
        web_url: &str,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Self, WorkError> {
        if case.event == NoticeEvent::ReportCode {
            return Self::with_code(case, address, entropy, now);
        }
        let capability = Capability::new(case.clinic.clinic, entropy);
        let (link, secret_hash) = (link_id_of(&capability.secret), secret_hash(&capability.secret));
        let OutboxItem { patient, evaluation, .. } = case.item.record;
        let (channel, created_at) = (case.channel, now);
        let until = |lifetime: SignedDuration| {
            now.checked_add(lifetime).map_err(|_| WorkError::Poison("no such time"))
        };
        let (minted, page) = if case.event.carries_report_link() {
            let expires_at = until(LINK_LIFETIME)?;
            let (channel, revoked_at, renewal, tries) = (channel.into(), None, None, 0);
            let link = ReportLink {
                link,
                secret_hash,
                patient,
                evaluation,
                channel,
                issued_by: None,
                second_factor: case.clinic.settings.report_second_factor,
                created_at,
                expires_at,
                revoked_at,
                renewal,
                tries,
            };
            (Minted::Report(link), "report")
        } else if let Some(retake) = &case.retake {
            (Minted::Retake(RetakeLink::of(retake, link, secret_hash, created_at)), "retake")
        } else {
            let expires_at = until(CONFIRMATION_LIFETIME)?;
            let link =
                ConfirmationLink { link, secret_hash, patient, evaluation, channel, created_at, expires_at };
            (Minted::Confirmation(link, Address { address: Phi::new(address.clone()) }), "confirm")
        };
        Ok(Self { address, brings: format!("{web_url}/{page}#{}", capability.encode()), minted })
    }

    fn with_code(
        case: &Case,
        address: String,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Self, WorkError> {
        let asked = case.code.clone().ok_or(WorkError::Poison("no code was asked for"))?;
        let code = OneTimeCode::new(entropy);
        let mac = Mac::of_report_code(&case.key, asked.record.link, &code);
        let sent = asked.record.with_code(mac.hex().to_owned(), now);
        Ok(Self { address, brings: code.expose().to_owned(), minted: Minted::Code(asked, sent) })
    }

    /// The link to a report, if it is one.
    pub(crate) const fn report_link(&self) -> Option<LinkId> {
        match &self.minted {
            Minted::Report(link) => Some(link.link),
            Minted::Retake(_) | Minted::Confirmation(..) | Minted::Code(..) => None,
        }
    }

    /// Adds what was made to the transaction that claims the notice. A link that is renewed ends with it.
    pub(crate) fn keep<'a, P>(
        &self,
        transaction: Transaction<'a, P>,
        case: &Case,
        now: Timestamp,
    ) -> Result<Transaction<'a, P>, StoreError> {
        let OutboxItem { patient, evaluation, .. } = case.item.record;
        // Withdrawn at this very moment, it comes again and finds its notice suppressed.
        let unless_withdrawn = |transaction: Transaction<'a, P>| {
            transaction.require_absent(Withdrawal::TYPE, &keys::withdrawal(patient, evaluation))
        };
        match &self.minted {
            Minted::Report(link) => {
                let transaction = unless_withdrawn(transaction)?
                    .create(ReportLink::TYPE, link)?
                    .create(IssuedLink::TYPE, &IssuedLink::of(link, None))?;
                match ends_with(case) {
                    None => Ok(transaction),
                    Some(old) => {
                        let revoked = ReportLink { revoked_at: Some(now), ..old.record.clone() };
                        transaction.replace(RENEWED, old, &revoked)
                    }
                }
            }
            // Signed at this very moment, the link opens nothing.
            Minted::Retake(link) => unless_withdrawn(transaction)?.create(RetakeLink::TYPE, link),
            Minted::Confirmation(link, address) => {
                transaction.create_sealed(ConfirmationLink::TYPE, link, address, &case.key)
            }
            Minted::Code(asked, sent) => {
                unless_withdrawn(transaction)?.replace(ReportCode::TYPE, asked, sent)
            }
        }
    }

    /// Takes what was made back, in the transaction that gives the notice back: it never left, so it opens nothing and
    /// nobody was told. The link that would have ended with it works again.
    pub(crate) fn take_back<'a, P>(
        &self,
        transaction: Transaction<'a, P>,
        case: &Case,
    ) -> Result<Transaction<'a, P>, StoreError> {
        match &self.minted {
            Minted::Report(link) => {
                let transaction = transaction
                    .take_back(ReportLink::TYPE, link)?
                    .take_back(IssuedLink::TYPE, &IssuedLink::of(link, None))?;
                match ends_with(case) {
                    None => Ok(transaction),
                    // As it was claimed with this letter, one version later.
                    Some(old) => {
                        transaction.replace(RENEWED, &old.followed_by(old.record.clone()), &old.record)
                    }
                }
            }
            Minted::Retake(link) => transaction.take_back(RetakeLink::TYPE, link),
            Minted::Confirmation(link, _) => transaction.take_back(ConfirmationLink::TYPE, link),
            Minted::Code(asked, sent) => {
                transaction.replace(ReportCode::TYPE, &asked.followed_by(sent.clone()), &asked.record)
            }
        }
    }
}

/// The link that ends once the letter's takes its place.
fn ends_with(case: &Case) -> Option<&Stored<ReportLink>> {
    case.link.as_ref().filter(|old| old.record.revoked_at.is_none())
}
