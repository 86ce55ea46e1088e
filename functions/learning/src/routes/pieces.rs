//! What courses, topics and papers have in common: who writes them, who sees them, how they are published.

use super::{Owned, paged, told};
use crate::{
    App,
    domain::{Content, Hand, Head, Piece, State, field},
};
use authz::{Action, Scope};
use dynamo::{Actor, Change, Once};
use http_api::{Caller, Paging, Problem, Reply};
use kernel::{ErrorCode, Limit, OrgId};
use register::Node;
use serde::Serialize;

/// What is shown of one.
pub(super) trait Shown: Content {
    /// As clients see it.
    type View: Serialize;

    /// It, as clients see it.
    fn view(piece: Piece<Self>) -> Self::View;
}

/// Who writes, in which organisation, in which office, and when.
pub(super) struct Author {
    pub(super) node: Node,
    scope: Scope,
    pub(super) hand: Hand,
}

impl Author {
    pub(super) fn actor(&self) -> Actor {
        Actor::person(self.hand.by, self.scope.role().slug())
    }
}

/// Lets the caller write for `organization`.
pub(super) async fn author(app: &App, caller: &Caller, organization: OrgId) -> Result<Author, Problem> {
    let node = app.store.node(organization).await?;
    let scope = caller.may(Action::AuthorLearning, &node.path)?;
    if node.closed_on.is_some() {
        return Err(ErrorCode::OrganizationClosed.into());
    }
    Ok(Author { node, scope, hand: Hand { by: caller.member, at: app.clock.now() } })
}

/// Whether `node` is one of those, or below one of those, that a published `piece` is for.
pub(super) fn concerns<C: Content>(piece: &Piece<C>, node: &Node) -> bool {
    piece.state == State::Published && piece.head.audience.iter().any(|target| node.path.passes(*target))
}

/// Whether the caller belongs to those whom a published `piece` is for.
pub(super) async fn is_for<C: Content>(app: &App, caller: &Caller, piece: &Piece<C>) -> Result<bool, Problem> {
    match app.store.learner(caller.member).await {
        Ok((_, home)) => Ok(concerns(piece, &home)),
        Err(dynamo::StoreError::Refused(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Lets who may see `piece` go on: those whom it is for, and officers.
pub(super) async fn visible<C: Content>(app: &App, caller: &Caller, piece: &Piece<C>) -> Result<(), Problem> {
    let node = app.store.node(piece.organization).await?;
    match caller.may(Action::ReadLearning, &node.path) {
        Ok(_) => Ok(()),
        Err(_) if is_for(app, caller, piece).await? => Ok(()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Lets who may write `piece` go on; to those whom it is for it is forbidden, to others there is no such thing.
async fn writing<C: Content>(app: &App, caller: &Caller, piece: &Piece<C>) -> Result<Author, Problem> {
    match author(app, caller, piece.organization).await {
        Err(problem) if problem.code() == ErrorCode::NotFound && is_for(app, caller, piece).await? => {
            Err(ErrorCode::Forbidden.into())
        }
        outcome => outcome,
    }
}

/// Whether all of `audience` stand at or below `node`.
async fn audience(app: &App, node: &Node, audience: &[OrgId]) -> Result<(), Problem> {
    let known = app.store.nodes(audience).await?;
    for (n, target) in audience.iter().enumerate() {
        let found = known.iter().find(|known| known.id == *target);
        if found.is_none_or(|found| found.closed_on.is_some() || !node.path.contains(&found.path)) {
            return Err(field(
                format!("/audience/{n}"),
                "不是本组织或其下级组织",
                "does not stand at or below the organisation",
            )
            .into());
        }
    }
    Ok(())
}

/// Adds a draft, as `add` does.
pub(super) async fn draft<C: Shown>(
    app: &App,
    author: &Author,
    (head, content): (Head, C),
    add: impl FnOnce(&Piece<C>) -> Change,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let piece = Piece::drafted(author.node.id, head, content, author.hand.at)?;
    audience(app, &author.node, &piece.head.audience).await?;
    let kind = format!("{}.drafted", C::NAME);
    let activity = told(author.actor(), author.hand, &kind, piece.organization, piece.id);
    let activity = activity.stating("title", &piece.head.title).stating("version", piece.version);
    let change = add(&piece);
    let (location, version) = (format!("/v1/{}/{}", C::PATH, piece.id), piece.version);
    let reply = Reply::created(location, &C::view(piece))?.version(version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Those of an organisation, for its officers.
pub(super) async fn list<C: Shown>(app: &App, caller: &Caller, asked: Owned) -> Result<Reply, Problem> {
    let page = Paging::of(C::PATH, asked.limit, asked.cursor.as_deref())?;
    let node = app.store.node(asked.organization).await?;
    caller.may(Action::ReadLearning, &node.path)?;
    paged(&page, app.store.owned::<C>(node.id, page.place()).await?, C::view)
}

/// Those that the caller is shown.
pub(super) async fn mine<C: Shown>(
    app: &App,
    caller: &Caller,
    Limit { limit, cursor }: Limit,
) -> Result<Reply, Problem> {
    let page = Paging::of(C::PATH, limit, cursor.as_deref())?;
    let (_, home) = app.store.learner(caller.member).await?;
    let mut found = app.store.shown::<C>(&home.path, page.place()).await?;
    // A row may outlive what it shows by a moment.
    found.items.retain(|piece| concerns(piece, &home));
    paged(&page, found, C::view)
}

/// What `change` makes of `old`: `new`.
async fn save<C: Shown>(
    app: &App,
    author: &Author,
    what: &str,
    (old, new): (&Piece<C>, Piece<C>),
    change: Change,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let kind = format!("{}.{what}", C::NAME);
    let activity = told(author.actor(), author.hand, &kind, new.organization, new.id);
    let activity = activity.between(&serde_json::json!(old), &serde_json::json!(new)).stating("version", new.version);
    let version = new.version;
    let reply = Reply::ok(&C::view(new))?.version(version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Begins a change of `old`: who makes it.
pub(super) async fn opened<C: Content>(app: &App, caller: &Caller, id: C::Id) -> Result<(Piece<C>, Author), Problem> {
    let old = app.store.piece::<C>(id).await?;
    let author = writing(app, caller, &old).await?;
    Ok((old, author))
}

/// Writes `old` anew.
pub(super) async fn edit<C: Shown>(
    app: &App,
    author: &Author,
    old: &Piece<C>,
    (organization, head, content): (OrgId, Head, C),
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let new = old.edited(organization, head, content, author.hand.at)?;
    audience(app, &author.node, &new.head.audience).await?;
    let change = app.store.change(old, &new);
    save(app, author, "edited", (old, new), change, once).await
}

/// Shows it to those whom it is for.
pub(super) async fn publish<C: Shown>(
    app: &App,
    caller: &Caller,
    id: C::Id,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let (old, author) = opened::<C>(app, caller, id).await?;
    audience(app, &author.node, &old.head.audience).await?;
    let new = old.published(author.hand.at)?;
    let change = app.store.publish(&old, &new);
    save(app, &author, "published", (&old, new), change, once).await
}

/// Shows it to them no longer; what they did stays.
pub(super) async fn withdraw<C: Shown>(
    app: &App,
    caller: &Caller,
    id: C::Id,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let (old, author) = opened::<C>(app, caller, id).await?;
    let new = old.withdrawn(author.hand.at)?;
    let change = app.store.withdraw(&old, &new);
    save(app, &author, "withdrawn", (&old, new), change, once).await
}
