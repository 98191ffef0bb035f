//! The identity provider: Amazon Cognito user pools.

use crate::aws::Aws;
use crate::error::StoreError;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::SdkError;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, DeliveryMediumType, MessageActionType, UserStatusType,
};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use jiff::{SignedDuration, Timestamp};

const COGNITO: &str = "Cognito";
/// How long an invitation is left to itself before another one is mailed: a second click is no second invitation.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// One user pool.
#[derive(Clone, Debug)]
pub struct UserPool {
    client: Client,
    http: SharedHttpConnector,
    region: String,
    endpoint: Option<String>,
    pool: String,
}

/// What a pool knows of a user, as far as we ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolUser {
    /// The user's `sub`.
    pub subject: String,
    /// Whether the account is enabled.
    pub enabled: bool,
    /// Since when its temporary password, which was mailed, waits to be used; none once somebody has signed in.
    pub invited_at: Option<Timestamp>,
    /// When it last changed.
    pub changed_at: Option<Timestamp>,
    /// Whether a software token (TOTP) is enrolled.
    pub software_token: bool,
}

impl UserPool {
    /// The pool with id `pool`.
    pub fn new(aws: &Aws, pool: String) -> Self {
        let config = aws_sdk_cognitoidentityprovider::config::Builder::from(aws.config())
            .interceptor(aws.calls())
            .build();
        let region = aws.config().region().map(ToString::to_string).unwrap_or_default();
        let endpoint = aws.config().endpoint_url().map(str::to_owned);
        Self { client: Client::from_conf(config), http: aws.http(), region, endpoint, pool }
    }

    /// The issuer of the pool's tokens (`iss`).
    pub fn issuer(&self) -> String {
        format!("https://cognito-idp.{}.amazonaws.com/{}", self.region, self.pool)
    }

    /// The pool's public keys, as a JSON Web Key Set.
    ///
    /// # Errors
    /// If they can't be fetched.
    pub async fn json_web_keys(&self) -> Result<Vec<u8>, StoreError> {
        let unavailable = |code: &str| StoreError::Unavailable { service: COGNITO, code: code.to_owned() };
        let base = self.endpoint.as_ref().map_or_else(|| self.issuer(), |url| format!("{url}/{}", self.pool));
        let request =
            HttpRequest::get(format!("{base}/.well-known/jwks.json")).map_err(|_| unavailable("address"))?;
        let mut answer = self.http.call(request).await.map_err(|_| unavailable("connection"))?;
        if !answer.status().is_success() {
            return Err(unavailable("keys"));
        }
        let body = answer.take_body();
        let bytes = aws_smithy_types::byte_stream::ByteStream::new(body).collect().await;
        Ok(bytes.map_err(|_| unavailable("body"))?.to_vec())
    }

    /// Looks a user up by user name.
    ///
    /// # Errors
    /// If Cognito doesn't answer or refuses.
    pub async fn user(&self, username: &str) -> Result<Option<PoolUser>, StoreError> {
        let got = self.client.admin_get_user().user_pool_id(&self.pool).username(username).send().await;
        match got {
            Ok(user) => {
                let changed_at =
                    user.user_last_modified_date().and_then(|at| Timestamp::from_second(at.secs()).ok());
                let is_invited = user.user_status == Some(UserStatusType::ForceChangePassword);
                let factors = user.user_mfa_setting_list();
                Ok(Some(PoolUser {
                    subject: attribute(user.user_attributes(), "sub").unwrap_or_default(),
                    enabled: user.enabled,
                    invited_at: changed_at.filter(|_| is_invited),
                    changed_at,
                    software_token: factors.iter().any(|factor| factor == "SOFTWARE_TOKEN_MFA"),
                }))
            }
            Err(SdkError::ServiceError(error)) if error.err().is_user_not_found_exception() => Ok(None),
            Err(error) => Err(StoreError::from_sdk(COGNITO, &error)),
        }
    }

    /// Lets nobody sign in with an account, and ends what was begun with it. `username` may be the `sub`.
    ///
    /// # Errors
    /// If Cognito doesn't answer or refuses.
    pub async fn disable(&self, username: &str) -> Result<(), StoreError> {
        let disabled = self.client.admin_disable_user().user_pool_id(&self.pool).username(username).send();
        disabled.await.map_err(|error| StoreError::from_sdk(COGNITO, &error))?;
        self.sign_out(username).await
    }

    /// Lets an account be signed in with again.
    ///
    /// # Errors
    /// If Cognito doesn't answer or refuses.
    pub async fn enable(&self, username: &str) -> Result<(), StoreError> {
        let enabled = self.client.admin_enable_user().user_pool_id(&self.pool).username(username).send();
        enabled.await.map(drop).map_err(|error| StoreError::from_sdk(COGNITO, &error))
    }

    /// Removes an account, with password and authenticator. One that isn't there is removed already.
    ///
    /// # Errors
    /// If Cognito doesn't answer or refuses.
    pub async fn remove(&self, username: &str) -> Result<(), StoreError> {
        let removed = self.client.admin_delete_user().user_pool_id(&self.pool).username(username).send();
        match removed.await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) if error.err().is_user_not_found_exception() => Ok(()),
            Err(error) => Err(StoreError::from_sdk(COGNITO, &error)),
        }
    }

    async fn sign_out(&self, username: &str) -> Result<(), StoreError> {
        let out = self.client.admin_user_global_sign_out().user_pool_id(&self.pool).username(username);
        out.send().await.map(drop).map_err(|error| StoreError::from_sdk(COGNITO, &error))
    }

    /// Invites a person by e-mail: makes an account with a temporary password, which is mailed. Who was invited an hour
    /// ago or earlier and didn't come is mailed another, since that one may have lapsed; who has come is left as they are.
    ///
    /// # Errors
    /// If Cognito doesn't answer or refuses.
    pub async fn invite(&self, email: &str, now: Timestamp) -> Result<PoolUser, StoreError> {
        let value = |name: &str, value: &str| AttributeType::builder().name(name).value(value).build();
        let attributes = [value("email", email), value("email_verified", "true")]
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| StoreError::Corrupt { what: "attribute" })?;
        let created = self
            .client
            .admin_create_user()
            .user_pool_id(&self.pool)
            .username(email)
            .set_user_attributes(Some(attributes))
            .desired_delivery_mediums(DeliveryMediumType::Email)
            .send()
            .await;
        match created {
            Ok(created) => {
                let user = created.user.ok_or(StoreError::Corrupt { what: "Cognito answer" })?;
                let subject = attribute(user.attributes(), "sub");
                let subject = subject.ok_or(StoreError::Corrupt { what: "Cognito answer" })?;
                let (invited_at, changed_at) = (Some(now), Some(now));
                Ok(PoolUser { subject, enabled: true, invited_at, changed_at, software_token: false })
            }
            Err(SdkError::ServiceError(error)) if error.err().is_username_exists_exception() => {
                let known = self.user(email).await?.ok_or(StoreError::Corrupt { what: "Cognito answer" })?;
                let may_have_lapsed = |at: Timestamp| now.duration_since(at) >= AGAIN_AFTER;
                if known.enabled && known.invited_at.is_some_and(may_have_lapsed) {
                    self.invite_again(email).await?;
                }
                Ok(known)
            }
            Err(error) => Err(StoreError::from_sdk(COGNITO, &error)),
        }
    }

    /// Mails another temporary password to somebody who never signed in; nothing, if they just did.
    ///
    /// # Errors
    /// If Cognito doesn't answer or refuses.
    pub async fn invite_again(&self, email: &str) -> Result<(), StoreError> {
        let again = self
            .client
            .admin_create_user()
            .user_pool_id(&self.pool)
            .username(email)
            .message_action(MessageActionType::Resend)
            .desired_delivery_mediums(DeliveryMediumType::Email)
            .send();
        match again.await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) if error.err().is_unsupported_user_state_exception() => Ok(()),
            Err(error) => Err(StoreError::from_sdk(COGNITO, &error)),
        }
    }
}

fn attribute(attributes: &[AttributeType], name: &str) -> Option<String> {
    attributes.iter().find(|attribute| attribute.name() == name).and_then(|attribute| attribute.value.clone())
}
