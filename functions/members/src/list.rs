//! Lists of persons: an organisation with all below it, or a search by name.

use crate::App;
use authz::Action;
use axum::extract::State;
use dynamo::{Filter, Stretch};
use http_api::{Caller, Paging, Problem, ProblemBody, Query, Reply};
use kernel::{Line, NameKey, OrgId, OrgPath, Page};
use register::{MemberRow, MemberState, Summary, walk};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which persons are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The organisation; those below it are included.
    organization: OrgId,
    /// Part of a name from its beginning: characters (张), pinyin (zhangw) or initials (zw).
    #[param(value_type = Option<String>)]
    q: Option<Line<20>>,
    /// Only persons in this state; without it, those on the rolls.
    state: Option<MemberState>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The persons of an organisation and those below it, in the order of the tree and of pinyin; or, with `q`, those whose
/// name begins so. Numbers are masked.
#[utoipa::path(get, path = "/v1/members", tag = "members", operation_id = "listMembers", params(Wanted), security(("token" = [])),
    responses((status = 200, body = Page<Summary>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Reply, Problem> {
    let page = Paging::of("members", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.organizations.node(wanted.organization).await?;
    caller.may_below(Action::ReadMember, &node.path, node.kind.has_members())?;

    let areas = app.organizations.areas(&node.path).await?;
    let (after, size) = page.place();
    let stretch = |area: &OrgPath| stretch(&node.path, area, &wanted);
    let found = walk::<Summary>(app.members.table(), &areas, after, size, stretch).await?;
    Reply::ok(&page.holding(found.items, found.after))
}

/// What of one area is wanted.
fn stretch(place: &OrgPath, area: &OrgPath, wanted: &Wanted) -> Stretch {
    let current = wanted.state.is_none_or(MemberState::is_current);
    let mut filter = Filter::default();
    if let Some(state) = wanted.state {
        filter = filter.equals("state", state.slug());
    }
    let Some(q) = &wanted.q else {
        return MemberRow::among(area, place, current).only(filter);
    };
    let key = NameKey::of(q);
    let partition = MemberRow::area(area, current);
    let by_name = |start: String| Stretch::beginning(partition.clone(), &start).of_index("name", "area", "nameKey");
    let inside = filter.begins("path", place.as_str());
    if q.is_ascii() {
        // Letters are pinyin or initials. Both begin with the same letter, so one stretch holds them all.
        let first = key.initials.get(..1).unwrap_or("~").to_owned();
        return by_name(first).only(inside.begins_either("pinyin", "initials", &key.pinyin));
    }
    // A name of letters that have no pinyin is under no initial.
    let initials = if key.initials.is_empty() { "#".to_owned() } else { key.initials };
    by_name(initials).only(inside.begins("name", q))
}
