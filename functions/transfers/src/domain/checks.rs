//! What a transfer needs: a member who can leave, and a place that can take them.

use super::{Draft, Kind, Place, Rules};
use jiff::civil::Date;
use kernel::{OrgId, Refusal, add_months, field, illegal};
use register::{Member, MemberState, Node, takes_members};

/// Whether `member` can leave `from`: a full or probationary member who belongs there.
pub(super) fn movable(member: &Member, from: OrgId) -> Result<(), Refusal> {
    let article = &Rules::get()?.transfer.article;
    if !matches!(member.state, MemberState::Full | MemberState::Probationary) {
        let zh = format!("该党员目前为“{}”，不能转接组织关系", member.state.zh());
        return Err(illegal(zh, format!("the person is {}", member.state.slug())).by(article));
    }
    if member.organization != from {
        return Err(
            illegal("该党员已不在转出党组织", "the person does not belong to the sending organisation").by(article)
        );
    }
    Ok(())
}

/// Whether members can be received in `to`.
pub(super) fn takes(to: &Node) -> Result<(), Refusal> {
    takes_members(to).map_err(|refusal| refusal.within("/to"))
}

/// Whether the kind of a transfer is true of where it leads.
pub(super) fn leads(draft: &Draft, from: &Place, to: Option<&Place>) -> Result<(), Refusal> {
    let same = to.is_some_and(|to| to.committee.id == from.committee.id);
    if let Some(to) = to {
        takes(&to.node)?;
        if to.node.id == from.node.id {
            return Err(field("/to/organization", "该党员已在此党组织", "the person belongs to it already"));
        }
    }
    match draft.kind {
        Kind::WithinCommittee if !same => {
            Err(field("/kind", "转入党组织不属于同一基层党委", "the destination is below another committee"))
        }
        Kind::WithinCity | Kind::WithinProvince | Kind::OtherProvince | Kind::System if same => {
            Err(field("/kind", "转入党组织属于同一基层党委", "the destination is below the same committee"))
        }
        _ => Ok(()),
    }
}

/// Whether the affiliation is kept as long as the rule allows.
pub(super) fn kept(draft: &Draft, today: Date) -> Result<(), Refusal> {
    let rule = &Rules::get()?.of(draft.kind)?.kept;
    match (draft.keep_until, rule) {
        (None, Some(rule)) if rule.required => {
            Err(field("/keepUntil", "须填写组织关系保留期限", "is needed here").by(&rule.article))
        }
        (None, _) if draft.keep_longer => Err(field("/keepLonger", "未填写保留期限", "needs keepUntil")),
        (None, _) => Ok(()),
        (Some(_), None) => Err(field("/keepUntil", "此类转接没有保留期限", "this kind keeps no affiliation")),
        (Some(until), Some(rule)) => {
            let more = if draft.keep_longer { rule.more_months } else { 0 };
            let last = add_months(today, rule.months + more);
            if (today..=last).contains(&until) {
                return Ok(());
            }
            let zh = format!("保留期限应在今天至 {last} 之间");
            Err(field("/keepUntil", zh, format!("must lie between today and {last}")).by(&rule.article))
        }
    }
}
