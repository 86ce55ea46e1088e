//! Two at once.

use crate::stage::{is, stage, why};
use serde_json::json;

#[tokio::test]
async fn of_two_who_receive_at_once_one_does() {
    let stage = stage().await;
    let path = stage.issued(stage.request()).await;
    let other = stage.receiver.with(testkit::caller(
        kernel::MemberId::from_bytes(75, [1; 10]),
        &[(authz::Role::DeputySecretary, stage.town.neighbour.id)],
    ));
    let (one, two) = tokio::join!(stage.receive(&stage.receiver, &path), stage.receive(&other, &path));
    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    assert_eq!((won.status, lost.status), (200, 409), "{won:?} {lost:?}");
    let record = stage.record(stage.member.id).await;
    assert_eq!((record.organization, record.version), (stage.town.neighbour.id, stage.member.version + 1));
}

#[tokio::test]
async fn of_receiving_and_taking_back_at_once_one_happens() {
    let (mut received, mut withdrawn) = (0, 0);
    for round in 0..20 {
        let stage = stage().await;
        let path = stage.issued(stage.request()).await;
        let withdraw = format!("{path}/withdraw");
        let (receive, withdraw) = if round % 2 == 0 {
            tokio::join!(stage.receive(&stage.receiver, &path), stage.sender.post(&withdraw, why()))
        } else {
            let (withdraw, receive) =
                tokio::join!(stage.sender.post(&withdraw, why()), stage.receive(&stage.receiver, &path));
            (receive, withdraw)
        };
        let standing = stage.own.get(&path).await.text("/state");
        let home = stage.record(stage.member.id).await.organization;
        match (receive.status, withdraw.status) {
            (200, 409) => {
                received += 1;
                assert_eq!((standing.as_str(), home), ("received", stage.town.neighbour.id));
            }
            (409, 200) => {
                withdrawn += 1;
                assert_eq!((standing.as_str(), home), ("withdrawn", stage.town.branch.id));
            }
            other => panic!("{other:?}: {receive:?} {withdraw:?}"),
        }
    }
    assert_eq!(received + withdrawn, 20);
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer() {
    let stage = stage().await;
    let path = stage.issued(stage.request()).await;
    let receiver = stage.receiver.idempotency("receive-once-1");
    let first = stage.receive(&receiver, &path).await;
    let again = stage.receive(&receiver, &path).await;
    assert_eq!((first.status, again.status, &again.body), (200, 200, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    is(&stage.receive(&stage.receiver, &path).await, 409, "illegal-transition");
    let sender = stage.sender.idempotency("receipt-once-1");
    for _ in 0..2 {
        let noted = sender.post(&format!("{path}/receipt"), json!({ "on": "2026-11-24" })).await;
        assert_eq!(noted.status, 200, "{noted:?}");
    }
}
