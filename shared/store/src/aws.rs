//! The connection to AWS: one HTTP client, one trust store, one configuration for all SDK clients of a function.

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::types::ConsumedCapacity;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long calls may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    attempt: Duration,
    call: Duration,
}

impl Patience {
    /// For functions that somebody waits for: they have ten seconds in all.
    pub const API: Self = Self { attempt: Duration::from_secs(3), call: Duration::from_secs(7) };
    /// For functions that nobody waits for. A slow analysis is not to be cut off and asked, and paid, for again.
    pub const WORKER: Self = Self { attempt: Duration::from_secs(20), call: Duration::from_secs(25) };
}

/// What a function needs to reach AWS. Cheap to clone; made once, before the first event.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    http: SharedHttpConnector,
    calls: CallLog,
}

impl Aws {
    /// Reads region, credentials and endpoints as every AWS SDK does, and sets timeouts and retries.
    pub async fn connect(patience: Patience) -> Self {
        let http = connector(patience);
        let shared = http.clone();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(patience.attempt)
            .operation_timeout(patience.call)
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client_fn(move |_, _| shared.clone()))
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .load()
            .await;
        Self { config, http, calls: CallLog::default() }
    }

    /// The shared configuration, for a service's client.
    pub(crate) const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The shared HTTP connector, for what no SDK covers.
    pub(crate) fn http(&self) -> SharedHttpConnector {
        self.http.clone()
    }

    /// The log of calls made.
    pub fn calls(&self) -> CallLog {
        self.calls.clone()
    }
}

/// An HTTPS connector that trusts Amazon's own certificate authorities and no other.
///
/// Reading the system's some 140 roots costs every cold start several milliseconds; all that is called here presents
/// a certificate of Amazon Trust Services.
fn connector(patience: Patience) -> SharedHttpConnector {
    let trust = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter(|der| is_amazons(der))
        .fold(TrustStore::empty(), |trust, der| trust.with_pem_certificate(pem(der)));
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(1))
        .read_timeout(patience.attempt)
        .build();
    let builder = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    let connector = match TlsContext::builder().with_trust_store(trust).build() {
        Ok(context) => builder.tls_context(context).build(),
        Err(_) => builder.build(),
    };
    SharedHttpConnector::new(connector)
}

fn is_amazons(der: &[u8]) -> bool {
    let names = |needle: &[u8]| der.windows(needle.len()).any(|window| window == needle);
    names(b"Amazon Root CA") || names(b"Starfield Services Root Certificate Authority - G2")
}

fn pem(der: &[u8]) -> Vec<u8> {
    let body = data_encoding::BASE64_MIME.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", body.trim_end()).into_bytes()
}

/// Counts calls by service and operation, for the line that each request leaves in the log.
///
/// A Lambda process serves one request at a time, so what was counted since the last [`CallLog::take`] belongs to it.
#[derive(Clone, Debug, Default)]
pub struct CallLog(Arc<Mutex<Counts>>);

/// Calls by `Service.Operation`, and DynamoDB's capacity units, as far as it told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// How often each operation was called, attempts counted singly.
    pub calls: BTreeMap<String, u32>,
    /// Read units.
    pub read_units: f64,
    /// Write units.
    pub write_units: f64,
}

impl Counts {
    /// Units of either kind.
    pub fn capacity(&self) -> f64 {
        self.read_units + self.write_units
    }
}

impl CallLog {
    /// What was counted since the last time.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds what reading consumed.
    pub(crate) fn read(&self, consumed: impl IntoIterator<Item = ConsumedCapacity>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read_units += units(consumed);
    }

    /// Adds what writing consumed.
    pub(crate) fn wrote(&self, consumed: impl IntoIterator<Item = ConsumedCapacity>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_units += units(consumed);
    }
}

fn units(consumed: impl IntoIterator<Item = ConsumedCapacity>) -> f64 {
    consumed.into_iter().filter_map(|consumed| consumed.capacity_units).sum()
}

#[dyn_dispatch_hint]
impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = config.load::<Metadata>() {
            let call = format!("{}.{}", metadata.service().replace(' ', ""), metadata.name());
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.entry(call).or_default() += 1;
        }
        Ok(())
    }
}
