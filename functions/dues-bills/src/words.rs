//! What people read.

use dues_records::{Bill, Case, Month, Rules};
use jiff::{Timestamp, civil::Date};
use kernel::{MemberId, OrgId};
use notices::{Duty, Notice, Todo};

/// Of whom nothing is set: for who keeps the dues of the branch.
pub(crate) fn to_set(officer: MemberId, branch: OrgId, month: Month, without: usize) -> Todo {
    let duty = Duty {
        key: dues_records::DuesTable::todo(branch, month.year()),
        title: format!("{without}名党员尚未核定{}年党费标准", month.year()),
        due_on: month.last_day(),
        article: Some("组电明字〔2017〕5号".to_owned()),
        subject: Some(branch.to_string()),
        act: "POST /v1/dues/standards".to_owned(),
    };
    Todo { member: officer, duty }
}

/// What a member in arrears is told: once for each run of months.
pub(crate) fn to_member(bill: &Bill, first: Month, rules: &Rules, now: Timestamp) -> Notice {
    let months = rules.arrears.notice_months;
    Notice::new(now, bill.member, "dues.arrears", &format!("dues/arrears/{first}"))
        .saying(
            &format!("您已有{months}个月以上未交党费"),
            format!("自{first}起的党费尚未交纳。如有困难或其他原因，请向党支部说明；也可由亲属或其他党员代交。"),
        )
        .about(bill.member.to_string())
        .by(&rules.arrears.article)
}

/// The same for who keeps the dues of the branch.
pub(crate) fn to_officer(officer: MemberId, bill: &Bill, first: Month, rules: &Rules, now: Timestamp) -> Notice {
    let (months, name) = (rules.arrears.notice_months, bill.name.reveal());
    Notice::new(now, officer, "dues.arrears", &format!("dues/arrears/{}/{first}", bill.member))
        .saying(
            &format!("有党员{months}个月以上未交党费"),
            format!("{name}自{first}起未交党费，请及时了解情况、提醒帮助。"),
        )
        .about(bill.member.to_string())
        .by(&rules.arrears.article)
}

/// What the member hears when a case is opened.
pub(crate) fn of_case(case: &Case, rules: &Rules, now: Timestamp) -> Notice {
    let months = rules.arrears.case_months;
    Notice::new(now, case.member, "dues.case-opened", &format!("dues/case/{}", case.first))
        .saying(
            &format!("您已连续{months}个月未交党费，支部将向您了解情况"),
            format!("自{}起的党费尚未交纳。请尽快补交，或向党支部说明理由。", case.first),
        )
        .about(case.id.to_string())
        .by(&rules.arrears.case_article)
}

/// The to-do of who keeps the dues of the branch: to look into it and close the case.
pub(crate) fn to_look_into(officer: MemberId, case: &Case, due_on: Date, rules: &Rules) -> Todo {
    let duty = Duty {
        key: Case::todo(case.id),
        title: format!("有党员连续{}个月未交党费，请核实情况", rules.arrears.case_months),
        due_on,
        article: Some(rules.arrears.case_article.clone()),
        subject: Some(case.id.to_string()),
        act: "POST /v1/dues/cases/{case}/closure".to_owned(),
    };
    Todo { member: officer, duty }
}
