//! The authorization matrix: every route × every office × every place in the tree, against the policy's table.

use authz::{Action, Reach, Role, reach};
use kernel::OrgPath;
use register::Node;
use system::{
    Scene,
    tour::{For, Step, tour},
};
use testkit::{Client, Town};

/// Whether an office held at `at` allows `action` at `place`: the rule of the table in one line each, apart from the code
/// that the functions use.
fn allows(role: Role, at: &OrgPath, action: Action, place: &OrgPath) -> bool {
    match reach(role, action) {
        Reach::Never => false,
        Reach::Own => at == place,
        Reach::Subtree => place.as_str().starts_with(at.as_str()),
        Reach::Below => place != at && place.as_str().starts_with(at.as_str()),
    }
}

/// What the policy says about a step for somebody with one office: the status it must not or must be refused with.
fn verdict(scene: &Scene, step: &Step, role: Role, at: &Node) -> Result<(), u16> {
    let Some(action) = step.whom.action() else { return Ok(()) };
    if matches!(step.whom, For::Anywhere(_)) {
        // Of no place: whoever may do it anywhere may do it, and it is no secret that there is something to do.
        return if reach(role, action) == Reach::Never { Err(403) } else { Ok(()) };
    }
    let needed = [Some((action, (step.place)(scene))), step.also.map(|(action, place)| (action, place(scene)))];
    for (action, place) in needed.into_iter().flatten() {
        if !allows(role, &at.path, action, &place.path) {
            let seen = allows(role, &at.path, Action::ReadOrganization, &place.path);
            return Err(if seen { 403 } else { 404 });
        }
    }
    Ok(())
}

/// The organisations that an office is held in.
fn places(scene: &Scene) -> [&Node; 8] {
    let Town { city, district, street, branch, group, neighbour, other_street, elsewhere, .. } = &scene.town;
    [city, district, street, branch, group, neighbour, other_street, elsewhere]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_for_every_office_at_every_place() {
    let (mut asked, mut done, mut wrong) = (0, 0, Vec::new());
    let scene = Scene::set().await;
    let fresh = scene.bench.image();
    for step in tour().iter().filter(|step| step.whom.action().is_some()) {
        scene.bench.restore(&fresh);
        let ask = (step.ask)(&scene).await;
        let asking = scene.bench.image();
        for role in Role::ALL {
            for place in places(&scene) {
                let expected = match verdict(&scene, step, *role, place) {
                    Ok(()) => step.status,
                    Err(status) => status,
                };
                let reply = ask.send(step.method, &holder(&scene, step, *role, place)).await;
                // What is refused changes nothing; what is done is undone.
                if expected == step.status && step.changes() {
                    scene.bench.restore(&asking);
                }
                asked += 1;
                done += u32::from(expected == step.status);
                if reply.status != expected {
                    let (method, route) = (step.method, step.route);
                    wrong.push(format!(
                        "{method} {route} as {role:?} of {}: {} {}",
                        place.name,
                        reply.status,
                        reply.code()
                    ));
                }
            }
        }
        let plain = ask.send(step.method, &scene.client(step.function).with(Town::caller(&scene.stranger, &[]))).await;
        if plain.status != if matches!(step.whom, For::Anywhere(_)) { 403 } else { 404 } {
            wrong.push(format!("{} {} without an office: {}", step.method, step.route, plain.status));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 2_500 && done > 300, "only {asked} were asked and {done} done");
}

/// Somebody who holds one office and is nobody else.
fn holder(scene: &Scene, step: &Step, role: Role, place: &Node) -> Client {
    scene.client(step.function).with(Town::caller(&scene.stranger, &[(role, place)]))
}

#[tokio::test]
async fn nobody_gets_in_without_the_authorizer() {
    let scene = Scene::set().await;
    let fresh = scene.bench.image();
    for step in tour() {
        scene.bench.restore(&fresh);
        let ask = (step.ask)(&scene).await;
        let reply = ask.send(step.method, &scene.client(step.function)).await;
        match step.whom {
            For::Everybody => assert!(reply.status < 400, "{} {}: {reply:?}", step.method, step.route),
            _ => assert_eq!((reply.status, reply.code()), (401, "unauthenticated"), "{} {}", step.method, step.route),
        }
    }
}

#[tokio::test]
async fn what_is_nobodys_business_but_ones_own_follows_the_token_and_not_the_request() {
    let scene = Scene::set().await;
    let other = scene.client("accounts").with(Town::caller(&scene.secretary, &[]));
    let foreign = other.delete(&format!("/v1/me/sessions/{}", scene.session)).await;
    assert!(matches!(foreign.status, 401 | 404), "{foreign:?}");
    let log = scene.client("accounts").with(Town::caller(&scene.stranger, &[])).get("/v1/me/access-log").await;
    assert!(log.body["items"].as_array().is_none_or(Vec::is_empty), "{log:?}");
}

#[tokio::test]
async fn a_member_may_see_their_own_branch_and_those_above_it_and_no_other() {
    let scene = Scene::set().await;
    let town = &scene.town;
    let own = scene.client("organizations").with(Town::caller(&scene.member, &[]));
    for (node, status) in [
        (&town.branch, 200),
        (&town.street, 200),
        (&town.city, 200),
        (&town.neighbour, 404),
        (&town.group, 404),
        (&town.other_street, 404),
        (&town.elsewhere, 404),
    ] {
        let reply = own.get(&format!("/v1/organizations/{}", node.id)).await;
        assert_eq!(reply.status, status, "{}", node.name);
    }
    let record = scene.client("members").with(Town::caller(&scene.member, &[]));
    assert_eq!(record.get(&format!("/v1/members/{}", scene.member.id)).await.status, 200);
    assert_eq!(record.get(&format!("/v1/members/{}", scene.secretary.id)).await.status, 404);
    assert_eq!(record.get(&format!("/v1/members?organization={}", town.branch.id)).await.status, 404);
}

#[test]
fn the_examples_cover_every_action_of_the_policy() {
    let tour = tour();
    let covered = |action| tour.iter().any(|step| step.whom.action() == Some(action));
    let missing: Vec<_> = Action::ALL.iter().filter(|action| !covered(**action)).collect();
    // Administrators are appointed through the same route as officers, and what was done to an account is read through the
    // same route as the rest of the trace; their own tests cover it.
    assert_eq!(missing, [&Action::AppointAdministrator, &Action::ReadAccountTrace], "{missing:?}");
    let names = serde_json::json!(["appoint-administrator", "read-account-trace"]);
    assert_eq!(serde_json::to_value(missing).unwrap(), names);
}
