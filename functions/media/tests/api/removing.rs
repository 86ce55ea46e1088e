//! Removing files.

use crate::stage::{Stage, Used, is, photograph, stage};
use authz::Role;
use testkit::Town;

#[tokio::test]
async fn a_removed_file_is_gone_with_its_share_of_the_quota() {
    let stage = stage().await;
    let id = stage.kept().await;
    let path = format!("/v1/media/{id}");
    let client = stage.client.idempotency("removal-0001");
    for _ in 0..2 {
        assert_eq!(client.delete(&path).await.status, 204);
    }
    assert_eq!(stage.keys().await, Vec::<String>::new());
    assert_eq!(stage.used().await, Some(Used { bytes: 0, files: 0 }));
    assert_eq!(stage.told(&id).await, ["media.completed", "media.declared", "media.removed"]);
    is(&stage.client.get(&path).await, 404, "not-found");
    is(&stage.client.delete(&path).await, 404, "not-found");
    is(&stage.complete(&id).await, 404, "not-found");
}

#[tokio::test]
async fn what_was_only_declared_can_be_taken_back() {
    let stage = stage().await;
    let id = stage.declare("a.jpg", "image/jpeg", &photograph()).await;
    stage.put(&id, &photograph()).await;
    assert_eq!(stage.client.delete(&format!("/v1/media/{id}")).await.status, 204);
    assert_eq!(stage.keys().await, Vec::<String>::new());
    assert_eq!(stage.used().await, Some(Used { bytes: 0, files: 0 }));
}

#[tokio::test]
async fn one_removes_ones_own_and_what_others_uploaded_only_with_the_office_for_it() {
    let stage = stage().await;
    let id = stage.kept().await;
    let Stage { town, client, secretary, .. } = &stage;
    let path = format!("/v1/media/{id}");
    let other = town.person(2, "陈委", &town.branch).await;
    let committee = [(Role::CommitteeMember, &town.branch)];
    is(&client.with(Town::caller(&other, &committee)).delete(&path).await, 403, "forbidden");
    is(&client.with(Town::caller(secretary, &[])).delete(&path).await, 404, "not-found");
    is(&client.with(Town::caller(secretary, &[(Role::Inspector, &town.branch)])).delete(&path).await, 403, "forbidden");
    assert_eq!(client.with(Town::caller(secretary, &committee)).delete(&path).await.status, 204);
    let id = stage.kept().await;
    let desk = client.with(Town::caller(&other, &[(Role::PartyAffairsOfficer, &town.street)]));
    assert_eq!(desk.delete(&format!("/v1/media/{id}")).await.status, 204);
    assert_eq!(stage.used().await, Some(Used { bytes: 0, files: 0 }), "it is the uploader's share that is given back");
}
