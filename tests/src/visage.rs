//! The running system: its API, and the account it runs in.

use crate::aws::Aws;
use crate::cognito::{Login, SignIn, password};
use crate::http::{Ask, Http};
use crate::people::Person;
use crate::stack::Stack;
use crate::until::until;
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The running system. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Visage {
    /// How to reach it.
    pub stack: Stack,
    /// The connections.
    pub http: Http,
    /// The account behind it.
    pub aws: Aws,
}

impl Visage {
    /// The system that the environment names.
    ///
    /// # Errors
    /// If none runs.
    pub fn connect() -> Result<Self> {
        let (stack, http) = (Stack::from_environment()?, Http::new());
        let aws = Aws::new(http.clone(), &stack);
        Ok(Self { stack, http, aws })
    }

    /// Begins a request to the API; `path` starts with `/v1`. Whatever is answered has to be described.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        self.http.ask(method, format!("{}{path}", self.stack.api_url)).as_described(path)
    }

    /// Sign-in of a clinic's staff.
    ///
    /// # Errors
    /// If the stack names no such pool.
    pub fn staff_sign_in(&self) -> Result<SignIn> {
        Ok(SignIn::new(self.http.clone(), &self.stack, self.stack.named(&self.stack.pools, "staff")?))
    }

    /// Sign-in of operators.
    ///
    /// # Errors
    /// If the stack names no such pool.
    pub fn operator_sign_in(&self) -> Result<SignIn> {
        Ok(SignIn::new(self.http.clone(), &self.stack, self.stack.named(&self.stack.pools, "operator")?))
    }

    /// Somebody whom the pool `staff` or `operator` knows from now on, and nothing else does.
    ///
    /// # Errors
    /// If the pool doesn't take them.
    pub fn made_account(&self, pool: &str) -> Result<Login> {
        let login = Login { email: Person::invented().email, password: password(), totp_secret: None };
        let pool = &self.stack.named(&self.stack.pools, pool)?.pool_id;
        let who = json!({ "UserPoolId": pool, "Username": login.email });
        let mut made = who.clone();
        made["MessageAction"] = json!("SUPPRESS");
        self.aws.cognito("AdminCreateUser", &made)?;
        let mut decided = who;
        decided["Password"] = json!(login.password);
        decided["Permanent"] = json!(true);
        self.aws.cognito("AdminSetUserPassword", &decided)?;
        Ok(login)
    }

    /// The records table.
    ///
    /// # Errors
    /// If the stack names none.
    pub fn records(&self) -> Result<&str> {
        Ok(self.stack.named(&self.stack.tables, "records")?)
    }

    /// The audit table.
    ///
    /// # Errors
    /// If the stack names none.
    pub fn audit(&self) -> Result<&str> {
        Ok(self.stack.named(&self.stack.tables, "audit")?)
    }

    /// The directory table.
    ///
    /// # Errors
    /// If the stack names none.
    pub fn directory(&self) -> Result<&str> {
        Ok(self.stack.named(&self.stack.tables, "directory")?)
    }

    /// The address of a queue: `incoming`, `analysis`, `reports` or `notices`.
    ///
    /// # Errors
    /// If the stack names none.
    pub fn queue(&self, name: &str) -> Result<&str> {
        let queue = self.stack.named(&self.stack.queues, name)?;
        queue.url.as_deref().with_context(|| format!("the queue {name} has no address"))
    }

    /// Runs the sweeper of the outbox now; answers what it says.
    ///
    /// # Errors
    /// If it fails.
    pub fn sweep(&self) -> Result<Value> {
        self.aws.invoke(self.stack.named(&self.stack.functions, "sweep_outbox")?, &json!({}))
    }

    /// Lets the sweeper look at what is held back, as its schedule does every hour.
    ///
    /// # Errors
    /// If it fails.
    pub fn sweep_held(&self) -> Result<Value> {
        self.aws.invoke(self.stack.named(&self.stack.functions, "sweep_outbox")?, &json!({ "held": true }))
    }

    /// Everything that lies in any queue just now, that being worked on included, as text.
    ///
    /// # Errors
    /// If the emulator doesn't answer.
    pub fn queued(&self) -> Result<String> {
        let url = format!("{}/_ministack/sqs/messages", self.stack.aws_endpoint_url);
        Ok(self.http.ask("GET", url).send()?.expect(200)?.text())
    }

    /// Waits until no queue holds a message that names this, nor anybody works on one. What the stream has yet to hand
    /// over is not seen.
    ///
    /// # Errors
    /// If that takes too long.
    #[track_caller]
    pub fn until_worked_on(&self, named: &str) -> Result<()> {
        let mut left = Vec::new();
        let done = until("its messages were worked on", || {
            left = self.messages_naming(named)?;
            Ok(left.is_empty().then_some(()))
        });
        done.with_context(|| left.join(", "))
    }

    /// In which queues the messages lie that name this, and how often each was received.
    fn messages_naming(&self, named: &str) -> Result<Vec<String>> {
        let queued: Value = serde_json::from_str(&self.queued()?)?;
        let accounts = queued["messages"].as_object().into_iter().flat_map(|all| all.values());
        let regions = accounts.filter_map(Value::as_object).flat_map(|all| all.values());
        let queues = regions.filter_map(Value::as_object).flatten();
        let messages = queues
            .flat_map(|(url, messages)| messages.as_array().into_iter().flatten().map(move |it| (url, it)));
        let naming = messages.filter(|(_, message)| message.to_string().contains(named));
        Ok(naming.map(|(url, message)| format!("{url} received {} times", message["ReceiveCount"])).collect())
    }

    /// A bucket: `incoming`, `photos` or `reports`.
    ///
    /// # Errors
    /// If the stack names none.
    pub fn bucket(&self, name: &str) -> Result<&str> {
        Ok(self.stack.named(&self.stack.buckets, name)?)
    }
}
