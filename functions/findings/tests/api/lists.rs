//! Who sees what was found.

use crate::stage::{ids, is, ok, stage, why};
use authz::Role;
use register::Readings;

#[tokio::test]
async fn officers_see_what_was_found_in_their_organisation_and_below_it() {
    let stage = stage().await;
    let (here, person, there) = (
        stage.small(&stage.town.branch).await.id.to_string(),
        stage.over(&stage.member).await.id.to_string(),
        stage.small(&stage.town.neighbour).await.id.to_string(),
    );
    let path = |id: kernel::OrgId| format!("/v1/findings?organization={id}");
    let (branch, street, city) = (path(stage.town.branch.id), path(stage.town.street.id), path(stage.town.city.id));
    let own = ok(stage.office.get(&branch).await);
    let mut own = ids(&own);
    own.sort();
    let mut expected = vec![here.clone(), person.clone()];
    expected.sort();
    assert_eq!(own, expected);
    let above = stage.officer(Role::OrganizationDepartment, &stage.town.city);
    for (path, many) in [(&branch, 2), (&street, 3), (&city, 3)] {
        assert_eq!(ids(&ok(above.get(path).await)).len(), many, "{path}");
    }
    let one_rule = ok(above.get(&format!("{street}&rule=too-few-members")).await);
    assert_eq!(ids(&one_rule).len(), 2);
    assert!(ids(&ok(above.get(&format!("{street}&closed=true")).await)).is_empty());

    // Page by page they are the same.
    let (mut all, mut next) = (Vec::new(), String::new());
    for _ in 0..4 {
        let page = ok(above.get(&format!("{street}&limit=1{next}")).await);
        all.extend(ids(&page));
        match page.body["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(all.len(), 3);
    assert!(all.contains(&there));

    is(&stage.office.get(&street).await, 404, "not-found");
    is(&stage.of(&stage.member).get(&branch).await, 404, "not-found");
    is(&stage.officer(Role::GroupLeader, &stage.town.branch).get(&branch).await, 403, "forbidden");
    is(&above.get(&format!("{street}&score=1")).await, 422, "invalid-field");
}

#[tokio::test]
async fn a_finding_says_rule_record_and_article_and_whom_it_is_about_sees_it() {
    let stage = stage().await;
    let finding = stage.over(&stage.member).await;
    let path = format!("/v1/findings/{}", finding.id);
    let own = stage.of(&stage.member);
    for client in [&stage.office, &own] {
        let reply = ok(client.get(&path).await);
        assert_eq!(reply.header("etag"), "\"v1\"");
        assert_eq!((reply.text("/rule").as_str(), reply.body["ruleVersion"].as_u64()), ("probation-over", Some(1)));
        assert_eq!(
            (reply.text("/period").as_str(), reply.text("/article").as_str()),
            ("2026-08-01", "细则2026 §31–§33")
        );
        assert_eq!(reply.text("/records/0"), stage.member.id.to_string());
        assert!(reply.body.get("closed").is_none() && reply.body.get("path").is_none(), "{reply:?}");
    }
    assert_eq!(ids(&ok(own.get("/v1/me/findings").await)), [finding.id.to_string()]);
    assert!(ids(&ok(stage.of(&stage.secretary).get("/v1/me/findings").await)).is_empty());
    is(&stage.of(&stage.secretary).get(&path).await, 404, "not-found");
    let branch = stage.small(&stage.town.branch).await;
    is(&own.get(&format!("/v1/findings/{}", branch.id)).await, 404, "not-found");
    is(&stage.office.get("/v1/findings/fnd_x").await, 404, "not-found");
}

#[tokio::test]
async fn who_reads_a_finding_about_somebody_is_seen_by_them() {
    let stage = stage().await;
    let finding = stage.over(&stage.member).await;
    stage.small(&stage.town.branch).await;
    let (list, path) =
        (format!("/v1/findings?organization={}", stage.town.branch.id), format!("/v1/findings/{}", finding.id));
    let log = async || {
        let readings = Readings::open(&stage.bench.env).unwrap();
        readings.of(stage.member.id, None, 10).await.unwrap().items
    };
    // One's own leaves nothing, nor does what is about an organisation.
    ok(stage.of(&stage.member).get(&path).await);
    ok(stage.of(&stage.member).get("/v1/me/findings").await);
    ok(stage.officer(Role::OrganizationDepartment, &stage.town.city).get(&list).await);
    ok(stage.office.get(&format!("{list}&rule=too-few-members")).await);
    is(&stage.of(&stage.secretary).get(&path).await, 404, "not-found");
    assert!(log().await.is_empty());
    ok(stage.office.get(&list).await);
    ok(stage.office.get(&path).await);
    ok(stage.office.if_match("\"v1\"").post(&format!("{path}/closure"), why()).await);
    let lines = log().await;
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert_eq!((line.reader, line.role.as_str()), (stage.secretary.id, "secretary"));
        assert_eq!((line.organization, line.fields.as_str()), (stage.town.branch.id, "findings"));
    }
}
