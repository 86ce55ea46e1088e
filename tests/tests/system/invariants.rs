//! Invariants of the source tree that no compiler checks.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every file under `folder` that ends in `ending`, with its path from the root.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.retain(|path| path.to_string_lossy().ends_with(ending));
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    let mut files: Vec<_> = found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect();
    files.sort();
    files
}

fn sources() -> Vec<(String, String)> {
    ["shared", "functions", "infra", "tests"].into_iter().flat_map(|folder| files(folder, ".rs")).collect()
}

/// Code of functions and of the crates they build on, without its tests.
fn production() -> Vec<(String, String)> {
    let code = sources().into_iter().filter(|(path, _)| {
        (path.starts_with("functions/") || path.starts_with("shared/"))
            && path.contains("/src/")
            && !path.starts_with("shared/testkit")
            && !path.contains("/tests")
    });
    code.map(|(path, text)| (path, text.split("#[cfg(test)]").next().unwrap().to_owned())).collect()
}

fn offenders(what: &str, allowed: &[&str]) -> Vec<String> {
    let uses = |text: &str| text.lines().any(|line| line.contains(what) && !line.trim_start().starts_with("//"));
    let elsewhere = |path: &str| !allowed.iter().any(|start| path.starts_with(start));
    production().into_iter().filter(|(path, text)| uses(text) && elsewhere(path)).map(|(path, _)| path).collect()
}

#[test]
fn one_crate_speaks_dynamodb_and_one_makes_transactions() {
    assert_eq!(offenders("aws_sdk_dynamodb", &["shared/dynamo/"]), [""; 0]);
    assert_eq!(offenders("aws_sdk_s3", &["shared/blob/"]), [""; 0]);
    assert_eq!(offenders("aws_sdk_sqs", &["shared/queue/"]), [""; 0]);
    assert_eq!(offenders("transact_write_items", &["shared/dynamo/src/ledger.rs"]), [""; 0]);
    for batch in ["batch_write_item", "batch_get_item"] {
        assert_eq!(offenders(batch, &["shared/dynamo/src/batch.rs"]), [""; 0]);
    }
    assert_eq!(offenders(".scan()", &[]), [""; 0]);
}

#[test]
fn single_writes_are_few_and_clients_are_made_in_one_way() {
    // What the SDK sends twice is done twice outside a transaction: counters of attempts, copies that say what they say.
    assert_eq!(offenders("update_item()", &["shared/dynamo/src/counter.rs", "shared/dynamo/src/copies.rs"]), [""; 0]);
    // A sum that is put twice is the same sum.
    assert_eq!(offenders("put_item()", &["shared/dynamo/src/single.rs", "shared/dynamo/src/copies.rs"]), [""; 0]);
    assert_eq!(offenders("delete_item()", &[]), [""; 0]);
    assert_eq!(offenders("SdkConfig::builder", &["shared/cloud/"]), [""; 0]);
}

#[test]
fn domains_know_no_store_no_http_and_no_clock() {
    let domains = production().into_iter().filter(|(path, _)| {
        let pure = ["shared/kernel/", "shared/authz/", "shared/scoring/"];
        pure.iter().any(|start| path.starts_with(start)) || path.contains("/src/domain")
    });
    for (path, text) in domains {
        for forbidden in ["dynamo::", "axum", "http_api", "aws_sdk", "tokio", ".clock"] {
            assert!(!text.contains(forbidden), "{path} names {forbidden}");
        }
    }
}

#[test]
fn a_main_is_an_entry_point_and_nothing_else() {
    for (path, text) in files("functions", "src/main.rs") {
        assert!(text.lines().count() <= 15, "{path} has {} lines", text.lines().count());
    }
}

#[test]
fn files_are_short() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 400, "{path} has {} lines", text.lines().count());
    }
}

#[test]
fn dependencies_are_declared_once() {
    for (path, text) in
        ["shared", "functions", "infra", "tests"].into_iter().flat_map(|folder| files(folder, "Cargo.toml"))
    {
        if text.contains("\n[workspace]\n") {
            continue;
        }
        for line in text.lines().skip_while(|line| !line.contains("dependencies]")) {
            let own = line.contains(" = ") && !line.contains("workspace = true");
            assert!(!own, "{path}: {line}");
        }
    }
}

#[test]
fn nothing_is_left_to_be_done_later() {
    let marks = [["TO", "DO"], ["FIX", "ME"], ["X", "XX"], ["#[ig", "nore"], ["todo", "!("], ["unimplemented", "!("]]
        .map(|parts| parts.concat());
    for (path, text) in sources() {
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{path} has {mark}");
        }
    }
}

#[test]
fn every_page_that_a_page_points_to_is_there() {
    let pages = [
        "README.md",
        "README.zh-CN.md",
        "ARCHITECTURE.md",
        "docs/API.md",
        "docs/DEPLOY.md",
        "docs/TESTING.md",
        "docs/RUNBOOK.md",
    ];
    for page in pages {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let folder = Path::new(page).parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let elsewhere = link.starts_with("http") || file.is_empty();
            assert!(elsewhere || root().join(folder).join(file).exists(), "{page} points to {link}");
        }
    }
}

#[test]
fn examples_in_comments_are_text_and_entry_points_have_no_tests() {
    // The one would be run by nobody in CI, the others would be linked for nothing.
    let fences = |text: &str| {
        let lines = text.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
        lines.filter(|line| line.contains("```")).step_by(2).any(|line| !line.ends_with("```text"))
    };
    let code: Vec<_> = sources().into_iter().filter(|(_, text)| fences(text)).map(|(path, _)| path).collect();
    assert_eq!(code, [""; 0]);
    let linked = files("functions", "/Cargo.toml").into_iter().filter(|(_, text)| !text.contains("test = false"));
    assert_eq!(linked.map(|(path, _)| path).collect::<Vec<_>>(), [""; 0]);
}
