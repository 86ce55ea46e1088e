//! Metrics as CloudWatch reads them out of the log: the embedded metric format.

use jiff::Timestamp;
use kernel::{MissingSetting, Settings};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Counts and durations of one function, in the namespace `Zhibu` by service and stage. Clones share what was counted.
#[derive(Clone)]
pub struct Metrics {
    service: &'static str,
    stage: String,
    state: Arc<Mutex<State>>,
}

/// A further dimension, by name and value; none for what is counted of the service as a whole.
type Dimension = Option<(&'static str, String)>;

struct State {
    kept: BTreeMap<Dimension, BTreeMap<&'static str, Kept>>,
    writer: Box<dyn Write + Send>,
}

/// What is kept of one metric. A name is one or the other; its first use decides.
enum Kept {
    Count(u64),
    Millis(Vec<f64>),
}

impl Metrics {
    /// What one object holds at most: so many metrics, and so many values of each.
    const MOST: usize = 100;

    /// For `service` in the stage that the setting `STAGE` names. On Lambda, where `AWS_LAMBDA_FUNCTION_NAME` is set, they
    /// go to standard output; elsewhere nobody would read them, and they go nowhere.
    ///
    /// # Errors
    /// When the stage is not set.
    pub fn open(settings: &Settings, service: &'static str) -> Result<Self, MissingSetting> {
        let deployed = settings.find("AWS_LAMBDA_FUNCTION_NAME").is_some();
        let writer: Box<dyn Write + Send> = if deployed { Box::new(io::stdout()) } else { Box::new(io::sink()) };
        Ok(Self::to(writer, service, settings.get("STAGE")?))
    }

    /// The same to a writer of one's own.
    pub fn to(writer: impl Write + Send + 'static, service: &'static str, stage: &str) -> Self {
        let none = State { kept: BTreeMap::new(), writer: Box::new(writer) };
        Self { service, stage: stage.to_owned(), state: Arc::new(Mutex::new(none)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds `times` to the count of `name`.
    pub fn count(&self, name: &'static str, times: u64) {
        self.add(None, name, times);
    }

    /// The same, to that of the service and to that of the service with one more dimension, given by name and value.
    pub fn count_of(&self, name: &'static str, (dimension, value): (&'static str, &str), times: u64) {
        self.add(Some((dimension, value.to_owned())), name, times);
    }

    fn add(&self, of: Dimension, name: &'static str, times: u64) {
        if let Kept::Count(count) = self.state().kept.entry(of).or_default().entry(name).or_insert(Kept::Count(0)) {
            *count = count.saturating_add(times);
        }
    }

    /// Adds one duration to those of `name`; it is written in milliseconds, to the microsecond.
    pub fn took(&self, name: &'static str, time: Duration) {
        if let Kept::Millis(values) =
            self.state().kept.entry(None).or_default().entry(name).or_insert(Kept::Millis(Vec::new()))
        {
            values.push((time.as_secs_f64() * 1e6).round() / 1e3);
        }
    }

    /// Writes what was counted since the last time as one object, dated `now`; nothing when nothing was counted. Values
    /// beyond the hundred that a metric may have in one object follow in another.
    ///
    /// # Errors
    /// When the writer fails; what was counted is lost then.
    pub fn flush(&self, now: Timestamp) -> io::Result<()> {
        let mut state = self.state();
        for (of, mut kept) in mem::take(&mut state.kept) {
            while !kept.is_empty() {
                let (mut units, mut values, mut rest) = (Vec::new(), Map::new(), BTreeMap::new());
                while units.len() < Self::MOST
                    && let Some((name, metric)) = kept.pop_first()
                {
                    let (unit, value) = match metric {
                        Kept::Count(count) => ("Count", Value::from(count)),
                        Kept::Millis(mut first) => {
                            let more = first.split_off(first.len().min(Self::MOST));
                            if !more.is_empty() {
                                rest.insert(name, Kept::Millis(more));
                            }
                            ("Milliseconds", Value::from(first))
                        }
                    };
                    units.push(json!({ "Name": name, "Unit": unit }));
                    values.insert(name.to_owned(), value);
                }
                kept.append(&mut rest);
                writeln!(state.writer, "{}", Value::Object(self.object(now, of.as_ref(), &units, values)))?;
            }
        }
        state.writer.flush()
    }

    fn object(
        &self,
        now: Timestamp,
        of: Option<&(&'static str, String)>,
        units: &[Value],
        mut values: Map<String, Value>,
    ) -> Map<String, Value> {
        let mut dimensions = vec![vec!["service", "stage"]];
        if let Some((name, value)) = of {
            dimensions.push(vec!["service", "stage", name]);
            values.insert((*name).to_owned(), value.as_str().into());
        }
        let metrics = json!({ "Namespace": "Zhibu", "Dimensions": dimensions, "Metrics": units });
        let head = json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": [metrics] });
        let beside = [("_aws", head), ("service", self.service.into()), ("stage", self.stage.clone().into())];
        values.extend(beside.map(|(name, value)| (name.to_owned(), value)));
        values
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("service", &self.service).field("stage", &self.stage).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::Written;

    /// The objects that one flush writes after `act`.
    fn flushed(act: impl FnOnce(&Metrics)) -> Vec<Value> {
        let written = Written::default();
        let metrics = Metrics::to(written.clone(), "accounts", "prod");
        act(&metrics);
        metrics.flush("2026-11-24T02:00:00Z".parse().unwrap()).unwrap();
        let objects: Vec<Value> = written.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        objects.iter().for_each(assert_valid);
        objects
    }

    /// The documented schema of the format, as far as it says more than types: names of 1 to 1,024 characters, at most 30
    /// dimensions and 100 metrics, known units, and at the root a text for each dimension, a number or at most 100 for
    /// each metric.
    fn assert_valid(object: &Value) {
        let named =
            |value: &Value| value.as_str().is_some_and(|text| (1..=1_024).contains(&text.len()) && text.is_ascii());
        assert!(object["_aws"]["Timestamp"].as_u64().is_some_and(|millis| millis > 1_000_000_000_000), "{object}");
        let directives = object["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert!(!directives.is_empty());
        for directive in directives {
            assert!(named(&directive["Namespace"]));
            for set in directive["Dimensions"].as_array().unwrap() {
                let set = set.as_array().unwrap();
                assert!(
                    set.len() <= 30 && set.iter().all(|name| named(name) && named(&object[name.as_str().unwrap()]))
                );
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                assert!(
                    named(&metric["Name"]) && ["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap())
                );
                let value = &object[metric["Name"].as_str().unwrap()];
                let many = value
                    .as_array()
                    .is_some_and(|all| (1..=100).contains(&all.len()) && all.iter().all(Value::is_number));
                assert!(value.is_number() || many, "{metric} {value}");
            }
        }
    }

    #[test]
    fn counts_add_up_and_durations_stand_side_by_side() {
        let objects = flushed(|metrics| {
            metrics.count("SignInRefused", 1);
            metrics.clone().count("SignInRefused", 2);
            metrics.took("PasswordHash", Duration::from_micros(18_250));
            metrics.took("PasswordHash", Duration::from_millis(20));
        });
        let [object] = objects.as_slice() else { panic!("{objects:?}") };
        let expected = json!({
            "_aws": { "Timestamp": 1_795_485_600_000_u64, "CloudWatchMetrics": [{
                "Namespace": "Zhibu",
                "Dimensions": [["service", "stage"]],
                "Metrics": [
                    { "Name": "PasswordHash", "Unit": "Milliseconds" },
                    { "Name": "SignInRefused", "Unit": "Count" },
                ],
            }]},
            "service": "accounts",
            "stage": "prod",
            "PasswordHash": [18.25, 20.0],
            "SignInRefused": 3,
        });
        assert_eq!(object, &expected);
    }

    #[test]
    fn nothing_is_written_when_nothing_was_counted_nor_twice() {
        assert!(flushed(|_| ()).is_empty());
        let twice = flushed(|metrics| {
            metrics.count("Sent", 1);
            metrics.flush(Timestamp::from_second(1_795_485_600).unwrap()).unwrap();
        });
        assert_eq!(twice.len(), 1);
    }

    #[test]
    fn more_values_than_one_object_may_hold_follow_in_another() {
        let objects = flushed(|metrics| {
            metrics.count("Sent", 1);
            (0..250).for_each(|_| metrics.took("Send", Duration::from_millis(1)));
        });
        let lengths: Vec<_> = objects.iter().map(|object| object["Send"].as_array().unwrap().len()).collect();
        assert_eq!(lengths, [100, 100, 50]);
        assert_eq!(objects.iter().filter(|object| object.get("Sent").is_some()).count(), 1, "counts are not repeated");
    }

    #[test]
    fn what_has_one_more_dimension_counts_for_the_service_as_well() {
        let objects = flushed(|metrics| {
            metrics.count_of("OverdueJobs", ("job", "relocation"), 1);
            metrics.count_of("OverdueJobs", ("job", "audit-seal"), 2);
            metrics.count("Looks", 1);
        });
        let found: Vec<_> = objects.iter().map(|object| (&object["job"], &object["OverdueJobs"])).collect();
        let expected =
            [(&Value::Null, &Value::Null), (&json!("audit-seal"), &json!(2)), (&json!("relocation"), &json!(1))];
        assert_eq!(found, expected);
        let dimensions = json!([["service", "stage"], ["service", "stage", "job"]]);
        assert_eq!(objects[1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], dimensions);
    }

    #[test]
    fn a_name_is_a_count_or_a_duration_and_not_both() {
        let objects = flushed(|metrics| {
            metrics.count("Sent", 1);
            metrics.took("Sent", Duration::from_millis(1));
        });
        assert_eq!(objects[0]["Sent"], 1);
    }

    #[test]
    fn the_stage_is_needed_and_metrics_print_no_values() {
        assert!(Metrics::open(&Settings::default(), "audit").is_err());
        let metrics = Metrics::open(&Settings::default().with("STAGE", "dev"), "audit").unwrap();
        metrics.count("Read", 7);
        assert_eq!(format!("{metrics:?}"), r#"Metrics { service: "audit", stage: "dev", .. }"#);
        metrics.flush(Timestamp::UNIX_EPOCH).unwrap();
    }
}
