//! What keeps a session alive: its use, by whoever is first, and nothing once it was ended.

use crate::sign_in::{ago, sessions};
use anyhow::{Context, Result, anyhow, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use visage_domain::capability::{Secret, SessionToken};
use visage_domain::session::Session;
use visage_store::aws::{Access, Aws, Patience};
use visage_store::directory::Directory;
use visage_store::records::{GateReads, Records};
use visage_tests::operator::Operator;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Visage};

#[test]
fn of_many_requests_at_once_one_renews_and_none_brings_a_session_back() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let stored = || Ok::<_, anyhow::Error>(sessions(&owner, &clinic)?.pop());
    let seen_before = |minutes| -> Result<Value> {
        let (session, before) =
            (stored()?.context("the session is stored")?, ago(SignedDuration::from_mins(minutes)));
        clinic.visage.aws.set(clinic.visage.records()?, &session, "seen_at", &before)?;
        Ok(before)
    };
    let all_at_once = |method| {
        std::thread::scope(|scope| {
            let asked: Vec<_> =
                (0..12).map(|_| scope.spawn(|| owner.ask(method, "/v1/session").send())).collect();
            let answers = asked.into_iter().map(|it| it.join().map_err(|_| anyhow::anyhow!("it asks"))?);
            answers.map(|answer| Ok(answer?.status)).collect::<Result<Vec<_>>>()
        })
    };

    let before = seen_before(29)?;
    ensure!(all_at_once("GET")?.iter().all(|status| *status == 200), "they were in time");
    let renewed = stored()?.context("the session is stored")?["seen_at"].clone();
    ensure!(renewed != before && all_at_once("GET")?.iter().all(|status| *status == 200));
    ensure!(
        stored()?.context("the session is stored")?["seen_at"] == renewed,
        "within a minute nothing is written"
    );

    // Each would renew it, and one ends it meanwhile.
    seen_before(10)?;
    std::thread::scope(|scope| {
        let others = scope.spawn(|| all_at_once("GET"));
        owner.ask("DELETE", "/v1/session").send()?.expect(204)?;
        let others = others.join().map_err(|_| anyhow::anyhow!("they ask"))??;
        ensure!(others.iter().all(|status| matches!(status, 200 | 401)), "{others:?}");
        Ok(())
    })?;
    ensure!(stored()?.is_none() && all_at_once("GET")?.iter().all(|status| *status == 401));
    Ok(())
}

/// The account as the functions reach it, with the keys of its root.
fn account(visage: &Visage) -> Aws {
    let keys = visage.stack.credentials.clone();
    let access = Access {
        region: visage.stack.region.clone(),
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
        session_token: None,
        endpoints: BTreeMap::from([(String::new(), visage.stack.aws_endpoint_url.clone())]),
    };
    Aws::connect(access, Patience::WORKER)
}

#[test]
fn a_renewal_that_comes_late_moves_no_activity_back_and_brings_no_session_back() -> Result<()> {
    let visage = Visage::connect()?;
    let owner = Clinic::register(&visage)?.fresh_session(Role::Owner)?;
    let token = SessionToken::decode(&owner.token).context("a session's token")?;
    let operator = Operator::fresh_session(&visage)?.token;
    let secret = operator.strip_prefix("v1.operator.").and_then(Secret::decode).context("an operator's")?;
    let aws = account(&visage);
    let gate = GateReads::new(Records::new(&aws, visage.records()?.into(), visage.audit()?.into()));
    let directory = Directory::new(&aws, visage.directory()?.into());
    let minutes = |at: Timestamp, minutes| at + SignedDuration::from_mins(minutes);
    // Two requests read the same, and the one that came later writes first.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let before = gate.staff(&token, None).await?.take::<Session>()?.context("a session")?;
        let (early, late) = (minutes(before.record.seen_at, 2), minutes(before.record.seen_at, 4));
        gate.touch(token.clinic, &before, late).await?;
        gate.touch(token.clinic, &before, early).await?;
        let after = gate.staff(&token, None).await?.take::<Session>()?.context("a session")?;
        ensure!(after.record.seen_at == late, "it was moved to {}", after.record.seen_at);

        let before = directory.operator_session(&secret).await?.context("a session")?;
        let (early, late) = (minutes(before.seen_at, 2), minutes(before.seen_at, 4));
        ensure!(directory.renew_operator_session(&before, late).await?);
        ensure!(directory.renew_operator_session(&before, early).await?, "it is there, and in use");
        let after = directory.operator_session(&secret).await?.context("a session")?;
        ensure!(after.seen_at == late, "it was moved to {}", after.seen_at);

        directory.end_operator_session(&after).await?;
        ensure!(!directory.renew_operator_session(&after, minutes(late, 2)).await?, "it was ended");
        ensure!(directory.operator_session(&secret).await?.is_none(), "it came back");
        Ok(())
    })
}

/// Has several ask again and again until each is refused with `code`: nobody is served from `ends` on, nor refused before.
fn served_until(owner: &Staff, ends: Timestamp, header: Option<&str>, code: &str) -> Result<()> {
    let asks = || -> Result<()> {
        loop {
            let asked = Timestamp::now();
            let request = owner.ask("GET", "/v1/session");
            let answer = header.into_iter().fold(request, |ask, name| ask.header(name, "1")).send()?;
            if answer.status != 200 {
                ensure!(Timestamp::now() >= ends, "refused before its end");
                return answer.refused(401, code).map(drop);
            }
            ensure!(asked < ends, "served after its end");
        }
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..3).map(|_| scope.spawn(asks)).collect();
        all.into_iter().try_for_each(|it| it.join().map_err(|_| anyhow!("it asks"))?)
    })
}

#[test]
fn at_thirty_minutes_and_at_twelve_hours_it_is_over_for_all_who_ask_at_once() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let only = || sessions(&owner, &clinic)?.pop().context("the session is stored");
    let set = |name: &str, at: Timestamp| {
        let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
        aws.set(table, &only()?, name, &json!({ "S": at.to_string() }))
    };
    let soon = || Timestamp::now() + SignedDuration::from_secs(1);

    // What asks in the background renews nothing.
    let ends = soon();
    set("seen_at", ends - SignedDuration::from_mins(30))?;
    served_until(&owner, ends, Some("x-background"), "session_idle")?;
    // Nor does anybody else, once it is over.
    owner.ask("GET", "/v1/session").send()?.refused(401, "session_idle")?;
    ensure!(only()?["seen_at"]["S"] == (ends - SignedDuration::from_mins(30)).to_string());

    // In use all the time, with activity to be renewed.
    let ends = soon();
    set("seen_at", Timestamp::now() - SignedDuration::from_mins(5))?;
    set("started_at", ends - SignedDuration::from_hours(12))?;
    served_until(&owner, ends, None, "session_expired")
}
