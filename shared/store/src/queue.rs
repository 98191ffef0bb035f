//! Queues that work is handed over to.

use crate::aws::Aws;
use crate::error::StoreError;
use futures_util::future::try_join_all;
use serde::Serialize;

const SQS: &str = "SQS";

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Queue {
    /// The queue at `url`.
    pub fn new(aws: &Aws, url: String) -> Self {
        let config = aws_sdk_sqs::config::Builder::from(aws.config()).interceptor(aws.calls()).build();
        Self { client: aws_sdk_sqs::Client::from_conf(config), url }
    }

    /// Sends `message` as JSON.
    ///
    /// # Errors
    /// If SQS doesn't answer or refuses.
    pub async fn send(&self, message: &(impl Serialize + Sync)) -> Result<(), StoreError> {
        let body = serde_json::to_string(message).map_err(|_| StoreError::Corrupt { what: "message" })?;
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(SQS, &error))?;
        Ok(())
    }

    /// Sends every one of `messages` as JSON, ten at once.
    ///
    /// # Errors
    /// If SQS doesn't answer or refuses one of them; others may have been sent.
    pub async fn send_all(&self, messages: &[impl Serialize + Sync]) -> Result<(), StoreError> {
        for ten in messages.chunks(10) {
            try_join_all(ten.iter().map(|message| self.send(message))).await?;
        }
        Ok(())
    }
}
