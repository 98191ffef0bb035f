//! What a function makes once, before its first event: only what it uses.

use crate::config::{Config, MissingVariable};
use crate::forms::Forms;
use crate::system::{SystemClock, SystemEntropy};
use crate::telemetry::Telemetry;
use std::sync::Arc;
use visage_domain::clock::{Clock, Entropy};
use visage_store::audit::AuditLog;
use visage_store::aws::{Aws, Patience};
use visage_store::directory::Directory;
use visage_store::identity::UserPool;
use visage_store::objects::Bucket;
use visage_store::records::{GateReads, Records};
use visage_store::signed_links::SignedLinks;
use visage_store::vault::Vault;

/// Why a function can't start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Its configuration lacks something.
    #[error(transparent)]
    Config(#[from] MissingVariable),
}

/// The makings of a function.
#[derive(Clone)]
pub struct Setup {
    /// Its configuration.
    pub config: Config,
    /// Its connection to AWS.
    pub aws: Aws,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Its dice.
    pub entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Setup {
    /// The makings of an API function, which must answer within seconds.
    ///
    /// # Errors
    /// If the environment lacks what Lambda sets.
    pub fn of_api() -> Result<Self, SetupError> {
        Self::with(Patience::API)
    }

    /// The makings of a worker, whose calls may take their time.
    ///
    /// # Errors
    /// If the environment lacks what Lambda sets.
    pub fn of_worker() -> Result<Self, SetupError> {
        Self::with(Patience::WORKER)
    }

    fn with(patience: Patience) -> Result<Self, SetupError> {
        let config = Config::from_environment();
        Ok(Self {
            aws: Aws::connect(config.access()?, patience),
            config,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::new()),
        })
    }

    /// The lines that are metrics as well.
    ///
    /// # Errors
    /// If the configuration doesn't name stage and area.
    pub fn telemetry(&self) -> Result<Telemetry, SetupError> {
        Ok(Telemetry::new(&self.config.stage()?, self.config.area()?))
    }

    /// The records.
    ///
    /// # Errors
    /// If the configuration doesn't name their tables.
    pub fn records(&self) -> Result<Records, SetupError> {
        Ok(Records::new(&self.aws, self.config.records_table()?, self.config.audit_table()?))
    }

    /// The form versions.
    ///
    /// # Errors
    /// If the configuration doesn't name the tables of the records.
    pub fn forms(&self) -> Result<Forms, SetupError> {
        Ok(Forms::new(self.records()?))
    }

    /// The audit log.
    ///
    /// # Errors
    /// If the configuration doesn't name its table.
    pub fn audit_log(&self) -> Result<AuditLog, SetupError> {
        Ok(AuditLog::new(&self.aws, self.config.audit_table()?))
    }

    /// The reads of the gate.
    ///
    /// # Errors
    /// If the configuration doesn't name the tables.
    pub fn gate_reads(&self) -> Result<GateReads, SetupError> {
        Ok(GateReads::new(self.records()?))
    }

    /// The directory.
    ///
    /// # Errors
    /// If the configuration doesn't name its table.
    pub fn directory(&self) -> Result<Directory, SetupError> {
        Ok(Directory::new(&self.aws, self.config.directory_table()?))
    }

    /// The vault.
    ///
    /// # Errors
    /// If the configuration doesn't name its key.
    pub fn vault(&self) -> Result<Vault, SetupError> {
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        Ok(Vault::new(&self.aws, self.config.phi_key()?, self.records()?, clock, entropy))
    }

    /// The bucket of clean photos.
    ///
    /// # Errors
    /// If the configuration doesn't name it.
    pub fn photos(&self) -> Result<Bucket, SetupError> {
        Ok(Bucket::new(&self.aws, self.config.photos_bucket()?))
    }

    /// The bucket of reports.
    ///
    /// # Errors
    /// If the configuration doesn't name it.
    pub fn reports(&self) -> Result<Bucket, SetupError> {
        Ok(Bucket::new(&self.aws, self.config.reports_bucket()?))
    }

    /// Links to clean photos.
    ///
    /// # Errors
    /// If the configuration doesn't name their bucket.
    pub fn photo_links(&self) -> Result<SignedLinks, SetupError> {
        Ok(SignedLinks::new(self.aws.clone(), self.config.photos_bucket()?))
    }

    /// Links to reports.
    ///
    /// # Errors
    /// If the configuration doesn't name their bucket.
    pub fn report_links(&self) -> Result<SignedLinks, SetupError> {
        Ok(SignedLinks::new(self.aws.clone(), self.config.reports_bucket()?))
    }

    /// The user pool of staff.
    ///
    /// # Errors
    /// If the configuration doesn't name it.
    pub fn staff_pool(&self) -> Result<UserPool, SetupError> {
        Ok(UserPool::new(&self.aws, self.config.staff_pool_id()?))
    }

    /// The user pool of operators.
    ///
    /// # Errors
    /// If the configuration doesn't name it.
    pub fn operator_pool(&self) -> Result<UserPool, SetupError> {
        Ok(UserPool::new(&self.aws, self.config.operator_pool_id()?))
    }
}
