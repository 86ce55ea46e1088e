//! Who sees what is kept.

use crate::stage::{Stage, draft, is, photograph, stage};
use authz::Role;
use register::MemberState;
use testkit::Town;

#[tokio::test]
async fn members_see_what_is_kept_for_their_own_organisation_and_nobody_else_does() {
    let stage = stage().await;
    let (kept, pending) = (stage.kept().await, stage.declare("b.jpg", "image/jpeg", &photograph()).await);
    let Stage { town, client, .. } = &stage;
    let member = town.person(2, "陈员", &town.branch).await;
    let of_group = town.person(3, "黄组", &town.group).await;
    let left = town.person_as(4, "吴离", &town.branch, |member| member.state = MemberState::Removed).await;
    let neighbour = town.person(5, "郑邻", &town.neighbour).await;
    for (person, status) in [(&member, 200), (&of_group, 200), (&left, 404), (&neighbour, 404)] {
        let own = client.with(Town::caller(person, &[]));
        for path in [
            format!("/v1/media/{kept}"),
            format!("/v1/media/{kept}/download"),
            format!("/v1/media?organization={}", town.branch.id),
        ] {
            assert_eq!(own.get(&path).await.status, status, "{} {path}", person.id);
        }
        assert_eq!(own.get(&format!("/v1/media/{pending}")).await.status, 404);
        is(&own.delete(&format!("/v1/media/{kept}")).await, 404, "not-found");
    }
    let own = client.with(Town::caller(&member, &[]));
    is(&own.get(&format!("/v1/media?organization={}", town.street.id)).await, 404, "not-found");
}

#[tokio::test]
async fn officers_see_it_as_far_as_they_reach() {
    let stage = stage().await;
    let id = stage.kept().await;
    let Stage { town, client, .. } = &stage;
    let somebody = town.person(9, "周官", &town.elsewhere).await;
    for (role, at, status) in [
        (Role::PartyAffairsOfficer, &town.street, 200),
        (Role::Inspector, &town.city, 200),
        (Role::CommitteeMember, &town.branch, 200),
        (Role::CommitteeMember, &town.street, 404),
        (Role::Secretary, &town.neighbour, 404),
        (Role::SystemAdministrator, &town.city, 403),
        (Role::Auditor, &town.city, 403),
    ] {
        let officer = client.with(Town::caller(&somebody, &[(role, at)]));
        for path in [format!("/v1/media/{id}"), format!("/v1/media/{id}/download")] {
            assert_eq!(officer.get(&path).await.status, status, "{role:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_list_has_what_is_kept_the_latest_first_page_by_page() {
    let stage = stage().await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(stage.kept().await);
        stage.bench.pass(jiff::SignedDuration::from_secs(1));
    }
    stage.declare("b.jpg", "image/jpeg", &photograph()).await;
    kept.reverse();
    let path = format!("/v1/media?organization={}&limit=2", stage.town.branch.id);
    let first = stage.client.get(&path).await;
    let second = stage.client.get(&format!("{path}&cursor={}", first.text("/next"))).await;
    let ids = [first.body["items"].as_array().unwrap(), second.body["items"].as_array().unwrap()];
    let ids: Vec<_> = ids.into_iter().flatten().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, kept);
    assert!(second.body["next"].is_null());
    is(&stage.client.get(&format!("{path}&cursor=x")).await, 400, "bad-cursor");
    is(&stage.client.get(&format!("{path}&q=x")).await, 422, "invalid-field");
}

#[tokio::test]
async fn a_link_to_a_picture_shows_it_and_any_other_saves_the_file() {
    let stage = stage().await;
    let picture = stage.kept().await;
    let pdf = stage.upload("决议 \u{201c}一\u{201d}.pdf", "application/pdf", b"%PDF-1.7\n%%EOF").await.text("/id");
    for (id, disposition, kind) in [(picture, "inline", "image%2Fjpeg"), (pdf, "attachment", "application%2Fpdf")] {
        let link = stage.client.get(&format!("/v1/media/{id}/download")).await;
        assert_eq!(link.text("/expiresAt"), "2026-11-24T02:10:00Z");
        let url = link.text("/url");
        assert!(url.contains(&format!("/media-bucket/media/{id}?")), "{url}");
        assert!(
            url.contains(&format!("response-content-disposition={disposition}%3B%20filename%2A%3DUTF-8%27%27")),
            "{url}"
        );
        assert!(url.contains(&format!("response-content-type={kind}")), "{url}");
        assert!(url.contains("X-Amz-Expires=600"), "{url}");
    }
    let pending = stage.client.post("/v1/media", draft(&stage.town, "b.jpg", "image/jpeg", b"x")).await.text("/id");
    is(&stage.client.get(&format!("/v1/media/{pending}/download")).await, 409, "not-uploaded");
}
