//! Text messages through Amazon SNS.

use crate::aws::Aws;
use crate::error::StoreError;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_smithy_types::retry::RetryConfig;
use visage_domain::vendor::{Clearance, Sns};

const SNS: &str = "SNS";

/// Sends text messages. Never tries again by itself: a message must not arrive twice.
#[derive(Clone, Debug)]
pub struct SmsSender(aws_sdk_sns::Client);

impl SmsSender {
    /// A sender.
    pub fn new(aws: &Aws) -> Self {
        let config = aws_sdk_sns::config::Builder::from(aws.config())
            .interceptor(aws.calls())
            .retry_config(RetryConfig::disabled())
            .build();
        Self(aws_sdk_sns::Client::from_conf(config))
    }

    /// Sends `text` to an E.164 number and returns the message's id.
    ///
    /// # Errors
    /// [`StoreError::Refused`]: SNS didn't take it. [`StoreError::Unavailable`]: it isn't known whether it did.
    pub async fn send(
        &self,
        _: &Clearance<Sns>,
        number: &str,
        text: &str,
    ) -> Result<Option<String>, StoreError> {
        let transactional =
            MessageAttributeValue::builder().data_type("String").string_value("Transactional").build();
        let published = self
            .0
            .publish()
            .phone_number(number)
            .message(text)
            .message_attributes(
                "AWS.SNS.SMS.SMSType",
                transactional.map_err(|_| StoreError::Corrupt { what: "attribute" })?,
            )
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(SNS, &error))?;
        Ok(published.message_id)
    }
}
