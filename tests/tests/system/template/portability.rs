//! Nothing ties the template to a partition, region or account.

use super::{Template, document::TEXT};

/// The lines of the template without comments, with their numbers.
fn lines() -> impl Iterator<Item = (usize, &'static str)> {
    let is_code = |(_, line): &(usize, &str)| !line.trim_start().starts_with('#');
    TEXT.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(is_code)
}

#[test]
fn no_partition_suffix_region_or_account_is_written_out() {
    let regions = ["us-east-1", "ap-southeast-1", "cn-north-1", "cn-northwest-1"];
    for (number, line) in lines() {
        let place = format!("template.yaml, line {number}: {line}");
        for (at, _) in line.match_indices("arn:") {
            assert!(line[at..].starts_with("arn:${AWS::Partition}:"), "{place}");
        }
        assert!(!line.contains("amazonaws.com") || line.contains("Service:"), "{place}");
        assert!(!regions.iter().any(|region| line.contains(region)), "{place}");
        let digits = line.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() == 12);
        assert!(!digits, "an account number? {place}");
    }
}

#[test]
fn nothing_is_hidden_from_readers_and_local_tools() {
    for (number, line) in lines() {
        for hidden in ["Fn::ForEach", "Fn::Transform", "AWS::Include", "AWS::LanguageExtensions", "{{resolve:"] {
            assert!(!line.contains(hidden), "template.yaml, line {number}: {hidden}");
        }
    }
}

#[test]
fn the_architecture_is_chosen_and_tracing_is_left_out_where_there_is_none() {
    let template = Template::load();
    let globals = &template.section("Globals")["Function"];
    assert_eq!(globals["Architectures"][0]["Ref"], "Architecture");
    assert_eq!(globals["Tracing"]["Fn::If"][0], "HasXray");
    for function in template.functions() {
        for own in ["Architectures", "Tracing", "Runtime", "Handler"] {
            assert!(function.property(own).is_null(), "{}: {own} is declared once, in Globals", function.id);
        }
    }
}

#[test]
fn production_refuses_the_settings_of_demonstrations() {
    let template = Template::load();
    let rule = template.section("Rules")["ProductionTakesNoDemonstrationSettings"].to_string();
    for part in [
        r#"{"Ref":"Stage"},"prod""#,
        r#"{"Ref":"CodeSender"},"log""#,
        r#"{"Ref":"MailFrom"},"log""#,
        r#"{"Ref":"SecondFactor"},"required""#,
    ] {
        assert!(rule.contains(part), "{part} is not in {rule}");
    }
}
