//! Duties of the star review: each step for who takes it, until it is taken.

use crate::{
    duties::{of, ok, todos},
    stage::{Stage, stage},
};
use authz::Role;
use dynamo::Table;
use jiff::SignedDuration;
use kernel::OrgId;
use register::{Member, Node, NodeRow, OrgKind};
use serde_json::{Value, json};
use testkit::{Client, Town};

/// The star review, its people, and the path of an application.
struct Review {
    stage: Stage,
    ratings: Client,
    /// Secretary of the branch.
    secretary: Member,
    /// Of the neighbouring branch as all that follow: a desk officer of the sub-district.
    desk: Member,
    /// Two of the department.
    officer: Member,
    colleague: Member,
    /// Somebody without an office.
    neighbour: Member,
    path: String,
}

/// The branch has applied on 25 November, the first day of the window.
async fn review() -> Review {
    applied(stage().await).await
}

/// The same where the branch stands otherwise.
async fn applied(stage: Stage) -> Review {
    let (branch, next) = (&stage.town.branch, &stage.town.neighbour);
    let secretary = stage.town.person(1, "林书", branch).await;
    let desk = stage.town.person(3, "黄办", next).await;
    let officer = stage.town.person(4, "吴部", next).await;
    let colleague = stage.town.person(5, "郑部", next).await;
    let neighbour = stage.town.person(6, "何邻", next).await;
    let app = ratings::App::connect(&stage.bench.env).await.unwrap();
    let ratings = Client::new(ratings::router(app), None);
    let sheet = json!({
        "organization": stage.town.city.id, "total": 10_000, "opensOn": "2026-11-25", "closesOn": "2026-12-10",
        "items": [{ "id": "life", "name": "组织生活", "max": 6_000 }, { "id": "work", "name": "重点工作", "max": 4_000 }],
    });
    let department = Town::caller(&officer, &[(Role::OrganizationDepartment, &stage.town.city)]);
    ok(ratings.with(department).post("/v1/star-sheets/2026", sheet).await);
    stage.bench.pass(SignedDuration::from_hours(24));
    let application = json!({ "organization": branch.id, "year": 2026 });
    let chair = ratings.with(Town::caller(&secretary, &[(Role::Secretary, branch)]));
    let path = ok(chair.post("/v1/star-applications", application).await).header("location").to_owned();
    Review { stage, ratings, secretary, desk, officer, colleague, neighbour, path }
}

fn items() -> Value {
    json!({ "items": [
        { "item": "life", "score": 6_000, "note": "见台账" },
        { "item": "work", "score": 4_000, "note": "阵地已建成" },
    ] })
}

impl Review {
    /// The star review for `member` in an office, who has read version `version`.
    fn of(&self, member: &Member, (role, node): (Role, &Node), version: u64) -> Client {
        self.ratings.with(Town::caller(member, &[(role, node)])).if_match(&format!("\"v{version}\""))
    }

    async fn step(&self, client: &Client, rest: &str) {
        ok(client.send("POST", &format!("{}{rest}", self.path), None).await);
    }

    /// What `member` has to do of it in an office: kind, last day and route of each.
    async fn duties(&self, member: &Member, office: (Role, &Node)) -> Vec<[String; 3]> {
        let all = todos(&self.stage, member, &[office]).await;
        let stars = all.iter().filter(|duty| duty["kind"].as_str().unwrap().starts_with("star-"));
        stars.map(|duty| ["kind", "dueOn", "act"].map(|name| duty[name].as_str().unwrap().to_owned())).collect()
    }

    /// The branch hands it in, in version 3.
    async fn submit(&self) {
        let branch = &self.stage.town.branch;
        let chair = self.of(&self.secretary, (Role::Secretary, branch), 1);
        ok(chair.put(&format!("{}/self", self.path), items()).await);
        self.step(&self.of(&self.secretary, (Role::Secretary, branch), 2), "/submit").await;
    }

    /// It is reviewed, in version 5.
    async fn rescore(&self) {
        let (street, given) = (
            (Role::PartyAffairsOfficer, &self.stage.town.street),
            json!({ "items": [
            { "item": "life", "score": 6_000 }, { "item": "work", "score": 4_000 },
        ] }),
        );
        ok(self.of(&self.desk, street, 3).put(&format!("{}/review", self.path), given).await);
        self.step(&self.of(&self.desk, street, 4), "/review/submit").await;
    }

    /// It is decided about, in version 6.
    async fn decide(&self) {
        let city = (Role::OrganizationDepartment, &self.stage.town.city);
        let decision = json!({ "score": 10_000, "star": 5 });
        ok(self.of(&self.officer, city, 5).post(&format!("{}/decide", self.path), decision).await);
    }
}

#[tokio::test]
async fn a_branch_hands_in_within_the_window_and_the_committee_above_reviews() {
    let review = review().await;
    let town = &review.stage.town;
    let (chair, street) = ((Role::Secretary, &town.branch), (Role::PartyAffairsOfficer, &town.street));
    let submit = ["star-self-score", "2026-12-10", &format!("POST {}/submit", review.path)].map(str::to_owned);
    assert_eq!(review.duties(&review.secretary, chair).await, [submit]);
    assert!(review.duties(&review.desk, street).await.is_empty(), "it was not handed in");
    review.submit().await;
    assert!(review.duties(&review.secretary, chair).await.is_empty());
    // Handed in on 25 November, a Wednesday.
    let rescore = ["star-review", "2026-12-09", &format!("PUT {}/review", review.path)].map(str::to_owned);
    assert_eq!(review.duties(&review.desk, street).await, [rescore]);
    let all = todos(&review.stage, &review.desk, &[street]).await;
    assert_eq!(of(&all, "star-review")[0]["title"], "复评达标创星自评：东社区党支部");
    for above in [&town.district, &town.city] {
        let office = (Role::PartyAffairsOfficer, above);
        assert!(review.duties(&review.desk, office).await.is_empty(), "a committee stands between");
    }
    for own in [&review.secretary, &review.stage.member] {
        assert!(review.duties(own, street).await.is_empty(), "nobody reviews their own branch");
    }
    let both = todos(&review.stage, &review.desk, &[street, (Role::DeputySecretary, &town.branch)]).await;
    assert!(of(&both, "star-review").is_empty(), "nor that of which they are an officer");
    review.rescore().await;
    assert!(review.duties(&review.desk, street).await.is_empty());
}

#[tokio::test]
async fn the_committee_at_the_root_reviews_where_no_other_one_stands_between() {
    for general in [false, true] {
        let stage = stage().await;
        let (city, branch, id) = (&stage.town.city, &stage.town.branch, OrgId::from_bytes(1, [90; 10]));
        let name = "机关党总支".try_into().unwrap();
        let over = Node { id, path: city.path.child(id).unwrap(), name, kind: OrgKind::GeneralBranch, ..city.clone() };
        let place = if general { &over.path } else { &city.path };
        let below = Node { path: place.child(branch.id).unwrap(), ..branch.clone() };
        let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
        for node in [over, below] {
            table.put(&NodeRow::new(node)).await.unwrap();
        }
        let review = applied(stage).await;
        review.submit().await;
        let town = &review.stage.town;
        let city = (Role::PartyAffairsOfficer, &town.city);
        let rescore = ["star-review", "2026-12-09", &format!("PUT {}/review", review.path)].map(str::to_owned);
        assert_eq!(review.duties(&review.desk, city).await, [rescore], "{general}");
        let district = (Role::PartyAffairsOfficer, &town.district);
        assert!(review.duties(&review.desk, district).await.is_empty(), "it stands beside the district");
        let given = json!({ "items": [{ "item": "life", "score": 6_000 }, { "item": "work", "score": 4_000 }] });
        ok(review.of(&review.desk, city, 3).put(&format!("{}/review", review.path), given).await);
        review.step(&review.of(&review.desk, city, 4), "/review/submit").await;
        assert!(review.duties(&review.desk, city).await.is_empty());
    }
}

#[tokio::test]
async fn what_was_not_handed_in_in_time_is_no_duty() {
    let review = review().await;
    review.stage.bench.pass(SignedDuration::from_hours(16 * 24));
    assert!(review.duties(&review.secretary, (Role::Secretary, &review.stage.town.branch)).await.is_empty());
}

#[tokio::test]
async fn the_department_decides_answers_and_awards_and_nobody_twice() {
    let review = review().await;
    let city = (Role::OrganizationDepartment, &review.stage.town.city);
    let duties = async |member: &Member| review.duties(member, city).await;
    review.submit().await;
    assert!(duties(&review.officer).await.is_empty(), "it is not reviewed");
    review.rescore().await;
    let decide = ["star-decision", "2026-12-10", &format!("POST {}/decide", review.path)].map(str::to_owned);
    for member in [&review.officer, &review.colleague] {
        assert_eq!(duties(member).await, std::slice::from_ref(&decide));
    }
    for party in [&review.desk, &review.secretary, &review.stage.member] {
        assert!(duties(party).await.is_empty(), "who reviewed, applied, or belongs to the branch");
    }
    review.decide().await;
    assert!(duties(&review.officer).await.is_empty(), "its notice is not over");

    let objections = format!("{}/objections", review.path);
    let own = review.ratings.with(Town::caller(&review.neighbour, &[]));
    let raised = ok(own.post(&objections, json!({ "text": "台账与实际不符" })).await).text("/id");
    let answering = format!("{objections}/{raised}/answer");
    let answer = ["star-objection", "2026-12-05", &format!("POST {answering}")].map(str::to_owned);
    assert_eq!(duties(&review.colleague).await, [answer]);
    for party in [&review.officer, &review.neighbour, &review.desk, &review.stage.member] {
        assert!(duties(party).await.is_empty(), "who decided, raised it, reviewed, or belongs to the branch");
    }
    // The fifth working day after the decision is 2 December.
    review.stage.bench.pass(SignedDuration::from_hours(8 * 24));
    assert!(duties(&review.officer).await.is_empty(), "an objection is open");
    let refused = json!({ "granted": false, "reason": "已核实" });
    ok(review.of(&review.colleague, city, 6).post(&answering, refused).await);
    let award = ["star-award", "2026-12-17", &format!("POST {}/award", review.path)].map(str::to_owned);
    for member in [&review.officer, &review.colleague] {
        assert_eq!(duties(member).await, std::slice::from_ref(&award));
    }
    review.step(&review.of(&review.officer, city, 6), "/award").await;
    assert!(duties(&review.officer).await.is_empty());
}

#[tokio::test]
async fn what_was_taken_back_is_decided_about_by_somebody_else_than_who_granted_that() {
    let review = review().await;
    let city = (Role::OrganizationDepartment, &review.stage.town.city);
    review.submit().await;
    review.rescore().await;
    review.decide().await;
    let objections = format!("{}/objections", review.path);
    let own = review.ratings.with(Town::caller(&review.neighbour, &[]));
    let raised = ok(own.post(&objections, json!({ "text": "台账与实际不符" })).await).text("/id");
    review.stage.bench.pass(SignedDuration::from_hours(24));
    let granted = json!({ "granted": true, "reason": "属实" });
    ok(review.of(&review.colleague, city, 6).post(&format!("{objections}/{raised}/answer"), granted).await);
    let decide = ["star-decision", "2026-12-11", &format!("POST {}/decide", review.path)].map(str::to_owned);
    assert_eq!(review.duties(&review.officer, city).await, [decide]);
    for party in [&review.colleague, &review.neighbour] {
        assert!(review.duties(party, city).await.is_empty(), "who granted or raised it");
    }
}
