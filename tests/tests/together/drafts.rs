//! The draft of a clinic's form: saved by several, sent twice, published while it changes.

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use visage_tests::forms::{DRAFT, QUESTION, asking, default_form, publish, save};
use visage_tests::http::Answer;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Visage};

#[test]
fn two_owners_edit_one_draft_and_one_is_told() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (one, other) = (clinic.staff(Role::Owner)?, clinic.fresh_session(Role::Owner)?);
    save(&one, Some("\"1\""), &default_form()?)?.refused(412, "changed_meanwhile")?;
    let etag = save(&one, None, &default_form()?)?.expect(200)?.etag()?;
    save(&other, None, &asking("Another")?)?.refused(428, "if_match_required")?;
    let (mine, theirs) = (asking("Mine")?, asking("Theirs")?);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let saves = [(&one, &mine), (&other, &theirs), (&one, &mine), (&other, &theirs)];
        let saves = saves.map(|(owner, form)| scope.spawn(|| save(owner, Some(&etag), form)));
        saves.into_iter().filter_map(|save| save.join().ok()?.ok()).collect()
    });
    let (saved, told): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    // Each was sent twice, and sent again it finds itself saved.
    ensure!(saved.len() == 2 && told.len() == 2, "{} were saved, {} told", saved.len(), told.len());
    let current = saved[0].etag()?;
    ensure!(saved[1].etag()? == current, "once");
    for answer in told {
        ensure!(answer.etag()? == current, "with the tag to go on from");
        answer.refused(412, "changed_meanwhile")?;
    }

    publish(&one, &etag, "a-key-of-the-owner-0002")?.refused(412, "changed_meanwhile")?;
    publish(&one, &current, "a-key-of-the-owner-0003")?.expect(201)?;
    // Who still edits what was published is told, also once the next draft was begun.
    save(&other, Some(&current), &theirs)?.refused(412, "changed_meanwhile")?;
    let next = save(&one, None, &mine)?.expect(200)?.etag()?;
    for stale in [&etag, &current] {
        ensure!(next != *stale);
        save(&other, Some(stale), &theirs)?.refused(412, "changed_meanwhile")?;
    }
    save(&other, Some(&next), &theirs)?.expect(200)?;
    Ok(())
}

#[test]
fn a_save_that_is_sent_again_finds_itself_saved() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, other) = (clinic.staff(Role::Owner)?, clinic.made(Role::Coordinator, Role::Owner)?);
    let (form, changed) = (default_form()?, asking("Given name")?);
    let again = |etag: Option<&str>, form: &Value, first: &Answer| -> Result<()> {
        let answer = save(&owner, etag, form)?;
        ensure!(answer.etag()? == first.etag()?, "it was saved once more");
        ensure!(answer.read::<Value>(200)? == first.clone().read::<Value>(200)?);
        Ok(())
    };
    let first = save(&owner, None, &form)?.expect(200)?;
    again(None, &form, &first)?;
    let etag = first.etag()?;
    save(&other, None, &form)?.refused(428, "if_match_required")?;
    let second = save(&owner, Some(&etag), &changed)?.expect(200)?;
    again(Some(&etag), &changed, &second)?;
    // What somebody else saved is theirs, and what was saved before the last is over.
    save(&other, Some(&etag), &changed)?.refused(412, "changed_meanwhile")?;
    save(&owner, Some(&etag), &form)?.refused(412, "changed_meanwhile")?;
    publish(&owner, &second.etag()?, "a-key-of-the-owner-0010")?.expect(201)?;
    save(&owner, Some(&etag), &changed)?.refused(412, "changed_meanwhile")?;
    Ok(())
}

#[test]
fn a_key_publishes_the_draft_it_came_with_and_no_other() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, key) = (clinic.staff(Role::Owner)?, "a-key-of-the-owner-0011");
    let etag = save(&owner, None, &default_form()?)?.expect(200)?.etag()?;
    let published: Value = publish(&owner, &etag, key)?.read(201)?;
    let next = save(&owner, None, &asking("Given name")?)?.expect(200)?.etag()?;
    publish(&owner, &next, key)?.refused(422, "idempotency_key_reused")?;
    let draft: Value = owner.ask("GET", DRAFT).send()?.read(200)?;
    ensure!(draft["form"].pointer(QUESTION) == Some(&json!("Given name")), "it waits to be published");
    ensure!(publish(&owner, &etag, key)?.read::<Value>(201)? == published, "the first is still the first");
    publish(&owner, &next, "a-key-of-the-owner-0012")?.expect(201)?;
    Ok(())
}

#[test]
fn of_a_save_and_a_publication_at_once_one_is_told_that_the_draft_changed() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    for round in 0..8 {
        let etag = save(&owner, None, &asking(&format!("Before {round}"))?)?.expect(200)?.etag()?;
        let (form, key) = (asking(&format!("After {round}"))?, format!("a-key-of-the-owner-1{round:03}"));
        let (published, saved) = std::thread::scope(|scope| -> Result<_> {
            let publication = scope.spawn(|| publish(&owner, &etag, &key));
            let saved = save(&owner, Some(&etag), &form)?;
            Ok((publication.join().unwrap_or_else(|_| bail!("panicked"))?, saved))
        })?;
        if saved.status == 200 {
            let current = saved.etag()?;
            ensure!(published.etag()? == current, "with the tag to go on from");
            published.refused(412, "changed_meanwhile")?;
            publish(&owner, &current, &format!("a-key-of-the-owner-2{round:03}"))?.expect(201)?;
        } else {
            saved.refused(412, "changed_meanwhile")?;
            published.expect(201)?;
        }
        owner.ask("GET", DRAFT).send()?.refused(404, "not_found")?;
    }
    Ok(())
}
