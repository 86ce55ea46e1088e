//! The binary, started as a process with every function of the project.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};
use tempfile::TempDir;

fn zhibu(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhibu"));
    command.arg("--data").arg(data).args(["--no-demo", "--port", "0"]);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap());
    command
}

/// A runner that is ready; it does not outlive the test.
struct Started {
    child: Child,
    /// What it has still to print.
    lines: BufReader<ChildStdout>,
    address: String,
    /// Where its tables are.
    tables: String,
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}

fn start(data: &Path) -> Started {
    let mut child = zhibu(data).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let mut started = Started { child, lines, address: String::new(), tables: String::new() };
    loop {
        let mut line = String::new();
        assert!(started.lines.read_line(&mut line).unwrap() > 0, "it ended early");
        if let Some((_, found)) = line.split_once("API      http://") {
            found.trim().clone_into(&mut started.address);
        }
        if let Some((_, found)) = line.split_once("tables   ") {
            found.split(' ').next().unwrap().clone_into(&mut started.tables);
        }
        if line.starts_with("ready in ") {
            return started;
        }
    }
}

fn refused(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap()
}

#[test]
fn it_serves_until_it_is_asked_to_end() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let mut started = start(&data);
    let address = &started.address;

    let mut client = TcpStream::connect(address).unwrap();
    write!(client, "GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let second = refused(&mut zhibu(&data));
    assert!(second.contains("in use by another runner"), "{second}");

    assert!(Command::new("kill").args(["-TERM", &started.child.id().to_string()]).status().unwrap().success());
    assert!(started.child.wait().unwrap().success());
    let mut rest = String::new();
    started.lines.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("stopping"), "{rest}");
}

#[test]
fn a_killed_runner_leaves_a_folder_that_opens() {
    let folder = TempDir::new().unwrap();
    for _ in 0..2 {
        drop(start(folder.path()));
    }
}

#[test]
fn what_it_refuses_it_explains() {
    let folder = TempDir::new().unwrap();
    let said = refused(zhibu(folder.path()).args(["--bind", "0.0.0.0"]));
    assert!(said.contains("--allow-network"), "{said}");
    let said = refused(zhibu(folder.path()).args(["--template", "/nowhere/template.yaml"]));
    assert!(said.contains("cannot read /nowhere/template.yaml: No such file"), "{said}");
    let said = refused(zhibu(folder.path()).args(["fire", "nothing"]));
    assert!(said.contains("there is no schedule nothing; there are: "), "{said}");
    assert!(said.contains("relocation/EveryMinute"), "{said}");
}

#[test]
fn a_job_is_fired_for_the_slot_that_is_named() {
    let folder = TempDir::new().unwrap();
    let fired = zhibu(folder.path()).args(["fire", "job-watch", "--at", "2026-12-01T08:00+08:00"]).output().unwrap();
    let said = String::from_utf8(fired.stdout).unwrap();
    assert!(fired.status.success() && said.contains("\"overdue\""), "{said}");
    let fired = zhibu(folder.path()).args(["fire", "relocation"]).output().unwrap();
    assert!(fired.status.success(), "{}", String::from_utf8_lossy(&fired.stderr));
}

/// Persons to begin with, in a file of `folder`, and the words that name them.
fn beginning(folder: &Path) -> Vec<String> {
    let roles = ["system-administrator", "security-administrator", "organization-department"];
    let cards = ["350199197501010012", "350199197501010020", "350199197501010039"];
    let people = roles.iter().zip(cards).zip(1..).map(|((role, card), n)| {
        json!({
            "name": "林安", "idCard": card, "phone": format!("1400000000{n}"), "ethnicity": "汉族", "category": "wage",
            "joinedOn": "2001-07-01", "fullSince": "2002-07-01", "role": role,
        })
    });
    let file = folder.join("people.json");
    fs::write(&file, people.collect::<Value>().to_string()).unwrap();
    let words =
        ["bootstrap", "--name", "中共福州市委员会", "--kind", "municipal-committee", "--founded-on", "1949-08-17"];
    let words = words.into_iter().chain(["--branch-name", "市委办公厅机关党支部", "--people"]);
    words.map(str::to_owned).chain([file.display().to_string()]).collect()
}

#[test]
fn the_first_officers_are_written_by_way_of_the_environment_or_into_a_folder() {
    let folder = TempDir::new().unwrap();
    let words = beginning(folder.path());
    let data = folder.path().join("data");
    let started = start(&data);
    let credentials: Value = serde_json::from_slice(&fs::read(data.join("credentials.json")).unwrap()).unwrap();
    let key = format!("file:{}", data.join("keys/DataKey").display());
    let mut command = zhibu(&data);
    let mut deployment = Command::new(command.get_program());
    deployment.args(&words).current_dir(command.get_current_dir().unwrap()).env_clear();
    let said = refused(&mut deployment);
    assert!(said.contains("not in the environment: AWS_REGION, AWS_ACCESS_KEY_ID, "), "{said}");
    assert!(said.contains("ORGANIZATIONS_TABLE") && said.contains("docs/DEPLOY.md"), "{said}");
    for (name, value) in [
        ("AWS_REGION", "cn-northwest-1"),
        ("AWS_ACCESS_KEY_ID", credentials["accessKeyId"].as_str().unwrap()),
        ("AWS_SECRET_ACCESS_KEY", credentials["secretAccessKey"].as_str().unwrap()),
        ("AWS_ENDPOINT_URL_DYNAMODB", &started.tables),
        ("ORGANIZATIONS_TABLE", "organizations"),
        ("MEMBERS_TABLE", "members"),
        ("ACTIVITIES_TABLE", "activities"),
        ("IDEMPOTENCY_TABLE", "idempotency"),
        ("DATA_KEY", &key),
    ] {
        deployment.env(name, value);
    }
    let Output { status, stdout, stderr } = deployment.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    let told = String::from_utf8(stdout).unwrap();
    assert!(told.contains("  root    org_") && told.contains("140****0003  organization-department"), "{told}");
    assert!(told.contains("POST /v1/sign-in-codes") && !told.contains("14000000003"), "{told}");
    let said = refused(command.args(&words));
    assert!(said.contains("in use by another runner"), "{said}");
    drop(started);
    let said = refused(&mut command);
    assert!(said.contains("the first organisation was made at "), "{said}");

    let fresh = zhibu(&folder.path().join("fresh")).args(&words).output().unwrap();
    let told = String::from_utf8(fresh.stdout).unwrap();
    assert!(fresh.status.success() && told.contains("start the runner: zhibu --no-demo --data "), "{told}");
}

#[test]
fn beginning_is_refused_where_nothing_would_be_kept_or_demo_data_is() {
    let folder = TempDir::new().unwrap();
    let words = beginning(folder.path());
    let command = zhibu(folder.path());
    let mut ephemeral = Command::new(command.get_program());
    let said = refused(ephemeral.args(&words).arg("--ephemeral").current_dir(command.get_current_dir().unwrap()));
    assert!(said.contains("nothing of it would be kept with --ephemeral"), "{said}");
    fs::write(folder.path().join("demo-data"), "").unwrap();
    let said = refused(zhibu(folder.path()).args(&words));
    assert!(said.contains("has demo data: give a folder that was started with --no-demo"), "{said}");
    fs::remove_file(folder.path().join("people.json")).unwrap();
    let said = refused(zhibu(folder.path()).args(&words));
    assert!(said.contains("cannot read ") && said.contains("people.json: No such file"), "{said}");
}

#[test]
fn the_trace_is_sealed_and_checked_by_commands() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let absent = refused(zhibu(&data).arg("verify-audit"));
    assert!(absent.contains("there is no folder"), "{absent}");
    assert!(zhibu(&data).args(["fire", "audit-seal"]).output().unwrap().status.success());
    let Output { status, stdout, .. } = zhibu(&data).arg("verify-audit").output().unwrap();
    let told = String::from_utf8(stdout).unwrap();
    assert!(status.success() && told.contains("nothing is altered, removed or inserted"), "{told}");

    // Somebody opens the file of the day and writes another number into it.
    let buckets = fs::read_dir(data.join("objects")).unwrap().map(|bucket| bucket.unwrap().path().join("heads"));
    let heads = buckets.into_iter().find(|heads| heads.is_dir()).unwrap();
    let head = fs::read_dir(heads)
        .unwrap()
        .map(|head| head.unwrap().path())
        .find(|head| head.extension() == Some("json".as_ref()));
    let head = head.unwrap();
    let text = fs::read_to_string(&head).unwrap().replace("\"activities\":0", "\"activities\":1");
    fs::write(&head, text).unwrap();
    let Output { status, stdout, stderr } = zhibu(&data).arg("verify-audit").output().unwrap();
    let (told, refused) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(1));
    let name = head.file_name().unwrap().to_str().unwrap();
    assert!(
        told.contains(&format!("REWRITTEN heads/{name}")) && refused.contains("differ in 1 places"),
        "{told}{refused}"
    );
}
