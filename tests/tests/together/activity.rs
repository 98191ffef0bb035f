//! What keeps a session alive: its use, by whoever is first, and nothing once it was ended.

use crate::sign_in::{ago, sessions};
use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;
use serde_json::Value;
use visage_tests::staff::Role;
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
