//! A claimed notice, ready to go, and the link that it carries.

use crate::case::Case;
use jiff::{SignedDuration, Timestamp};
use visage_domain::capability::Capability;
use visage_domain::channel::{Address, CONFIRMATION_LIFETIME, ConfirmationLink};
use visage_domain::evaluation::Withdrawal;
use visage_domain::ids::LinkId;
use visage_domain::outbox::OutboxItem;
use visage_domain::phi::Phi;
use visage_domain::report::{IssuedLink, LINK_LIFETIME, ReportLink};
use visage_domain::retake::RetakeLink;
use visage_domain::retention::Record;
use visage_platform::WorkError;
use visage_store::StoreError;
use visage_store::records::{Transaction, keys};
use visage_store::vault::{link_id_of, secret_hash};

/// A notice with its address and its link.
pub(crate) struct Letter {
    pub(crate) address: String,
    /// Where the link leads. Its secret is here and nowhere else.
    pub(crate) url: String,
    minted: Minted,
}

/// What is stored of the link.
enum Minted {
    Report(ReportLink),
    Retake(RetakeLink),
    Confirmation(ConfirmationLink, Address),
}

impl Letter {
    /// The letter of `case` to `address`, with a fresh link: to the report, to take a photo again, or to confirm the
    /// address with.
    pub(crate) fn new(
        case: &Case,
        address: String,
        web_url: &str,
        capability: &Capability,
        now: Timestamp,
    ) -> Result<Self, WorkError> {
        let (link, secret_hash) = (link_id_of(&capability.secret), secret_hash(&capability.secret));
        let OutboxItem { patient, evaluation, .. } = case.item.record;
        let (channel, created_at) = (case.channel, now);
        let until = |lifetime: SignedDuration| {
            now.checked_add(lifetime).map_err(|_| WorkError::Poison("no such time"))
        };
        let (minted, page) = if case.event.tells_of_report() {
            let expires_at = until(LINK_LIFETIME)?;
            let (channel, revoked_at, tries) = (channel.into(), None, 0);
            let link = ReportLink {
                link,
                secret_hash,
                patient,
                evaluation,
                channel,
                created_at,
                expires_at,
                revoked_at,
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
        Ok(Self { address, url: format!("{web_url}/{page}#{}", capability.encode()), minted })
    }

    /// The link to a report, if it is one.
    pub(crate) const fn report_link(&self) -> Option<LinkId> {
        match &self.minted {
            Minted::Report(link) => Some(link.link),
            Minted::Retake(_) | Minted::Confirmation(..) => None,
        }
    }

    /// Adds the link to the transaction that claims the notice.
    pub(crate) fn keep<'a, P>(
        &self,
        transaction: Transaction<'a, P>,
        case: &Case,
    ) -> Result<Transaction<'a, P>, StoreError> {
        match &self.minted {
            // Withdrawn at this very moment, it comes again and finds its notice suppressed.
            Minted::Report(link) => transaction
                .require_absent(Withdrawal::TYPE, &keys::withdrawal(link.patient, link.evaluation))?
                .create(ReportLink::TYPE, link)?
                .create(IssuedLink::TYPE, &IssuedLink::of(link, None)),
            // Signed or withdrawn at this very moment, the link opens nothing.
            Minted::Retake(link) => transaction.create(RetakeLink::TYPE, link),
            Minted::Confirmation(link, address) => {
                transaction.create_sealed(ConfirmationLink::TYPE, link, address, &case.key)
            }
        }
    }
}
