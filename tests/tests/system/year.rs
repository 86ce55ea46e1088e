//! A year of a branch, entered as people enter it, scored by night, and computed by hand.
//!
//! Every number that is expected here was computed on paper from `infra/rules/scoring.json`: what is done out of what is asked,
//! times the whole of the rule, rounded down. The branch is there all the year and has no committee, for six persons have none.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod fresh;
mod stage;

use kernel::MemberId;
use serde_json::{Value, json};
use stage::{People, Year};
use std::collections::BTreeMap;

/// Records of the year, by their ids.
#[derive(Default)]
struct Records {
    january: String,
    march: String,
    may: String,
    september: String,
    training: String,
    tasks: [String; 2],
}

/// The five numbers of a portrait.
fn five(portrait: &Value) -> [u64; 5] {
    let dimensions = portrait["dimensions"].as_array().unwrap();
    let points: Vec<_> = dimensions.iter().map(|dimension| dimension["points"].as_u64().unwrap()).collect();
    points.try_into().unwrap()
}

/// The lines of a rule.
fn lines<'a>(portrait: &'a Value, rule: &str) -> Vec<&'a Value> {
    let dimensions = portrait["dimensions"].as_array().unwrap().iter();
    let lines = dimensions.flat_map(|dimension| dimension["lines"].as_array().unwrap());
    lines.filter(|line| line["rule"]["id"] == rule).collect()
}

/// Record, day and points of the lines of a rule.
fn steps(portrait: &Value, rule: &str) -> Vec<(String, String, i64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = lines(portrait, rule).into_iter();
    lines.map(|line| (text(&line["record"]), text(&line["on"]), line["points"].as_i64().unwrap())).collect()
}

/// Each dimension is the sum of its lines, and each line says by which rule of which version, and of which record of which day,
/// unless it is what a rule begins with.
fn assert_told(portrait: &Value) {
    for dimension in portrait["dimensions"].as_array().unwrap() {
        let lines = dimension["lines"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|line| line["points"].as_i64().unwrap()).sum();
        assert_eq!(dimension["points"], sum, "{dimension}");
        for line in lines {
            let rule = &line["rule"];
            assert!(!rule["id"].as_str().unwrap().is_empty() && rule["version"].as_u64().unwrap() > 0, "{line}");
            let begins = ["nothing-asked", "from-the-beginning"].contains(&line["why"].as_str().unwrap());
            let on = line["on"].as_str().unwrap_or_default();
            assert_eq!((line["record"].is_null(), on.starts_with("2026-")), (begins, !begins), "{line}");
        }
    }
}

#[tokio::test]
async fn a_year_of_a_branch_comes_to_what_was_computed_by_hand() {
    let year = Year::begin().await;
    let mut records = Records::default();
    Box::pin(spring(&year, &mut records)).await;
    Box::pin(summer(&year, &mut records)).await;
    Box::pin(autumn(&year, &mut records)).await;
    year.night("2027-01-01").await;
    Box::pin(members(&year, &records)).await;
    Box::pin(lists(&year)).await;
    Box::pin(branch(&year)).await;
}

/// January to April: two meetings, an appeal about one of them, and somebody goes.
async fn spring(year: &Year, records: &mut Records) {
    let People { chen, xu, .. } = year.people;
    records.january = year.meeting("theme-day", "2026-01-15", &[], "2026-01-15").await;
    records.march = year.meeting("branch-meeting", "2026-03-12", &[chen], "2026-03-12").await;
    year.night("2026-03-14").await;
    let before = year.portrait(chen).await;
    // Org life: 0 of 1 meeting, 1 of 1 theme day, no review held: 0 + 3000 + 3000.
    // Study: 90 of 1920 minutes: 10000 · 90 / 1920 = 468. Duties: 0 of 12 months of dues, no task: 0 + 4000.
    // Pioneer role: 0 of 4 key tasks, 0 of 2 whistle tasks, 0 of 1 merit. Conduct: no fault.
    assert_eq!(five(&before), [6_000, 468, 4_000, 0, 10_000], "{before}");
    let missed = lines(&before, "org-life.meetings");
    assert_eq!((missed.len(), &missed[0]["why"], &missed[0]["points"]), (1, &json!("missed"), &json!(0)));
    assert_eq!((&missed[0]["record"], &missed[0]["correctedBy"]), (&json!(records.march), &Value::Null));

    year.at("2026-03-16T09:00");
    let appeal = year.appeals(chen, "org-life.meetings", &records.march).await;
    year.at("2026-03-20T09:00");
    year.grants(&appeal).await;
    assert_eq!(five(&year.portrait(chen).await), [6_000, 468, 4_000, 0, 10_000], "not before the night");
    year.night("2026-03-21").await;
    let after = year.portrait(chen).await;
    // The meeting counts: 1 of 1, 4000 more; and is ninety minutes of study: 10000 · 180 / 1920 = 937.
    assert_eq!(five(&after), [10_000, 937, 4_000, 0, 10_000], "{after}");
    let counted = lines(&after, "org-life.meetings");
    assert_eq!((&counted[0]["why"], &counted[0]["points"]), (&json!("done"), &json!(4_000)));
    let by = appeal.rsplit('/').next().unwrap();
    assert_eq!((&counted[0]["record"], &counted[0]["correctedBy"]), (&json!(records.march), &json!(by)));

    year.at("2026-03-25T09:00");
    year.owes(xu, "2026-01").await;
    year.pays(xu, 1..=3).await;
    year.at("2026-04-20T09:00");
    year.moves(xu, (&year.town.branch, &year.town.neighbour), "2026-03").await;
}

/// May to August: a record that came late, a training, a task, money of which somebody said later what it is for, somebody comes,
/// a merit, and a payment that is taken back.
async fn summer(year: &Year, records: &mut Records) {
    let People { lin, wu, chen, zheng, .. } = year.people;
    records.may = year.meeting("theme-day", "2026-05-14", &[wu], "2026-05-25").await;
    year.at("2026-06-01T09:00");
    let first = year.task(chen, "2026-06-30", "2026-06-11T10:00").await;
    year.at("2026-06-12T09:00");
    records.training = year.training("2026-06-10", &[lin, wu]).await;
    year.at("2026-06-20T09:00");
    year.owes(wu, "2026-01").await;
    let mistaken = year.pays(wu, 1..=6).await;
    year.at("2026-06-22T09:00");
    year.owes(chen, "2026-01").await;
    let half = year.pays_half(chen).await;
    year.at("2026-06-23T09:00");
    year.allots(&half, &["2026-01", "2026-02"]).await;
    year.at("2026-06-25T09:00");
    year.moves(zheng, (&year.town.neighbour, &year.town.branch), "2026-06").await;
    year.night("2026-07-02").await;
    let paid = year.portrait(wu).await;
    // 6000 · 6 of 12 months; no task yet.
    assert_eq!(steps(&paid, "duties.dues"), [(mistaken.clone(), "2026-06-20".to_owned(), 3_000)]);
    assert_eq!(five(&paid)[2], 3_000 + 4_000);
    // 6000 · 2 of 12 months; 1 of 1 task.
    let allotted = year.portrait(chen).await;
    assert_eq!(steps(&allotted, "duties.dues"), [(half.clone(), "2026-06-22".to_owned(), 1_000)]);
    assert_eq!(five(&allotted)[2], 1_000 + 4_000);

    year.at("2026-07-06T09:00");
    year.conduct((wu, lin), ("merit", "2026-07-01"), "2026-07-15T09:00").await;
    year.at("2026-08-01T09:00");
    year.allots(&half, &["2026-03"]).await;
    year.at("2026-08-03T09:00");
    year.takes_back(&mistaken).await;
    year.night("2026-08-04").await;
    // The payment took its points along; of the other one the new version is in the place of the old one: 3 of 12 months.
    assert_eq!((steps(&year.portrait(wu).await, "duties.dues"), five(&year.portrait(wu).await)[2]), (vec![], 4_000));
    assert_eq!(steps(&year.portrait(chen).await, "duties.dues"), [(half, "2026-06-22".to_owned(), 1_500)]);
    records.tasks = [first, String::new()];
}

/// September to December: a record that is corrected, a task that was done late, a whistle task, a fault, a relief, and dues of the
/// whole year at its end.
async fn autumn(year: &Year, records: &mut Records) {
    let People { lin, wu, chen, he, zheng, .. } = year.people;
    records.september = year.meeting("theme-day", "2026-09-10", &[zheng], "2026-09-10").await;
    year.night("2026-09-12").await;
    // Of Zheng: no meeting, 0 of 1 theme day, no review: 4000 + 0 + 3000.
    assert_eq!(five(&year.portrait(zheng).await)[0], 7_000);
    year.at("2026-09-18T09:00");
    // The minutes are signed once more, and say that everybody was there.
    let corrected = json!({
        "kinds": ["theme-day"], "heldOn": "2026-09-10", "recordedOn": "2026-09-10", "minutes": 90,
        "present": [lin, wu, chen, zheng], "online": [], "absent": [], "exempt": [he],
    });
    year.tells("meeting.signed", &records.september, corrected).await;
    year.at("2026-09-20T09:00");
    year.owes(zheng, "2026-07").await;
    year.pays(zheng, 7..=9).await;
    year.night("2026-09-22").await;
    assert_eq!(five(&year.portrait(zheng).await)[0], 10_000, "1 of 1 theme day");

    year.at("2026-09-23T09:00");
    records.tasks[1] = year.task(chen, "2026-09-30", "2026-10-12T10:00").await;
    year.at("2026-10-13T09:00");
    year.whistle(wu, "2026-10-30").await;
    year.at("2026-10-14T09:00");
    year.relieves(zheng).await;
    year.conduct((lin, wu), ("fault", "2026-10-08"), "2026-10-26T09:00").await;
    year.meeting("org-life-meeting", "2026-12-10", &[], "2026-12-10").await;
    year.at("2026-12-20T09:00");
    year.owes(lin, "2026-01").await;
    year.pays(lin, 1..=12).await;
    year.pays(wu, 1..=6).await;
    year.at("2026-12-22T09:00");
    year.publishes().await;
}

/// What each of them is shown after the year.
async fn members(year: &Year, records: &Records) {
    let People { lin, wu, chen, he, xu, zheng } = year.people;
    for (member, expected) in expected(year) {
        let portrait = year.portrait(member).await;
        assert_told(&portrait);
        assert_eq!((five(&portrait), &portrait["asOf"]), (expected, &json!("2026-12-31")), "{portrait}");
    }

    // Three theme days are worth 1000 each: one of them was written down eleven days later, and counts as much.
    let of_lin = year.portrait(lin).await;
    let days: Vec<_> = lines(&of_lin, "org-life.theme-days").into_iter().cloned().collect();
    let days: Vec<_> = days.iter().map(|line| (&line["record"], &line["late"], &line["points"])).collect();
    let [january, may, september] = [&records.january, &records.may, &records.september].map(|id| json!(id));
    let worth = json!(1_000);
    assert_eq!(
        days,
        [(&january, &json!(false), &worth), (&may, &json!(true), &worth), (&september, &json!(false), &worth)]
    );
    // 90, 180, 270, 750 and 840 of 1920 minutes are 468, 937, 1406, 3906 and 4375.
    let studied = steps(&of_lin, "study.hours");
    let wanted = [
        (&records.january, "2026-01-15", 468),
        (&records.march, "2026-03-12", 469),
        (&records.may, "2026-05-14", 469),
        (&records.training, "2026-06-10", 2_500),
        (&records.september, "2026-09-10", 469),
    ];
    let wanted = wanted.map(|(record, on, points)| (record.clone(), on.to_owned(), points));
    assert_eq!(studied, wanted);

    // A task that was done after its limit is of the day of the limit, and late: twelve days.
    let of_chen = year.portrait(chen).await;
    let tasks: Vec<_> =
        lines(&of_chen, "duties.tasks").into_iter().map(|line| (&line["on"], &line["late"], &line["points"])).collect();
    let half = json!(2_000);
    let (first, second) = (json!("2026-06-11"), json!("2026-09-30"));
    assert_eq!(tasks, [(&first, &json!(false), &half), (&second, &json!(true), &half)]);
    assert_eq!(
        steps(&of_chen, "pioneer.key-tasks").iter().map(|step| step.0.clone()).collect::<Vec<_>>(),
        records.tasks
    );

    // Of He nothing is asked: each meeting is there, and takes nothing.
    let of_he = year.portrait(he).await;
    let days: Vec<_> = lines(&of_he, "org-life.theme-days").iter().map(|line| line["why"].clone()).collect();
    assert_eq!(days, ["nothing-asked", "exempt", "exempt", "exempt"]);

    // The fault takes 2000 of what is there from the beginning.
    let of_wu = year.portrait(wu).await;
    assert_eq!(steps(&of_wu, "conduct.faults").iter().map(|step| step.2).collect::<Vec<_>>(), [10_000, -2_000]);

    // Whoever came or went has a portrait in each branch.
    for (member, last) in [(xu, &year.town.neighbour), (zheng, &year.town.branch)] {
        assert_eq!(year.portrait(member).await["branches"][0], json!(last.id));
    }
}

/// The five numbers of each: org life, study, duties, pioneer role, conduct.
fn expected(year: &Year) -> BTreeMap<MemberId, [u64; 5]> {
    let People { lin, wu, chen, he, xu, zheng } = year.people;
    BTreeMap::from([
        // Meetings 1 of 1: 4000; theme days 3 of 3: 3000; reviews 1 of 1: 3000.
        // Four meetings of 90 minutes and a training of 480: 10000 · 840 / 1920 = 4375.
        // Dues 12 of 12: 6000; no task: 4000. Key tasks 0 of 4, whistle tasks 0 of 2, merits 1 of 1: 2000. No fault.
        (lin, [10_000, 4_375, 10_000, 2_000, 10_000]),
        // Theme days 2 of 3: 2000. Three meetings and the training: 10000 · 750 / 1920 = 3906.
        // Dues 6 of 12, those of December: 3000; the whistle task, 1 of 1: 4000. Whistle tasks 1 of 2: 2000. One fault.
        (wu, [4_000 + 2_000 + 3_000, 3_906, 3_000 + 4_000, 2_000, 8_000]),
        // All meetings, one by an appeal. 10000 · 360 / 1920 = 1875. Dues 3 of 12: 1500; tasks 2 of 2: 4000. Key tasks 2 of 4: 2000.
        (chen, [10_000, 1_875, 1_500 + 4_000, 2_000, 10_000]),
        // Nothing is asked.
        (he, [10_000; 5]),
        // January to March. Meeting and theme day 1 of 1 each. 180 of 1920 · 3 / 12 = 480 minutes: 3750. Dues 3 of 3, no task.
        // Key tasks 0 of 4 · 3 / 12 = 1; whistle tasks 2 · 3 / 12 = 0 and merits 1 · 3 / 12 = 0 are not asked: 4000 + 2000.
        (xu, [10_000, 3_750, 10_000, 4_000 + 2_000, 10_000]),
        // July to December. No meeting: 4000; theme day, as it was corrected, and review 1 of 1: 6000. 90 of 960 minutes: 937.
        // Dues: 3 months paid and 3 not owed of 6: 6000; no task: 4000. Key tasks 0 of 2, whistle tasks 0 of 1, no merit asked: 2000.
        (zheng, [10_000, 937, 10_000, 2_000, 10_000]),
    ])
}

/// The list of scores says the same as the portraits.
async fn lists(year: &Year) {
    let list = year.of_branch("scores").await;
    let found = list["items"].as_array().unwrap().iter().map(|item| {
        let points: Vec<u64> = serde_json::from_value(item["points"].clone()).unwrap();
        (item["member"].as_str().unwrap().parse().unwrap(), points.try_into().unwrap())
    });
    assert_eq!(found.collect::<BTreeMap<MemberId, [u64; 5]>>(), expected(year));
}

/// What the secretary is shown of the branch.
async fn branch(year: &Year) {
    let portrait = year.of_branch("portrait").await;
    assert_told(&portrait);
    // Set-up: no committee, of which meetings would be asked: 4000; secretary's account 0 of 1; term kept: 3000.
    // Events: meetings 3000 · 1 / 4 = 750; theme days 4000 · 3 / 12 = 1000; org-life meeting 1 of 1: 1500; appraisal 0 of 1.
    // Education: asked of Lin, Wu and Chen 1920 minutes each, of Zheng 960, of Xu 480: 7200; done 840 + 750 + 360 + 90 + 180 = 2220:
    // 8000 · 2220 / 7200 = 2466; lectures 0 of 4. Key work: 3 of 3 tasks.
    // Services: dues of 12 · 3 + 6 + 3 = 45 months; 12 + 6 + 3 + 6 + 3 = 30: 5000 · 30 / 45 = 3333; published: 2000; talks 0 of 1.
    let expected = [4_000 + 3_000, 750 + 1_000 + 1_500, 2_466, 10_000, 3_333 + 2_000];
    assert_eq!(five(&portrait), expected, "{portrait}");
    let check = year.of_branch("self-check").await;
    let gaps: Vec<_> = check["gaps"].as_array().unwrap().iter().map(|gap| gap["rule"]["id"].clone()).collect();
    assert!(gaps.contains(&json!("events.theme-days")), "{check}");
    assert!(!gaps.contains(&json!("set-up.committee-meetings")), "{check}");
    let late = check["late"].as_array().unwrap().iter();
    let late: Vec<_> = late.map(|line| line["on"].as_str().unwrap()).collect();
    assert!(late.contains(&"2026-05-14") && late.contains(&"2026-09-30") && !late.contains(&"2026-01-15"), "{late:?}");
}
