//! What is due when, and what becomes of a firing.

use super::*;
use crate::functions::Handler;
use serde_json::json;
use tokio::sync::mpsc;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule(name: &str, expression: &str) -> Schedule {
    Schedule {
        name: name.to_owned(),
        expression: expression.to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        input: Some(r#"{"at":"<aws.scheduler.scheduled-time>"}"#.to_owned()),
        enabled: true,
    }
}

fn callee(name: &str, handler: Handler, clock: &Clock) -> Arc<Callee> {
    let timeout = Duration::from_secs(50);
    Arc::new(Callee { name: name.to_owned(), handler, timeout, clock: clock.clone() })
}

fn fixed(now: &str) -> Clock {
    let now = instant(now);
    Clock::new(move || now)
}

fn echo() -> Handler {
    Handler::job(|event| async move { Ok(event) })
}

fn schedules(all: &[Schedule], handler: &Handler, now: &str) -> Schedules {
    let clock = fixed(now);
    let callee = callee("relocation", handler.clone(), &clock);
    Schedules::new(all.iter().map(|schedule| (schedule.clone(), Arc::clone(&callee))), clock).unwrap()
}

fn due(schedules: &Schedules, now: &str) -> Vec<(String, String)> {
    schedules.due(instant(now)).into_iter().map(|(job, at)| (job.name.clone(), at.to_string())).collect()
}

#[test]
fn each_firing_is_due_once() {
    let schedules = schedules(&[schedule("Minute", "cron(* * * * ? *)")], &echo(), "2026-12-01T00:00:00Z");
    let firing = |at: &str| vec![("relocation/Minute".to_owned(), at.to_owned())];
    assert_eq!(due(&schedules, "2026-12-01T00:00:59Z"), []);
    assert_eq!(due(&schedules, "2026-12-01T00:01:00Z"), firing("2026-12-01T00:01:00Z"));
    assert_eq!(due(&schedules, "2026-12-01T00:01:30Z"), []);
    assert_eq!(due(&schedules, "2026-12-01T00:02:01Z"), firing("2026-12-01T00:02:00Z"));
}

#[test]
fn after_a_long_sleep_only_the_last_firing_is_made_up_for() {
    let all = [schedule("Minute", "cron(* * * * ? *)"), schedule("Nightly", "cron(0 2 * * ? *)")];
    let schedules = schedules(&all, &echo(), "2026-12-01T00:00:00Z");
    let expected = [
        ("relocation/Minute".to_owned(), "2026-12-04T00:00:00Z".to_owned()),
        ("relocation/Nightly".to_owned(), "2026-12-03T18:00:00Z".to_owned()),
    ];
    assert_eq!(due(&schedules, "2026-12-04T00:00:30Z"), expected);
    assert_eq!(due(&schedules, "2026-12-04T00:00:31Z"), []);
}

#[test]
fn a_clock_that_goes_back_repeats_nothing() {
    let schedules = schedules(&[schedule("Minute", "cron(* * * * ? *)")], &echo(), "2026-12-01T00:00:00Z");
    assert_eq!(due(&schedules, "2026-12-01T00:05:00Z").len(), 1);
    assert_eq!(due(&schedules, "2026-12-01T00:01:00Z"), []);
    assert_eq!(due(&schedules, "2026-12-01T00:05:00Z"), []);
}

#[tokio::test]
async fn what_is_disabled_fires_when_asked_only() {
    let disabled = Schedule { enabled: false, ..schedule("Minute", "cron(* * * * ? *)") };
    let schedules = schedules(&[disabled], &echo(), "2026-12-01T00:00:00Z");
    assert_eq!(due(&schedules, "2027-01-01T00:00:00Z"), []);
    let answer = schedules.fire("relocation", instant("2026-12-01T08:00:00+08:00")).await.unwrap();
    assert_eq!(answer, json!({ "at": "2026-12-01T00:00:00Z" }));
}

#[tokio::test]
async fn a_schedule_is_fired_by_name() {
    let all = [schedule("Minute", "cron(* * * * ? *)"), schedule("Nightly", "cron(0 2 * * ? *)")];
    let schedules = schedules(&all, &echo(), "2026-12-01T00:00:00Z");
    let at = instant("2026-12-01T00:00:00Z");
    assert!(schedules.fire("relocation/Nightly", at).await.is_ok());
    let said = schedules.fire("relocation", at).await.unwrap_err().to_string();
    assert_eq!(said, "relocation has several schedules; take one of: relocation/Minute, relocation/Nightly");
    let said = schedules.fire("nothing", at).await.unwrap_err().to_string();
    assert_eq!(said, "there is no schedule nothing; there are: relocation/Minute, relocation/Nightly");
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_in_a_function_is_said() {
    let at = instant("2026-12-01T00:00:00Z");
    for (handler, expected) in [
        (Handler::job(|_| async { Err("no table".into()) }), "relocation/Minute failed: no table"),
        (Handler::job(|_| async { if true { panic!("on purpose") } else { Ok(Value::Null) } }), "it panicked"),
        (Handler::job(|_| std::future::pending()), "it took longer than its timeout of 50 s"),
        (Handler::authorizer(|_| async { crate::Verdict::default() }), "it is not a function for this kind of event"),
    ] {
        let schedules = schedules(&[schedule("Minute", "cron(* * * * ? *)")], &handler, "2026-12-01T00:00:00Z");
        let said = schedules.fire("relocation", at).await.unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_schedule_that_cannot_be_kept_is_named() {
    let clock = fixed("2026-12-01T00:00:00Z");
    let callee = callee("relocation", echo(), &clock);
    for (bad, expected) in [
        (schedule("Soon", "rate(1 minute)"), "schedule relocation/Soon: expected cron(…), found rate(1 minute)"),
        (
            Schedule { time_zone: "Mars/Olympus".to_owned(), ..schedule("Soon", "cron(0 2 * * ? *)") },
            "schedule relocation/Soon: there is no time zone Mars/Olympus",
        ),
        (
            Schedule { input: Some("{".to_owned()), ..schedule("Soon", "cron(0 2 * * ? *)") },
            "schedule relocation/Soon: Input is not JSON",
        ),
    ] {
        let said = Schedules::new([(bad, Arc::clone(&callee))], clock.clone()).unwrap_err().to_string();
        assert!(said.starts_with(expected), "{said}");
    }
}

/// The clock follows tokio's, which the test holds still and moves.
#[tokio::test(start_paused = true)]
async fn schedules_fire_by_themselves_until_stopped() {
    let began = tokio::time::Instant::now();
    let clock = Clock::new(move || instant("2026-12-01T00:00:00Z") + began.elapsed());
    let (fired, mut firings) = mpsc::unbounded_channel();
    let job = Handler::job(move |event| {
        fired.send(event).unwrap();
        async { Ok(Value::Null) }
    });
    let callee = callee("relocation", job, &clock);
    let schedules = Schedules::new([(schedule("Minute", "cron(* * * * ? *)"), callee)], clock).unwrap();
    let stop = Stop::new();
    let kept = tokio::spawn(Arc::new(schedules).keep(stop.clone()));
    for at in ["2026-12-01T00:01:00Z", "2026-12-01T00:02:00Z"] {
        assert_eq!(firings.recv().await, Some(json!({ "at": at })));
    }
    stop.now();
    kept.await.unwrap();
    assert_eq!(firings.recv().await, None);
}
