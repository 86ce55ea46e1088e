//! E-mail, to whom it may go and to whom not.

use crate::{receiver::Mood, stage::stage};
use kernel::SixDigits;
use percent_encoding::percent_decode_str;
use register::{Member, MemberRow, MemberState, People};

#[tokio::test]
async fn what_is_told_is_mailed_to_the_address_that_was_confirmed() {
    let stage = stage().await;
    stage.wants_mails(None).await;
    stage.tell("更正申请已办结").await;
    stage.receiver.expect(&[Mood::Fails(400)]);
    assert_eq!(stage.run().await["failed"], 1);
    stage.pass_minutes(2);
    assert_eq!(stage.run().await["sent"], 1);
    let taken = stage.receiver.take();
    let [mail] = taken.as_slice() else { panic!("{taken:?}") };
    let body = percent_decode_str(&mail.body).decode_utf8().unwrap();
    for part in
        ["Source=zhibu@example.cn", "ToAddresses.member.1=chen@example.cn", "【支部】更正申请已办结。请登录查看。"]
    {
        assert!(body.contains(part), "{part} in {body}");
    }
    assert!(mail.signature.starts_with("AWS4-HMAC-SHA256 Credential=test/"), "{}", mail.signature);
    assert!(mail.signature.contains("/ses/aws4_request"), "{}", mail.signature);
    assert_eq!((stage.due().await, stage.dead().await.len()), (0, 0));
}

#[tokio::test]
async fn a_code_that_somebody_waits_for_goes_out_at_night_and_nothing_else_goes_to_an_address_before() {
    let stage = stage().await;
    stage.at("2026-11-24T23:00:00");
    let digits = SixDigits::of(654_321);
    stage.wants_mails(Some(&digits)).await;
    stage.tell("夜间").await;
    stage.run().await;
    let taken = stage.receiver.take();
    assert!(taken.len() == 1 && taken.iter().all(|mail| mail.body.contains("654321")), "{taken:?}");
    stage.at("2026-11-25T08:00:00");
    let report = stage.run().await;
    assert_eq!((&report["dropped"], stage.receiver.asked(), stage.dead().await.len()), (&1.into(), 1, 0));
}

#[tokio::test]
async fn who_left_is_sent_nothing_and_nobody_is_alarmed() {
    let stage = stage().await;
    stage.wants_texts().await;
    stage.tell("晚间").await;
    stage.receiver.expect(&[Mood::Fails(400)]);
    assert_eq!(stage.run().await["failed"], 1);
    let gone = Member { state: MemberState::Deceased, ..stage.member.clone() };
    People::open(&stage.bench.env).unwrap().table().put(&MemberRow::new(gone)).await.unwrap();
    stage.tell("次日").await;
    stage.pass_minutes(2);
    let report = stage.run().await;
    assert_eq!((&report["dropped"], &report["told"], &report["dead"]), (&1.into(), &1.into(), &0.into()), "{report}");
    assert_eq!((stage.receiver.take().len(), stage.due().await, stage.dead().await.len()), (0, 0, 0));
}
