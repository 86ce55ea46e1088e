//! The star review: each step for who takes it, and for nobody who has another part in it.

use super::{Duty, Kind, Rules, within};
use jiff::civil::Date;
use kernel::{MemberId, working_days_after};
use register::{OpenStar, WaitingStar};
use std::collections::BTreeSet;

/// That the branch hands in what it gives itself, as long as the window is open on `today`.
pub(crate) fn star_self_score(draft: &OpenStar, today: Date) -> Option<Duty> {
    let (id, due_on) = (draft.id, draft.closes_on?);
    let act = format!("POST /v1/star-applications/{id}/submit");
    (due_on >= today).then(|| Duty::new(Kind::StarSelfScore, id, "完成达标创星自评并提交", due_on, act))
}

/// That the committee of `member` gives points again.
pub(crate) fn star_review(star: &OpenStar, member: MemberId) -> Option<Duty> {
    let days = Rules::star_days()?;
    let due_on = working_days_after(star.submitted_on?, days.review_working_days).day;
    let (id, title) = (star.id, format!("复评达标创星自评：{}", star.name));
    let act = format!("PUT /v1/star-applications/{id}/review");
    (!star.barred.contains(&member)).then(|| Duty::new(Kind::StarReview, id, title, due_on, act))
}

/// What the department of `member` does about something that waits for it: it answers an objection, decides, or awards once the
/// notice is over on `today`, unless the application is among those that are `disputed`.
pub(crate) fn star_step(
    waiting: &WaitingStar,
    member: MemberId,
    disputed: &BTreeSet<String>,
    today: Date,
) -> Option<Duty> {
    if waiting.barred.contains(&member) {
        return None;
    }
    let (id, days) = (&waiting.id, Rules::star_days()?);
    let of = |application: &str, step: &str| format!("POST /v1/star-applications/{application}/{step}");
    let (kind, what, since, act) = if let Some(application) = waiting.application {
        let act = of(&application.to_string(), &format!("objections/{id}/answer"));
        (Kind::StarObjection, "答复星级公示异议", waiting.since()?, act)
    } else if let Some(told) = waiting.notice_until {
        // Holidays that became known since make it longer.
        let known = waiting.decided_on.map(|on| working_days_after(on, days.notice_working_days).day);
        let over = known.map_or(told, |known| known.max(told));
        if today <= over || disputed.contains(id) {
            return None;
        }
        (Kind::StarAward, "公示期满，命名星级", over, of(id, "award"))
    } else {
        (Kind::StarDecision, "复核评星", waiting.since()?, of(id, "decide"))
    };
    Some(Duty::new(kind, id, format!("{what}：{}", waiting.name), within(kind, since), act))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn member(n: u8) -> MemberId {
        MemberId::from_bytes(1, [n; 10])
    }

    fn star(fields: &Value) -> WaitingStar {
        let mut whole = json!({
            "id": "sta_1", "organization": kernel::OrgId::from_bytes(1, [1; 10]), "name": "东社区党支部",
            "waitsKey": "2026-11-25#sta_1", "barred": [member(2)],
        });
        whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    fn step(waiting: &WaitingStar, on: &str) -> Option<Duty> {
        star_step(waiting, member(1), &BTreeSet::new(), day(on))
    }

    #[test]
    fn a_branch_hands_in_until_the_last_day_of_the_window() {
        let draft = json!({
            "id": kernel::StarApplicationId::from_bytes(1, [1; 10]), "name": "东社区党支部", "closesOn": "2026-12-10",
            "organization": kernel::OrgId::from_bytes(1, [1; 10]),
            "path": kernel::OrgPath::root(kernel::OrgId::from_bytes(1, [1; 10])),
        });
        let draft: OpenStar = serde_json::from_value(draft).unwrap();
        assert_eq!(star_self_score(&draft, day("2026-12-10")).unwrap().due_on, day("2026-12-10"));
        assert_eq!(star_self_score(&draft, day("2026-12-11")), None);
        let old = OpenStar { closes_on: None, ..draft.clone() };
        assert_eq!(star_self_score(&old, day("2026-12-10")), None, "it was filed before the day was kept");
        assert_eq!(star_review(&draft, member(1)), None, "it was not handed in");
        let submitted = OpenStar { submitted_on: Some(day("2026-11-25")), barred: [member(2)].into(), ..draft };
        assert_eq!(star_review(&submitted, member(1)).unwrap().due_on, day("2026-12-09"));
        assert_eq!(star_review(&submitted, member(2)), None);
    }

    #[test]
    fn the_department_decides_and_awards_once_the_notice_is_over_and_undisputed() {
        let reviewed = step(&star(&json!({})), "2026-11-25").unwrap();
        assert_eq!((reviewed.kind, reviewed.due_on), (Kind::StarDecision, day("2026-12-10")));
        let barred = star_step(&star(&json!({})), member(2), &BTreeSet::new(), day("2026-11-25"));
        assert_eq!(barred, None);
        // Told as if 1 and 2 December had been holidays: what is known now makes it no shorter.
        let notice = star(&json!({ "noticeUntil": "2026-12-04", "decidedOn": "2026-11-25" }));
        assert_eq!(step(&notice, "2026-12-04"), None);
        let over = step(&notice, "2026-12-05").unwrap();
        assert_eq!((over.kind, over.act.as_str()), (Kind::StarAward, "POST /v1/star-applications/sta_1/award"));
        let short = star(&json!({ "noticeUntil": "2026-11-30", "decidedOn": "2026-11-25" }));
        assert_eq!(step(&short, "2026-12-02"), None, "holidays became known");
        assert!(step(&short, "2026-12-03").is_some());
        let disputed = BTreeSet::from(["sta_1".to_owned()]);
        assert_eq!(star_step(&short, member(1), &disputed, day("2026-12-03")), None);
    }
}
