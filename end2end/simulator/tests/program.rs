//! The program itself: starts with flags, serves, and ends cleanly when told to.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
};

/// The running program; it does not outlive the test.
struct Program {
    child: Child,
    /// Host and port that it says it listens on.
    address: String,
}

impl Program {
    /// Starts it on a free port.
    fn start(flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_xod-simulator"))
            .args(["--listen", "127.0.0.1:0"])
            .args(flags)
            .env("RUST_LOG", "info")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.map_while(Result::ok).find(|line| line.contains("listening on")).unwrap();
        let address = line.split("http://").nth(1).unwrap().split(';').next().unwrap().to_owned();
        Self { child, address }
    }

    fn post(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    /// Sends it a signal and waits for its end.
    fn end(mut self, signal: &str) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serves_the_schools_of_its_flags_and_keeps_their_state() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("simulator.json");
    let flags = ["--state", state.to_str().unwrap(), "--school", "3281102", "--pupils", "30"];
    for expected in ["2026", "2027"] {
        let program = Program::start(&flags);
        let reply = program.post("/_simulator/schools/3281102/advance-year");
        assert!(reply.contains(&format!("\"academic_year\":{expected}")), "{reply}");
        assert!(program.end("-TERM").success());
    }
}

#[test]
fn ends_on_an_interrupt() {
    assert!(Program::start(&[]).end("-INT").success());
}

#[test]
fn says_what_is_wrong_with_a_flag() {
    let output = Command::new(env!("CARGO_BIN_EXE_xod-simulator"))
        .args(["--school", "3281102", "--pupils", "5"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("a school has 30 to 20000 pupils, not 5"), "{message}");
}
