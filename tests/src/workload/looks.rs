//! What the client reads, and what it has to see.

use super::{
    Lane,
    model::{LAG, Person, Place},
};
use crate::invariants;
use serde_json::Value;
use std::collections::BTreeSet;

/// Pages of one list, at most.
const PAGES: usize = 2_000;

impl Lane {
    /// One reading.
    pub(super) async fn look(&mut self, n: u64) {
        let anybody = self.dice.usize(..self.model.people.len());
        let anywhere = self.dice.usize(..self.model.places.len());
        match self.dice.u32(..20) {
            0..6 => self.record(anybody).await,
            6..8 => self.trace_of(anybody).await,
            8..10 => self.organization(anywhere).await,
            10 => self.stranger(anybody).await,
            11..15 => self.persons(anywhere, n).await,
            15..17 => self.places(anywhere).await,
            17 => self.elections().await,
            18 => self.requests().await,
            _ => self.officers_and_trace(anywhere).await,
        }
    }

    fn wrong(&mut self, what: String) {
        self.report.violations.push(what);
    }

    /// I3: a record is as it was acknowledged.
    async fn record(&mut self, who: usize) {
        let client = self.officer.clone();
        let path = format!("/v1/members/{}", self.model.people[who].id);
        let reply = self.send(&client, "GET", &path, None).await;
        let Person { state, version, .. } = &self.model.people[who];
        if reply.status != 200 || reply.body["version"] != *version || reply.text("/state") != state.slug() {
            let what =
                format!("I3 what was acknowledged is seen: {path} is {reply:?}, not version {version}, {state:?}");
            self.wrong(what);
        }
    }

    async fn trace_of(&mut self, who: usize) {
        let Person { id, story, touched, .. } = self.model.people[who].clone();
        let client = self.officer.clone();
        let lines = self.walk(&client, &format!("/v1/members/{id}/timeline?limit=7"), "id", None).await;
        let told = lines.iter().filter(|(line, _)| {
            let kind = line["kind"].as_str().unwrap_or_default();
            kind.starts_with("member.") || kind.starts_with("correction.")
        });
        let told = told.count();
        if told > story || (told < story && self.settled_since(touched)) {
            self.wrong(format!("I3 the timeline of {id} has {told} lines, not {story}"));
        }
    }

    /// Whether an index has had the time to hear of what was changed then.
    fn settled_since(&self, touched: jiff::Timestamp) -> bool {
        self.scene.bench.now().duration_since(touched) > LAG
    }

    async fn organization(&mut self, at: usize) {
        let client = self.client("organizations");
        let Place { id, name, .. } = self.model.places[at].clone();
        let reply = self.send(&client, "GET", &format!("/v1/organizations/{id}"), None).await;
        if reply.status != 200 || reply.text("/name") != name {
            self.wrong(format!("I3 what was acknowledged is seen: {id} is {reply:?}, not {name}"));
        }
    }

    /// I9: somebody in office elsewhere is told that there is nothing.
    async fn stranger(&mut self, who: usize) {
        let Person { id, home, .. } = self.model.people[who].clone();
        let client = self.scoped.clone();
        let reply = self.send(&client, "GET", &format!("/v1/members/{id}"), None).await;
        // The sub-district of the town is the third place of the model.
        let expected = if self.model.within(home, 2) { 200 } else { 404 };
        // Everybody may read their own.
        if reply.status != expected && id != self.scene.secretary.id.to_string() {
            self.wrong(format!("I9 {id} was answered with {} instead of {expected}", reply.status));
        }
    }

    /// I3 and I9: the persons of a place.
    async fn persons(&mut self, at: usize, n: u64) {
        let scoped = self.model.within(at, 2) && self.model.moving.is_empty();
        let client = if scoped { self.scoped.clone() } else { self.officer.clone() };
        let limit = self.dice.u32(2..60);
        let path = format!("/v1/members?organization={}&limit={limit}", self.model.places[at].id);
        let visible = scoped.then(|| self.visible());
        let lines = self.walk(&client, &path, "id", visible).await;
        let due: Vec<_> = (self.model.people.iter())
            .filter(|person| person.state.is_current() && self.model.within(person.home, at))
            .filter(|person| self.settled_since(person.touched))
            .map(|person| person.id.clone())
            .collect();
        self.complete(&format!("{path} ({n})"), &lines, &due);
    }

    /// What an officer of the sub-district may see.
    fn visible(&self) -> BTreeSet<String> {
        let places = (0..self.model.places.len()).filter(|at| self.model.within(*at, 2));
        let places = places.map(|at| self.model.places[at].id.clone());
        let people = self.model.people.iter().filter(|person| self.model.within(person.home, 2));
        places.chain(people.map(|person| person.id.clone())).collect()
    }

    async fn places(&mut self, at: usize) {
        let client = self.client("organizations");
        let whole = self.dice.bool();
        let (id, list) = (self.model.places[at].id.clone(), if whole { "subtree" } else { "children" });
        let path = format!("/v1/organizations/{id}/{list}?limit={}", self.dice.u32(2..40));
        let lines = self.walk(&client, &path, "id", None).await;
        let due = (0..self.model.places.len()).filter(|place| {
            let Place { parent, open, touched, .. } = &self.model.places[*place];
            let here = if whole { self.model.within(*place, at) } else { *parent == Some(at) };
            here && *open && self.settled_since(*touched)
        });
        let due: Vec<_> = due.map(|place| self.model.places[place].id.clone()).collect();
        self.complete(&path, &lines, &due);
    }

    async fn elections(&mut self) {
        let client = self.client("organizations");
        let path = format!("/v1/organizations/{}/elections?dueBefore=2040-01-01&limit=9", self.scene.town.city.id);
        let lines = self.walk(&client, &path, "organization", None).await;
        let due = self.model.places.iter().filter(|place| place.open && place.due.is_some());
        let due: Vec<_> = due.filter(|place| self.settled_since(place.touched)).map(|place| place.id.clone()).collect();
        self.complete(&path, &lines, &due);
    }

    async fn requests(&mut self) {
        let client = self.officer.clone();
        let path = format!("/v1/corrections?organization={}&limit=5", self.scene.town.city.id);
        let lines = self.walk(&client, &path, "id", None).await;
        let due = self.model.people.iter().filter(|person| self.settled_since(person.touched));
        let due: Vec<_> = due.flat_map(|person| person.open.iter().map(|(id, ..)| id.clone())).collect();
        self.complete(&path, &lines, &due);
    }

    async fn officers_and_trace(&mut self, at: usize) {
        let id = self.model.places[at].id.clone();
        let client = self.client("organizations");
        let path = format!("/v1/organizations/{id}/officers?on=2026-11-24&limit=3");
        let lines = self.walk(&client, &path, "id", None).await;
        let due = self.model.offices.iter().filter(|office| office.place == at && !office.ended);
        let due: Vec<_> = due.map(|office| office.id.clone()).collect();
        self.complete(&path, &lines, &due);
        let client = self.client("audit");
        let path = format!("/v1/audit?organization={id}&limit=40");
        let lines = self.walk(&client, &path, "id", None).await;
        self.complete(&path, &lines, &[]);
    }

    /// Every page of a list: its items with what names them. Of what comes twice the second is marked.
    async fn walk(
        &mut self,
        client: &testkit::Client,
        path: &str,
        name: &str,
        visible: Option<BTreeSet<String>>,
    ) -> Vec<(Value, bool)> {
        let (mut lines, mut seen, mut cursor): (Vec<_>, BTreeSet<String>, _) =
            (Vec::new(), BTreeSet::new(), String::new());
        for _ in 0..PAGES {
            let next = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
            let reply = self.send(client, "GET", &format!("{path}{next}"), None).await;
            if reply.status != 200 {
                self.wrong(format!("I3 {path}{next} was answered {reply:?}"));
                return lines;
            }
            if let Some(visible) = &visible {
                let found = invariants::outside(&reply.body["items"], visible);
                self.report.violations.extend(found);
            }
            for item in reply.body["items"].as_array().into_iter().flatten() {
                let again = !seen.insert(item[name].as_str().unwrap_or_default().to_owned());
                let mut item = item.clone();
                item["name-of-line"] = item[name].clone();
                lines.push((item, again));
            }
            cursor = reply.text("/next");
            if cursor.is_empty() {
                return lines;
            }
        }
        self.wrong(format!("I11 {path} has no end"));
        lines
    }

    /// I3: what is `due` is on the list, once. While moves are being followed, what is listed changes its place: it may
    /// be passed over, or met twice.
    fn complete(&mut self, path: &str, lines: &[(Value, bool)], due: &[String]) {
        if !self.model.moving.is_empty() {
            return;
        }
        let named = |line: &Value| line["name-of-line"].as_str().unwrap_or_default().to_owned();
        let due: BTreeSet<_> = due.iter().cloned().collect();
        let again: Vec<_> = lines.iter().filter(|(line, again)| *again && due.contains(&named(line))).collect();
        if !again.is_empty() {
            self.wrong(format!("I3 {path} has {} lines twice", again.len()));
        }
        let seen: BTreeSet<_> = lines.iter().map(|(line, _)| named(line)).collect();
        let missing: Vec<_> = due.difference(&seen).collect();
        if !missing.is_empty() {
            self.wrong(format!("I3 {path} has {} lines, but not {missing:?}", lines.len()));
        }
    }
}
