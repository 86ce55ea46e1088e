//! What people read.

use dues_records::{Bill, Case, Month, Rules};
use jiff::Timestamp;
use kernel::MemberId;
use notices::Notice;

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
