//! Making the file of an export.
//!
//! Everything on the way to it can be done twice: the lines in the logs have ids that follow from export and person, the
//! object is put over itself. The lines come first, the file after them, and the job says that it is there last.

use crate::{
    App,
    domain::{Export, ExportState, Kind, Places, organization_row, row},
};
use dynamo::{Activity, Actor, Read};
use http_api::{Problem, Reply};
use kernel::{MemberId, Refusal, Text};
use register::{Member, Node, Reading};
use std::collections::HashMap;

/// What is told about an export in the trace.
pub(crate) fn told(export: &Export, actor: Actor, kind: &str, at: jiff::Timestamp) -> Activity {
    Activity::new(at, actor, kind, export.organization, export.id)
        .stating("purpose", &export.purpose)
        .stating("persons", export.persons)
        .stating("format", export.format)
}

/// Refuses to export more persons than one file takes.
pub(crate) fn too_many() -> Refusal {
    let text = Text::of(
        format!("一次最多导出 {} 人，请按下级组织分别导出", Export::MOST),
        format!("an export has at most {} persons; export the organisations below one by one", Export::MOST),
    );
    Refusal::field("/organization", text)
}

/// What came of making a file.
enum Filled {
    /// It is there, with so many persons.
    With(usize),
    /// There are more than was decided about: so many.
    Exceeded(usize),
    /// There are more than a file takes.
    TooMany,
}

impl App {
    /// Makes the file of `export` and says that it is there. An export that there is nothing to do for, or that has to wait
    /// until lists have followed a move, comes back as it is.
    ///
    /// # Errors
    /// When store, bucket or key cannot be reached.
    pub(crate) async fn produce(&self, export: Export) -> Result<Export, Problem> {
        if export.state != ExportState::Producing {
            return Ok(export);
        }
        let root = self.store.organizations.node(export.organization).await?;
        if self.store.follows_a_move(&root.path).await? {
            return Ok(export);
        }
        let filled = self.fill(&export, &root).await?;
        let now = self.clock.now();
        let (next, kind) = match filled {
            Filled::With(persons) => (export.produced(persons, now), "export.produced"),
            Filled::Exceeded(persons) => (export.exceeded(persons), "export.asked"),
            Filled::TooMany => (export.failed(), "export.failed"),
        };
        let activity = told(&next, Actor::person(export.asked_by, &export.role), kind, now);
        let change = self.store.take_on(&next);
        match self.store.ledger.commit(change, [activity], None, Reply::nothing().into_answer()).await {
            Ok(_) => Ok(next),
            // Somebody else made it.
            Err(error) if error.is_conflict() => Ok(self.store.export(export.id).await?),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts the file of `export` and tells everybody who is in it.
    async fn fill(&self, export: &Export, root: &Node) -> Result<Filled, Problem> {
        let places = self.store.places(root).await?;
        let header = export.kind.columns().iter().map(|column| column.name.to_owned()).collect();
        let mut rows: Vec<Vec<String>> = vec![header];
        let filled = match export.kind {
            Kind::Members => self.persons(export, root, &places, &mut rows).await?,
            Kind::Organizations => {
                rows.extend(places.below().into_iter().map(|node| organization_row(node, &places).into()));
                Filled::With(0)
            }
        };
        if let Filled::With(_) = filled {
            let file = sheet::write(export.format, rows).map_err(Problem::internal)?;
            self.bucket.put(&export.key(), export.format.media_type(), file).await?;
        }
        Ok(filled)
    }

    /// Tells everybody who is in an export and adds their rows.
    async fn persons(
        &self,
        export: &Export,
        root: &Node,
        places: &Places,
        rows: &mut Vec<Vec<String>>,
    ) -> Result<Filled, Problem> {
        let Some(order) = self.store.on_the_rolls(&root.path, Export::MOST).await? else { return Ok(Filled::TooMany) };
        let found = self.store.records(order.iter().copied().collect(), Read::Eventual).await?;
        let mut found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
        // The list may be behind: whoever left or moved away in between is not in the file.
        let members = order.into_iter().filter_map(|id| found.remove(&id));
        let members: Vec<Member> =
            members.filter(|member| member.state.is_current() && places.node(member.organization).is_some()).collect();
        if export.is_exceeded(members.len()) {
            return Ok(Filled::Exceeded(members.len()));
        }

        let now = self.clock.now();
        let readings = members.iter().map(|member| {
            let reading = Reading {
                id: export.reading(member.id),
                at: now,
                reader: export.asked_by,
                role: export.role.clone(),
                organization: export.organization,
                fields: "export".to_owned(),
                purpose: Some(export.purpose.clone()),
            };
            (member.id, reading)
        });
        self.readings.log_all(readings).await?;

        for member in &members {
            let id_card = member.open_id_card(&self.vault).map_err(Problem::internal)?;
            let phone = member.open_phone(&self.vault).map_err(Problem::internal)?;
            rows.push(row(member, id_card, &phone, places).into());
        }
        Ok(Filled::With(members.len()))
    }
}
