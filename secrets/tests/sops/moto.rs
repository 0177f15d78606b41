//! moto: an HTTP server on the loopback that answers as KMS, STS and Secrets Manager do.

use libtest_mimic::Failed;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Ends with us, however we end: its standard input closes.
const SERVE: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(['-H', '127.0.0.1', '-p', sys.argv[1]])
";

/// For starting on a machine that is busy with other tests.
const START_LIMIT: Duration = Duration::from_secs(60);

struct Server {
    child: Child,
    port: u16,
}

static SERVER: Mutex<Option<Server>> = Mutex::new(None);

fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/venv/bin/python3")
}

/// Tells whether it is installed.
pub(crate) fn is_there() -> bool {
    Command::new(python())
        .args(["-c", "import moto, flask, flask_cors"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Returns the port of the server, which the first caller starts.
pub(crate) fn port() -> Result<u16, Failed> {
    let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = &*server {
        return Ok(server.port);
    }
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut child = Command::new(python())
        .args(["-c", SERVE, &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if child.try_wait()?.is_some() || start.elapsed() > START_LIMIT {
            let _ = child.kill();
            return Err("moto does not start".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    *server = Some(Server { child, port });
    Ok(port)
}

/// Ends the server.
pub(crate) fn stop() {
    let server = SERVER.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(mut server) = server {
        let _ = server.child.kill();
        let _ = server.child.wait();
    }
}

/// Calls an operation of a JSON service, such as `TrentService.CreateKey` of KMS.
pub(crate) fn call(service: &str, target: &str, body: &Value) -> Result<Value, Failed> {
    let body = body.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port()?))?;
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Amz-Target: {target}\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(format!("{target}: {answer}").into());
    }
    Ok(if body.trim().is_empty() {
        json!({})
    } else {
        serde_json::from_str(body)?
    })
}

/// Where the tests' keys are.
pub(crate) const REGION: &str = "eu-west-1";

/// Makes a key and returns its ARN.
pub(crate) fn key() -> Result<String, Failed> {
    let answer = call("kms", "TrentService.CreateKey", &json!({}))?;
    let arn = answer["KeyMetadata"]["Arn"].as_str().ok_or("no ARN")?;
    Ok(arn.to_owned())
}

/// A server in front of moto that notes the operations asked for, and what they name.
pub(crate) struct Recorder {
    pub(crate) port: u16,
    asked: std::sync::Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    pub(crate) fn start() -> Result<Self, Failed> {
        let moto = port()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let asked = std::sync::Arc::new(Mutex::new(Vec::new()));
        let notes = std::sync::Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let notes = std::sync::Arc::clone(&notes);
                std::thread::spawn(move || relay(stream, moto, &notes));
            }
        });
        Ok(Self { port, asked })
    }

    /// Returns a line per request: the operation, the key or role it names.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Starts a server that gives every request the same answer: errors of AWS's that moto never gives.
pub(crate) fn answering(status: u16, body: &str) -> Result<u16, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let answer = format!(
        "HTTP/1.1 {status} Refused\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if request(&mut stream).is_some() {
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    Ok(port)
}

/// Passes one request on, and its answer back.
fn relay(mut stream: TcpStream, moto: u16, notes: &Mutex<Vec<String>>) -> Option<()> {
    let (head, body, request) = request(&mut stream)?;
    let note = match serde_json::from_str::<Value>(&body) {
        Ok(body) => {
            let target = head
                .lines()
                .find_map(|line| line.split_once("TrentService."))
                .map_or("?", |(_, operation)| operation);
            format!("{target} {}", body["KeyId"].as_str().unwrap_or("?"))
        }
        Err(_) => {
            let field = |name: &str| {
                body.split('&')
                    .find_map(|pair| pair.strip_prefix(name))
                    .unwrap_or("?")
                    .replace("%3A", ":")
                    .replace("%2F", "/")
            };
            format!("{} {}", field("Action="), field("RoleArn="))
        }
    };
    notes
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(note);
    let text = String::from_utf8_lossy(&request).into_owned();
    let closing = text.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let mut moto = TcpStream::connect(("127.0.0.1", moto)).ok()?;
    moto.write_all(closing.as_bytes()).ok()?;
    let mut answer = Vec::new();
    moto.read_to_end(&mut answer).ok()?;
    stream.write_all(&answer).ok()
}

/// Reads one request: its head, its body, and all of it.
fn request(stream: &mut TcpStream) -> Option<(String, String, Vec<u8>)> {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    let (head, length) = loop {
        let count = stream.read(&mut chunk).ok().filter(|&count| count > 0)?;
        request.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| {
                head.lines().find_map(|line| {
                    let (key, value) = line.split_once(':')?;
                    key.eq_ignore_ascii_case(name)
                        .then(|| value.trim().to_owned())
                })
            };
            let length: usize =
                header("content-length").map_or(Some(0), |text| text.parse().ok())?;
            break (head.to_owned(), head.len() + 4 + length);
        }
    };
    while request.len() < length {
        let count = stream.read(&mut chunk).ok().filter(|&count| count > 0)?;
        request.extend_from_slice(&chunk[..count]);
    }
    let body = String::from_utf8_lossy(&request[head.len() + 4..]).into_owned();
    Some((head, body, request))
}
