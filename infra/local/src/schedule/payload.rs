//! What EventBridge Scheduler sends.

use crate::template::{ACCOUNT, REGION};
use jiff::Timestamp;
use serde_json::{Value, json};

/// One firing of a schedule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Firing<'a> {
    pub(super) schedule: &'a str,
    pub(super) at: Timestamp,
    pub(super) id: &'a str,
}

impl Firing<'_> {
    /// The payload: `input` with its context attributes filled in, or the default of the service.
    pub(super) fn payload(&self, input: Option<&str>) -> serde_json::Result<Value> {
        let Self { schedule, at, id } = self;
        let arn = format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{schedule}");
        let time = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let Some(input) = input else {
            return Ok(json!({
                "version": "0",
                "id": id,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": ACCOUNT,
                "time": time,
                "region": REGION,
                "resources": [arn],
                "detail": "{}",
            }));
        };
        let filled = input
            .replace("<aws.scheduler.schedule-arn>", &arn)
            .replace("<aws.scheduler.scheduled-time>", &time)
            .replace("<aws.scheduler.execution-id>", id)
            .replace("<aws.scheduler.attempt-number>", "1");
        serde_json::from_str(&filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firing() -> Firing<'static> {
        Firing { schedule: "EveryMinute", at: "2026-12-01T00:00:00Z".parse().unwrap(), id: "x1" }
    }

    #[test]
    fn context_attributes_are_filled_in() {
        let input = r#"{"id":"<aws.scheduler.execution-id>","time":"<aws.scheduler.scheduled-time>",
            "from":["<aws.scheduler.schedule-arn>"],"attempt":"<aws.scheduler.attempt-number>"}"#;
        let expected = json!({
            "id": "x1",
            "time": "2026-12-01T00:00:00Z",
            "from": ["arn:aws:scheduler:local:000000000000:schedule/default/EveryMinute"],
            "attempt": "1",
        });
        assert_eq!(firing().payload(Some(input)).unwrap(), expected);
    }

    #[test]
    fn without_input_the_service_has_its_own() {
        let payload = firing().payload(None).unwrap();
        assert_eq!(payload["time"], "2026-12-01T00:00:00Z");
        assert_eq!(payload["source"], "aws.scheduler");
        assert_eq!(payload["detail"], "{}");
    }

    #[test]
    fn input_must_be_json() {
        assert!(firing().payload(Some("not json")).is_err());
    }
}
