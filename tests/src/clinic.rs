//! A clinic of its own for each test: nothing that one test does can reach another's.

use crate::cognito::Login;
use crate::http::Answer;
use crate::messages;
use crate::operator::Operator;
use crate::staff::{Role, Staff};
use crate::until::until;
use crate::visage::Visage;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

pub use crate::registration::{agreements, licence, registration};

/// The form that a clinic starts with.
pub const DEFAULT_FORM: &str = include_str!("../../functions/forms/default_form.json");

/// A registered clinic with staff in every role and its form published.
#[derive(Debug)]
pub struct Clinic {
    /// The system it is registered at.
    pub visage: Visage,
    /// Its id.
    pub id: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The version of its form.
    pub form_version: u32,
    logins: Mutex<HashMap<Role, Login>>,
    sessions: Mutex<HashMap<Role, Staff>>,
}

/// What the API answers to a registration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Registered {
    /// The clinic's id.
    pub clinic: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its first staff.
    pub staff: Vec<String>,
}

/// What the API answers to a publication.
#[derive(Deserialize)]
struct Published {
    version: u32,
}

impl Clinic {
    /// Registers a clinic and publishes the default form.
    ///
    /// # Errors
    /// If something on the way is refused.
    pub fn open(visage: &Visage) -> Result<Self> {
        Self::with_form(visage, &serde_json::from_str(DEFAULT_FORM)?)
    }

    /// Registers a clinic and publishes `form`.
    ///
    /// # Errors
    /// If something on the way is refused.
    pub fn with_form(visage: &Visage, form: &Value) -> Result<Self> {
        let mut clinic = Self::register(visage)?;
        clinic.publish(form)?;
        Ok(clinic)
    }

    /// Registers a clinic without a form.
    ///
    /// # Errors
    /// If it is refused.
    pub fn register(visage: &Visage) -> Result<Self> {
        Self::register_as(visage, &registration())
    }

    /// Registers a clinic without a form, as `input` says, whose owner accepts the agreements.
    ///
    /// # Errors
    /// If it is refused.
    pub fn register_as(visage: &Visage, input: &Value) -> Result<Self> {
        let clinic = Self::pending(visage, input)?;
        clinic.accept(&agreements())?.expect(200)?;
        Ok(clinic)
    }

    /// Registers a clinic that has accepted nothing yet, as `input` says: somebody in every role, in the order of
    /// [`Role::ALL`].
    ///
    /// # Errors
    /// If it is refused.
    pub fn pending(visage: &Visage, input: &Value) -> Result<Self> {
        let operator = Operator::of(visage)?;
        let answer = operator.ask("POST", "/v1/clinics").once().json(input).send()?;
        let staff = Role::ALL.into_iter().zip(input["staff"].as_array().into_iter().flatten());
        Ok(Self::of(visage, answer.read(201)?, input, staff))
    }

    /// A clinic that registered by itself as `input` says, and has accepted nothing yet: its owner is alone there.
    pub fn registered_by_itself(visage: &Visage, registered: Registered, input: &Value) -> Self {
        Self::of(visage, registered, input, [(Role::Owner, &input["owner"])])
    }

    fn of<'a>(
        visage: &Visage,
        registered: Registered,
        input: &Value,
        staff: impl IntoIterator<Item = (Role, &'a Value)>,
    ) -> Self {
        let login = |(role, member): (Role, &Value)| {
            let email = member["email"].as_str().unwrap_or_default().to_owned();
            (role, Login { email, password: String::new(), totp_secret: None })
        };
        Self {
            visage: visage.clone(),
            id: registered.clinic,
            slug: registered.slug,
            name: input["name"].as_str().unwrap_or_default().to_owned(),
            form_version: 0,
            logins: Mutex::new(staff.into_iter().map(login).collect()),
            sessions: Mutex::default(),
        }
    }

    /// Has the owner send `input` as their acceptance of agreements, whatever comes of it.
    ///
    /// # Errors
    /// If the sign-in is refused, or there is no answer.
    pub fn accept(&self, input: &Value) -> Result<Answer> {
        self.staff(Role::Owner)?.ask("PUT", "/v1/clinic/agreements").json(input).send()
    }

    /// Has the operator decide that the clinic, which stands at `from`, stands at `to`.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn change_status(&self, from: &str, to: &str, reason: &str) -> Result<Answer> {
        let path = format!("/v1/clinics/{}/status", self.id);
        let input = json!({ "from": from, "to": to, "reason": reason });
        Operator::of(&self.visage)?.ask("PUT", &path).json(&input).send()
    }

    /// Publishes a version of the form.
    ///
    /// # Errors
    /// If it is refused.
    pub fn publish(&mut self, form: &Value) -> Result<()> {
        let owner = self.staff(Role::Owner)?;
        let published: Published = owner.ask("POST", "/v1/forms").once().json(form).send()?.read(201)?;
        self.form_version = published.version;
        Ok(())
    }

    /// Decides what is done with intakes of minors: `refused` or `with_guardian`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn decide_on_minors(&self, minors: &str) -> Result<()> {
        self.decide(&json!({ "minors": minors }))
    }

    /// Decides what report links ask for: `birth_date` or `one_time_code`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn decide_on_second_factor(&self, factor: &str) -> Result<()> {
        self.decide(&json!({ "reportSecondFactor": factor }))
    }

    fn decide(&self, settings: &Value) -> Result<()> {
        let owner = self.staff(Role::Owner)?;
        let etag = owner.ask("GET", "/v1/clinic/settings").send()?.expect(200)?.etag()?;
        let ask = owner.ask("PUT", "/v1/clinic/settings").if_match(&etag);
        ask.json(settings).send()?.expect(200).map(drop)
    }

    /// The clinic's member in that role, signed in; always the same session.
    ///
    /// # Errors
    /// If the sign-in is refused.
    pub fn staff(&self, role: Role) -> Result<Staff> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(staff) = sessions.get(&role) {
            return Ok(staff.clone());
        }
        let staff = self.fresh_session(role)?;
        sessions.insert(role, staff.clone());
        Ok(staff)
    }

    /// The clinic's member in that role, who from now on is a provider and nothing else.
    ///
    /// # Errors
    /// If the sign-in is refused or the membership isn't stored.
    pub fn made_provider(&self, role: Role) -> Result<Staff> {
        self.made(role, Role::Provider)
    }

    /// The clinic's member in that role, who from now on has another and nothing else.
    ///
    /// # Errors
    /// If the sign-in is refused or the membership isn't stored.
    pub fn made(&self, role: Role, another: Role) -> Result<Staff> {
        let (staff, table) = (self.staff(role)?, self.visage.records()?);
        let partition = format!("C#{}#S#{}", self.id, staff.id);
        let stored = self.visage.aws.query(table, &partition, "STAFF")?.pop().context("a membership")?;
        self.visage.aws.set(table, &stored, "roles", &json!({ "L": [{ "S": another.code() }] }))?;
        Ok(staff)
    }

    /// The clinic's member in that role, with a session of its own.
    ///
    /// # Errors
    /// If the sign-in is refused.
    pub fn fresh_session(&self, role: Role) -> Result<Staff> {
        Staff::start(&self.visage, &self.access_token(role)?, &self.slug)
    }

    /// A fresh access token of the member in that role.
    ///
    /// # Errors
    /// If the sign-in is refused.
    pub fn access_token(&self, role: Role) -> Result<String> {
        let mut logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        let login = logins.get_mut(&role).context("the clinic has somebody in every role")?;
        if login.password.is_empty() {
            login.password = self.mailed_login(&login.email, 0)?.password;
        }
        self.visage.staff_sign_in()?.sign_in(login)
    }

    /// Has the owner invite somebody as `input` says, who then signs in for the first time. Answers what they sign in with,
    /// and their session.
    ///
    /// # Errors
    /// If it is refused.
    pub fn join(&self, input: &Value) -> Result<(Login, Staff)> {
        let email = input["email"].as_str().unwrap_or_default();
        let known = messages::temporary_passwords(&self.visage, email)?.len();
        self.staff(Role::Owner)?.ask("POST", "/v1/staff").once().json(input).send()?.expect(201)?;
        let mut login = self.mailed_login(email, known)?;
        let staff = self.sign_in(&mut login)?;
        Ok((login, staff))
    }

    /// What somebody signs in with for the first time, once they were mailed more than `known` temporary passwords.
    ///
    /// # Errors
    /// If no further one arrives.
    pub fn mailed_login(&self, email: &str, known: usize) -> Result<Login> {
        let password = until("the invitation arrives", || {
            let mut passwords = messages::temporary_passwords(&self.visage, email)?;
            Ok(passwords.pop().filter(|_| passwords.len() >= known))
        })?;
        Ok(Login { email: email.to_owned(), password, totp_secret: None })
    }

    /// A session of somebody who signs in with `login`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn sign_in(&self, login: &mut Login) -> Result<Staff> {
        let token = self.visage.staff_sign_in()?.sign_in(login)?;
        Staff::start(&self.visage, &token, &self.slug)
    }

    /// What its people sign in with, as far as they did.
    pub fn logins(&self) -> Vec<(Role, Login)> {
        let logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = logins.iter().map(|(role, login)| (*role, login.clone())).collect();
        all.sort_by_key(|(role, _)| *role);
        all
    }
}
