//! What an office brings: dues, transfers, corrections, exports, trainings, elections. Nobody decides what they began, or what is
//! about them.

use super::{Duty, Kind, Rules, within};
use dues_records::{Matter, Month, Waiting};
use jiff::civil::Date;
use kernel::{MemberId, OrgId, add_months, shanghai_day};
use register::{Node, TransferStage, WaitingCorrection, WaitingExport, WaitingTraining, WaitingTransfer};

/// That it is set what members of `branch` owe, of whom so many are `without`.
pub(crate) fn standards(branch: OrgId, without: usize, month: Month) -> Option<Duty> {
    let title = format!("{without}名党员尚未核定{}年党费标准", month.year());
    let act = "POST /v1/dues/standards".to_owned();
    (without > 0).then(|| Duty::new(Kind::DuesStandards, branch, title, month.last_day(), act))
}

/// What is to be done about something that waits at an organisation, by `member`, who keeps its dues or decides reliefs for it;
/// `None` when it is not for them.
pub(crate) fn dues(matter: &Matter, member: MemberId, (keeps, decides): (bool, bool)) -> Option<Duty> {
    let (waiting, record) = matter.what()?;
    let theirs = if waiting == Waiting::Relief { decides } else { keeps };
    // Money of unknown purpose is found out by whoever keeps the dues, be it their own.
    let own = waiting != Waiting::Difference && matter.member == Some(member);
    if !theirs || own || matter.begun_by() == Some(member) {
        return None;
    }
    let mut subject = record;
    let (kind, title, act) = match waiting {
        Waiting::Case => {
            let title = "有党员长期未交党费，请核实情况";
            (Kind::DuesCase, title, format!("POST /v1/dues/cases/{record}/closure"))
        }
        Waiting::Difference => {
            let title = "有一笔党费用途不明，请核对";
            (Kind::DuesDifference, title, format!("POST /v1/dues/payments/{record}/allotment"))
        }
        Waiting::Relief => {
            let (whose, year) = record.split_once('#')?;
            subject = whose;
            let act = format!("POST /v1/members/{whose}/dues/{year}/relief/decision");
            (Kind::DuesRelief, "审批党费减免申请", act)
        }
        Waiting::Remittance => {
            let act = format!("POST /v1/dues/remittances/{record}/receipt");
            (Kind::DuesRemittance, "确认收到下级上缴的党费", act)
        }
        Waiting::Reversal => {
            let act = format!("POST /v1/dues/payments/{record}/reversal/decision");
            (Kind::DuesReversal, "复核党费冲正申请", act)
        }
    };
    let duty = Duty::new(kind, record, title, within(kind, matter.since()?), act);
    Some(Duty { subject: subject.to_owned(), ..duty })
}

/// What the committee of `member` has to do about a transfer that leaves a branch below it.
pub(crate) fn transfer(transfer: &WaitingTransfer, member: MemberId) -> Option<Duty> {
    let (kind, title, step) = match transfer.state {
        TransferStage::Draft => (Kind::TransferDecision, "审批组织关系转接", "decision"),
        TransferStage::Approved => (Kind::TransferLetter, "开具组织关系介绍信", "letters"),
        TransferStage::Issued | TransferStage::Received => return None,
    };
    let due_on = within(kind, shanghai_day(transfer.updated_at));
    (transfer.member != member).then(|| of_transfer(kind, transfer, title, due_on, step))
}

/// That the branch of `member` receives who comes to it, as long as the letter is valid on `today`.
pub(crate) fn reception(transfer: &WaitingTransfer, member: MemberId, today: Date) -> Option<Duty> {
    let until = transfer.valid_until.filter(|until| *until >= today && transfer.member != member)?;
    Some(of_transfer(Kind::TransferReception, transfer, "接收转入党员的组织关系", until, "receive"))
}

/// That the branch of `member` has the receipt of who left it.
pub(crate) fn receipt(transfer: &WaitingTransfer, member: MemberId) -> Option<Duty> {
    let due_on = transfer.receipt_due_on.filter(|_| transfer.member != member)?;
    Some(of_transfer(Kind::TransferReceipt, transfer, "收回并登记组织关系转接回执", due_on, "receipt"))
}

fn of_transfer(kind: Kind, transfer: &WaitingTransfer, title: &str, due_on: Date, step: &str) -> Duty {
    let id = transfer.id;
    Duty::new(kind, id, title, due_on, format!("POST /v1/transfers/{id}/{step}"))
}

/// That somebody else than who asked decides a request for correction.
pub(crate) fn correction(asked: &WaitingCorrection, member: MemberId) -> Option<Duty> {
    let WaitingCorrection { id, member: whose, due_on } = asked;
    let act = format!("POST /v1/members/{whose}/corrections/{id}/decision");
    (*whose != member).then(|| Duty::new(Kind::Correction, id, "办理党员信息更正申请", *due_on, act))
}

/// That somebody else than who asked agrees to an export, or does not.
pub(crate) fn export(asked: &WaitingExport, member: MemberId) -> Option<Duty> {
    let WaitingExport { id, asked_by, asked_at } = asked;
    let (due_on, act) = (shanghai_day(*asked_at + WaitingExport::VALID), format!("POST /v1/exports/{id}/approval"));
    (*asked_by != member).then(|| Duty::new(Kind::Export, id, "审核党员名册导出申请", due_on, act))
}

/// That somebody else than who entered it confirms a training, or does not.
pub(crate) fn training(entered: &WaitingTraining, member: MemberId) -> Option<Duty> {
    let WaitingTraining { id, entered_by, updated_at } = entered;
    let due_on = within(Kind::Training, shanghai_day(*updated_at));
    let act = format!("POST /v1/trainings/{id}/decision");
    (*entered_by != member).then(|| Duty::new(Kind::Training, id, "确认集中培训记录", due_on, act))
}

/// That `node` elects, from some months before the end of its term on.
pub(crate) fn election(node: &Node, today: Date) -> Option<Duty> {
    let due_on = node.term?.due_on;
    let title = format!("{}任期将满，请筹备换届选举", node.name.as_str());
    let act = format!("POST /v1/organizations/{}/terms", node.id);
    let begins = add_months(due_on, -Rules::election_months());
    (begins <= today).then(|| Duty::new(Kind::Election, node.id, title, due_on, act))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use kernel::{OrgPath, TransferId};

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn member(n: u8) -> MemberId {
        MemberId::from_bytes(1, [n; 10])
    }

    #[test]
    fn who_comes_is_received_as_long_as_the_letter_is_valid_and_by_somebody_else() {
        let coming = WaitingTransfer {
            id: TransferId::from_bytes(1, [1; 10]),
            member: member(1),
            state: TransferStage::Issued,
            from_path: OrgPath::root(OrgId::from_bytes(1, [1; 10])),
            valid_until: Some(day("2026-12-24")),
            receipt_due_on: None,
            updated_at: Timestamp::UNIX_EPOCH,
        };
        for (by, today, is_duty) in [
            (member(2), "2026-12-24", true),
            (member(2), "2026-12-25", false),
            (member(1), "2026-12-24", false),
            (member(1), "2026-12-25", false),
        ] {
            let due_on = reception(&coming, by, day(today)).map(|duty| duty.due_on);
            assert_eq!(due_on, coming.valid_until.filter(|_| is_duty), "{by} on {today}");
        }
        let without = WaitingTransfer { valid_until: None, ..coming };
        assert_eq!(reception(&without, member(2), day("2026-12-24")), None, "no letter is on its way");
    }
}
