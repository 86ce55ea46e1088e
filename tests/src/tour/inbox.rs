//! The inbox of the member, the robots of the branch, and messages that failed.

use super::{Ask, For, Step, day, hour, step};
use crate::Scene;
use authz::{Action, Caller, Role};
use dynamo::{Change, Ledger};
use kernel::{DeliveryId, SixDigits};
use notices::{Announcement, Channel, DeliveryRow, MailAddress, MailboxRow, Notice, Notices, Recipient};
use serde_json::{Value, json};
use testkit::{Client, Town};

/// The member, on some device.
fn own(scene: &Scene) -> Caller {
    Caller { member: scene.member.id, session: scene.session, grants: Vec::new() }
}

async fn commit(scene: &Scene, change: impl FnOnce(&Notices, Change) -> Change) {
    let (notices, ledger) = (Notices::open(&scene.bench.env).unwrap(), Ledger::of_job(&scene.bench.env).unwrap());
    ledger.carry_out(change(&notices, Change::new()), []).await.unwrap();
}

/// The member is told something.
async fn told(scene: &Scene) -> Notice {
    let notice = Notice::new(scene.bench.now(), scene.member.id, "correction.accepted", "tour/1")
        .saying("更正申请已办结", "您的更正申请已采纳。")
        .by("个保法 §46");
    let (notices, ledger) = (Notices::open(&scene.bench.env).unwrap(), Ledger::of_job(&scene.bench.env).unwrap());
    notices.post_once(&ledger, &notice).await.unwrap();
    notice
}

/// The member is to write down a meeting that was held yesterday.
async fn obliged(scene: &Scene) {
    let on = day(scene, -1);
    let plan = json!({
        "organization": scene.town.branch.id, "kinds": ["theme-day"], "title": "主题党日", "mode": "offline",
        "startsAt": hour(on, 8), "endsAt": hour(on, 9), "place": "党群服务中心",
        "host": scene.secretary.id, "recorder": scene.member.id,
    });
    let reply = scene.chief("meetings").post("/v1/meetings", plan).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

/// The member with a meeting to write down, in offices that bring something of every kind to look at.
pub async fn in_office(scene: &Scene) -> Client {
    obliged(scene).await;
    let offices = [
        (Role::Secretary, &scene.town.branch),
        (Role::PartyAffairsOfficer, &scene.town.street),
        (Role::OrganizationDepartment, &scene.town.city),
    ];
    scene.client("inbox").with(Town::caller(&scene.member, &offices))
}

/// The member has named an e-mail address and is to type what is returned.
async fn named(scene: &Scene) -> SixDigits {
    let (address, digits) = (MailAddress::try_from("chen@example.cn".to_owned()).unwrap(), SixDigits::of(271_828));
    let (vault, now) = (scene.town.vault(), scene.bench.now());
    let row = MailboxRow::named(vault, scene.member.id, (&address, &digits), None, now).unwrap();
    Notices::open(&scene.bench.env).unwrap().table().put(&row).await.unwrap();
    digits
}

fn robot() -> Value {
    json!({ "token": "0123456789abcdef", "secret": "SEC0123456789" })
}

/// The way to a robot of the branch.
async fn chat(scene: &Scene) -> String {
    let path = format!("/v1/organizations/{}/robots/dingtalk", scene.town.branch.id);
    let reply = scene.chief("inbox").put(&path, robot()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

/// A message to the branch that waits.
fn message(scene: &Scene) -> DeliveryRow {
    let (branch, now) = (&scene.town.branch, scene.bench.now());
    let (id, to) = (DeliveryId::from_bytes(1, [5; 10]), Recipient::Organization(branch.id));
    DeliveryRow::new(id, to, (branch.id, branch.path.clone()), Channel::Dingtalk, "【支部】测试。".to_owned(), now)
}

/// One that failed for good.
async fn failed(scene: &Scene) -> DeliveryId {
    let row = message(scene).failed("no connection", None);
    Notices::open(&scene.bench.env).unwrap().table().put(&row).await.unwrap();
    row.id
}

/// Leaves behind what `notifier` is there for: the member, who wants text messages, was told something; a branch with a
/// robot is told something; a message waits for a robot that is not there.
pub async fn leave_undelivered(scene: &Scene) {
    let settings = json!({
        "channels": ["sms"], "quietHours": { "from": "21:00", "until": "08:00" }, "digest": "off",
    });
    let client = scene.client("inbox").with(own(scene)).if_match("\"v0\"");
    let reply = client.put("/v1/me/notice-settings", settings).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    told(scene).await;
    let path = format!("/v1/organizations/{}/robots/wecom", scene.town.neighbour.id);
    let reply = scene.chief("inbox").put(&path, json!({ "token": "0123456789abcdef" })).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let waiting = Announcement {
        organization: scene.town.neighbour.id,
        cause: "tour/1".to_owned(),
        kind: "transfer.issued".to_owned(),
        title: "有党员组织关系转入，待接收".to_owned(),
        at: scene.bench.now(),
    };
    commit(scene, |notices, change| notices.announce(change, &waiting)).await;
    Notices::open(&scene.bench.env).unwrap().table().put(&message(scene)).await.unwrap();
}

pub(super) const STEPS: &[Step] = &[
    step("inbox", "GET", "/v1/me/notices", For::Oneself, 200, |scene| {
        Box::pin(async {
            told(scene).await;
            Ask::get("/v1/me/notices?unread=true")
        })
    }),
    step("inbox", "GET", "/v1/me/notices/unread", For::Oneself, 200, |scene| {
        Box::pin(async {
            told(scene).await;
            Ask::get("/v1/me/notices/unread")
        })
    }),
    step("inbox", "POST", "/v1/me/notices/{notice}/read", For::Oneself, 204, |scene| {
        Box::pin(async { Ask::get(format!("/v1/me/notices/{}/read", told(scene).await.id())) })
    }),
    step("inbox", "POST", "/v1/me/notices/read", For::Oneself, 200, |scene| {
        Box::pin(async { Ask::with("/v1/me/notices/read", json!({ "upTo": told(scene).await.id() })) })
    }),
    step("inbox", "GET", "/v1/me/todos", For::Oneself, 200, |scene| {
        Box::pin(async {
            obliged(scene).await;
            Ask::get("/v1/me/todos")
        })
    }),
    step("inbox", "GET", "/v1/me/todos", For::Office(Role::Secretary), 200, |scene| {
        Box::pin(async {
            obliged(scene).await;
            Ask::get("/v1/me/todos")
        })
    }),
    step("inbox", "GET", "/v1/me/notice-settings", For::Oneself, 200, |_| {
        Box::pin(async { Ask::get("/v1/me/notice-settings") })
    }),
    step("inbox", "PUT", "/v1/me/notice-settings", For::Oneself, 200, |_| {
        Box::pin(async {
            let quiet = json!({ "from": "22:00", "until": "07:30" });
            let settings = json!({ "channels": ["sms"], "quietHours": quiet, "digest": "daily" });
            Ask::with("/v1/me/notice-settings", settings).header("if-match", "\"v0\"")
        })
    }),
    step("inbox", "PUT", "/v1/me/mailbox", For::Oneself, 200, |_| {
        Box::pin(async { Ask::with("/v1/me/mailbox", json!({ "address": "chen@example.cn" })) })
    }),
    step("inbox", "GET", "/v1/me/mailbox", For::Oneself, 200, |scene| {
        Box::pin(async {
            named(scene).await;
            Ask::get("/v1/me/mailbox")
        })
    }),
    step("inbox", "POST", "/v1/me/mailbox/confirmation", For::Oneself, 200, |scene| {
        Box::pin(async {
            let digits = named(scene).await;
            Ask::with("/v1/me/mailbox/confirmation", json!({ "code": digits.reveal() }))
        })
    }),
    step("inbox", "DELETE", "/v1/me/mailbox", For::Oneself, 204, |scene| {
        Box::pin(async {
            named(scene).await;
            Ask::get("/v1/me/mailbox")
        })
    }),
    step("inbox", "GET", "/v1/organizations/{organization}/robots", MANAGE_ROBOTS, 200, |scene| {
        Box::pin(async {
            chat(scene).await;
            Ask::get(format!("/v1/organizations/{}/robots", scene.town.branch.id))
        })
    }),
    step("inbox", "PUT", "/v1/organizations/{organization}/robots/{service}", MANAGE_ROBOTS, 200, |scene| {
        Box::pin(async { Ask::with(format!("/v1/organizations/{}/robots/feishu", scene.town.branch.id), robot()) })
    }),
    step("inbox", "DELETE", "/v1/organizations/{organization}/robots/{service}", MANAGE_ROBOTS, 204, |scene| {
        Box::pin(async { Ask::get(chat(scene).await) })
    }),
    step("inbox", "GET", "/v1/outbox/dead-letters", MANAGE_OUTBOX, 200, |scene| {
        Box::pin(async {
            failed(scene).await;
            Ask::get(format!("/v1/outbox/dead-letters?organization={}", scene.town.branch.id))
        })
    }),
    step("inbox", "POST", "/v1/outbox/dead-letters/{delivery}/resend", MANAGE_OUTBOX, 200, |scene| {
        Box::pin(async {
            let path = format!("/v1/outbox/dead-letters/{}/resend", failed(scene).await);
            Ask::with(path, json!({ "reason": "机器人密钥已更新" }))
        })
    }),
];

const MANAGE_ROBOTS: For = For::Whoever(Action::ManageRobots);
const MANAGE_OUTBOX: For = For::Whoever(Action::ManageOutbox);
