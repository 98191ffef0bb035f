//! By which ways a one-time code may reach the patient.

use visage_domain::channel::ConfirmedChannel;
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::outbox::Channel;
use visage_domain::report::LinkChannel;
use visage_domain::report_code::code_channel;
use visage_store::StoreError;
use visage_store::records::Found;

/// The ways of one visit's patient.
pub(crate) struct Ways {
    confirmed: Vec<Channel>,
    texts: bool,
}

impl Ways {
    /// What the patient confirmed and consented to, as a visit's records say.
    pub(crate) fn of(visit: &mut Found) -> Result<Self, StoreError> {
        let confirmed = visit.take_all::<ConfirmedChannel>()?;
        let consents: Vec<_> = visit.take_all::<Consent>()?.into_iter().map(|stored| stored.record).collect();
        Ok(Self {
            confirmed: confirmed.into_iter().map(|it| it.record.channel).collect(),
            texts: holds(&consents, ConsentPurpose::Sms),
        })
    }

    /// Where the code of a link that goes by `link` may go.
    pub(crate) fn for_code(&self, link: LinkChannel) -> Option<Channel> {
        code_channel(link, |channel| {
            self.confirmed.contains(&channel) && (channel == Channel::Email || self.texts)
        })
    }
}
