//! E-mail through Amazon SES.

use crate::aws::Aws;
use crate::error::StoreError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use aws_smithy_types::retry::RetryConfig;
use visage_domain::vendor::{Clearance, OnRecord, Ses};

const SES: &str = "SES";

/// Sends e-mail. Never tries again by itself: a message must not arrive twice.
#[derive(Clone, Debug)]
pub struct MailSender {
    client: aws_sdk_sesv2::Client,
    from: String,
    configuration_set: String,
}

impl MailSender {
    /// A sender with the address `from`, under a configuration set whose TLS policy is `REQUIRE`.
    pub fn new(aws: &Aws, from: String, configuration_set: String) -> Self {
        let config = aws_sdk_sesv2::config::Builder::from(aws.config())
            .interceptor(aws.calls())
            .retry_config(RetryConfig::disabled())
            .build();
        Self { client: aws_sdk_sesv2::Client::from_conf(config), from, configuration_set }
    }

    /// Sends a plain text message and returns its id.
    ///
    /// # Errors
    /// [`StoreError::Refused`]: SES didn't take it. [`StoreError::Unavailable`]: it isn't known whether it did.
    pub async fn send(
        &self,
        _: &Clearance<Ses>,
        to: &str,
        subject: &str,
        text: &str,
    ) -> Result<Option<String>, StoreError> {
        self.mail(to, subject, text).await
    }

    /// Sends a plain text message that is about no patient, to somebody of the staff, and returns its id.
    ///
    /// # Errors
    /// As of [`Self::send`].
    pub async fn tell(
        &self,
        _: &OnRecord<Ses>,
        to: &str,
        subject: &str,
        text: &str,
    ) -> Result<Option<String>, StoreError> {
        self.mail(to, subject, text).await
    }

    async fn mail(&self, to: &str, subject: &str, text: &str) -> Result<Option<String>, StoreError> {
        let built = |_| StoreError::Corrupt { what: "mail" };
        let content = |data: &str| Content::builder().data(data).charset("UTF-8").build().map_err(built);
        let message = Message::builder()
            .subject(content(subject)?)
            .body(Body::builder().text(content(text)?).build())
            .build();
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(to).build())
            .configuration_set_name(&self.configuration_set)
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(SES, &error))?;
        Ok(sent.message_id)
    }
}
