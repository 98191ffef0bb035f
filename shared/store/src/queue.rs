//! Queues that work is handed over to.

use crate::aws::Aws;
use crate::error::StoreError;
use aws_sdk_sqs::types::QueueAttributeName;
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
        self.send_text(body).await
    }

    async fn send_text(&self, body: String) -> Result<(), StoreError> {
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

/// How long a message that is being moved is hidden from others: longer than whoever moves it may live.
const HIDDEN_SECONDS: i32 = 90;

/// A dead-letter queue, and the queue that its messages came from.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    dead: Queue,
    source: Queue,
}

/// A message taken from a dead-letter queue. Prints nothing of it.
pub struct DeadLetter {
    body: String,
    receipt: String,
}

impl std::fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeadLetter")
    }
}

impl DeadLetters {
    /// The dead-letter queue at `dead_url` of the queue at `source_url`.
    pub fn new(aws: &Aws, dead_url: String, source_url: String) -> Self {
        Self { dead: Queue::new(aws, dead_url), source: Queue::new(aws, source_url) }
    }

    /// About how many messages lie there. What somebody is just moving isn't counted.
    ///
    /// # Errors
    /// If SQS doesn't answer or refuses.
    pub async fn waiting(&self) -> Result<u64, StoreError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let answer = self
            .dead
            .client
            .get_queue_attributes()
            .queue_url(&self.dead.url)
            .attribute_names(name.clone())
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(SQS, &error))?;
        let count = answer.attributes().and_then(|attributes| attributes.get(&name));
        count.and_then(|count| count.parse().ok()).ok_or(StoreError::Corrupt { what: "queue attribute" })
    }

    /// Takes up to `most` messages, ten at most; none if nothing is left. Others don't see them for a while.
    ///
    /// # Errors
    /// If SQS doesn't answer or refuses.
    pub async fn take(&self, most: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let answer = self
            .dead
            .client
            .receive_message()
            .queue_url(&self.dead.url)
            .max_number_of_messages(i32::try_from(most).unwrap_or(10).clamp(1, 10))
            .visibility_timeout(HIDDEN_SECONDS)
            // Waiting asks all of SQS's servers; not waiting asks some, and may find nothing where something is.
            .wait_time_seconds(1)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(SQS, &error))?;
        let messages = answer.messages.unwrap_or_default().into_iter();
        let letters = messages
            .map(|message| Some(DeadLetter { body: message.body?, receipt: message.receipt_handle? }));
        letters.collect::<Option<_>>().ok_or(StoreError::Corrupt { what: "message" })
    }

    /// Sends a message to where it came from, then deletes it here. Killed between the two, it is in both queues: its
    /// worker bears that.
    ///
    /// # Errors
    /// If SQS doesn't answer or refuses.
    pub async fn redrive(&self, letter: DeadLetter) -> Result<(), StoreError> {
        self.source.send_text(letter.body).await?;
        self.dead
            .client
            .delete_message()
            .queue_url(&self.dead.url)
            .receipt_handle(letter.receipt)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(SQS, &error))?;
        Ok(())
    }
}
