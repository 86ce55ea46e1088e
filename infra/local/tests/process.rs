//! The binary, started as a process with every function of the project.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::{
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
    let mut started = Started { child, lines, address: String::new() };
    loop {
        let mut line = String::new();
        assert!(started.lines.read_line(&mut line).unwrap() > 0, "it ended early");
        if let Some((_, found)) = line.split_once("API      http://") {
            found.trim().clone_into(&mut started.address);
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
    assert!(said.contains("there is no schedule nothing; there are: relocation/"), "{said}");
}
