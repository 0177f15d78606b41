//! One call of a key service: gRPC over HTTP/2, with the few bytes of protobuf that it takes written by
//! hand.
//!
//! A message is a length and its bytes; a request has the key as field 1 and the bytes as field 2, an
//! answer has the bytes as field 1. Everything that arrives is bounded, in size and in time.

use std::future::Future;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use zeroize::Zeroizing;

/// For reaching a service, which is near.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// For one call: gpg may ask a person for a passphrase, and a token may have to be touched.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);
/// What an answer may occupy, in bytes; a copy of a data key for OpenPGP is a few thousand.
const ANSWER_LIMIT: usize = 256 << 10;
/// What is shown of what a service says, in characters.
const MESSAGE_LIMIT: usize = 300;

/// What a service is asked for.
#[derive(Clone, Copy)]
pub(super) enum Method {
    Encrypt,
    Decrypt,
}

/// Where a service listens.
#[derive(Clone)]
pub(super) enum Address {
    Tcp(String),
    Unix(PathBuf),
}

/// Why there is no answer.
pub(super) struct Fault {
    /// As a fragment, which goes on after the name of the service.
    pub(super) why: String,
    /// Whether the service said so itself.
    pub(super) answered: bool,
}

impl Fault {
    fn silent(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            answered: false,
        }
    }
}

impl Address {
    /// Reads an address as sops does.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        match text.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(("tcp", host)) if host.contains(':') => Ok(Self::Tcp(host.to_owned())),
            _ => Err(Fault::silent(
                "is not written as one, which is unix:///path or tcp://host:port",
            )),
        }
    }

    /// Makes one call, on a thread of its own: the caller may be inside another runtime.
    pub(super) fn call(&self, method: Method, message: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let broken = || Fault::silent("could not be asked: a thread stopped");
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map_err(|_| broken())?;
                let outcome = runtime.block_on(self.exchange(method, message));
                // A name that nobody resolves would be waited for.
                runtime.shutdown_background();
                outcome
            });
            thread.join().unwrap_or_else(|_| Err(broken()))
        })
    }

    async fn exchange(&self, method: Method, message: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        match self {
            #[cfg(unix)]
            Self::Unix(path) => {
                let stream = reached(tokio::net::UnixStream::connect(path)).await?;
                answered(call(stream, method, message)).await
            }
            #[cfg(not(unix))]
            Self::Unix(_) => Err(Fault::silent(
                "cannot be reached: this system has no such sockets",
            )),
            Self::Tcp(host) => {
                let stream = reached(tokio::net::TcpStream::connect(host.as_str())).await?;
                answered(call(stream, method, message)).await
            }
        }
    }
}

async fn reached<T>(connecting: impl Future<Output = std::io::Result<T>>) -> Result<T, Fault> {
    match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(Fault::silent(format!(
            "cannot be reached: {}",
            match error.kind() {
                ErrorKind::NotFound => "there is no such socket".to_owned(),
                ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
                kind => kind.to_string(),
            }
        ))),
        Err(_) => Err(Fault::silent(format!(
            "cannot be reached within {} s",
            CONNECT_TIMEOUT.as_secs()
        ))),
    }
}

async fn answered<T>(call: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    match tokio::time::timeout(CALL_TIMEOUT, call).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Fault::silent(format!(
            "gave no answer within {} s",
            CALL_TIMEOUT.as_secs()
        ))),
    }
}

async fn call(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    method: Method,
    message: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let lost = |_: h2::Error| Fault::silent("broke the connection off, or speaks another protocol");
    let (client, connection) = h2::client::handshake(stream).await.map_err(lost)?;
    let driver = tokio::spawn(connection);
    let path = match method {
        Method::Encrypt => "http://localhost/KeyService/Encrypt",
        Method::Decrypt => "http://localhost/KeyService/Decrypt",
    };
    let request = http::Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", "tollgate")
        .body(())
        .map_err(|_| Fault::silent("cannot be asked"))?;
    let mut client = client.ready().await.map_err(lost)?;
    let (response, mut body) = client.send_request(request, false).map_err(lost)?;
    // Not compressed, and how long it is.
    let length =
        u32::try_from(message.len()).map_err(|_| Fault::silent("cannot be asked that much"))?;
    let mut frame = Vec::with_capacity(message.len() + 5);
    frame.push(0);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(message);
    body.send_data(frame.into(), true).map_err(lost)?;
    let response = response.await.map_err(lost)?;
    if !response.status().is_success() {
        return Err(Fault::silent(format!(
            "answered with HTTP {}, which no key service does",
            response.status().as_u16()
        )));
    }
    let headers = response.headers().clone();
    let mut incoming = response.into_body();
    let mut answer = Zeroizing::new(Vec::with_capacity(8 << 10));
    while let Some(chunk) = incoming.data().await {
        let chunk = chunk.map_err(lost)?;
        if answer.len() + chunk.len() > ANSWER_LIMIT {
            return Err(Fault::silent("answered with more than any key is"));
        }
        answer.extend_from_slice(&chunk);
        incoming
            .flow_control()
            .release_capacity(chunk.len())
            .map_err(lost)?;
    }
    let trailers = incoming.trailers().await.map_err(lost)?;
    // A call that fails at once has its outcome in the headers.
    let said = |name: &str| {
        let trailers = trailers.as_ref().and_then(|trailers| trailers.get(name));
        let value = trailers.or_else(|| headers.get(name))?;
        value.to_str().ok().map(str::to_owned)
    };
    driver.abort();
    match said("grpc-status").as_deref() {
        Some("0") => of_frame(&answer)
            .and_then(of_answer)
            .ok_or_else(|| Fault::silent("gave an answer that makes no sense")),
        Some(code) => Err(Fault {
            why: match said("grpc-message").map(|text| plain(&text)) {
                Some(text) if !text.is_empty() => format!("refused: {text}"),
                _ => format!("refused with code {}", code.escape_debug()),
            },
            answered: true,
        }),
        None => Err(Fault::silent("gave no outcome, so it is no key service")),
    }
}

/// Returns the one message of an answer.
fn of_frame(bytes: &[u8]) -> Option<&[u8]> {
    let (compressed, rest) = bytes.split_first()?;
    let (length, message) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    (*compressed == 0 && message.len() == length).then_some(message)
}

/// Returns field 1 of an answer.
fn of_answer(mut message: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut found = None;
    while !message.is_empty() {
        let (tag, rest) = varint(message)?;
        message = match tag & 7 {
            0 => varint(rest)?.1,
            1 => rest.get(8..)?,
            2 => {
                let (length, rest) = varint(rest)?;
                let length = usize::try_from(length).ok()?;
                let bytes = rest.get(..length)?;
                if tag >> 3 == 1 {
                    found = Some(Zeroizing::new(bytes.to_vec()));
                }
                rest.get(length..)?
            }
            5 => rest.get(4..)?,
            _ => return None,
        };
    }
    // A field that is empty is not written.
    found.filter(|bytes| !bytes.is_empty())
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (nth, byte) in bytes.iter().enumerate().take(10) {
        let part = u64::from(byte & 0x7f);
        let shift = 7 * u32::try_from(nth).ok()?;
        if shift == 63 && part > 1 {
            return None;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(nth + 1..)?));
        }
    }
    None
}

/// Writes a field of bytes or text; an empty one is left out, as it means the same.
pub(super) fn field(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    for mut rest in [u64::from(number) << 3 | 2, bytes.len() as u64] {
        while rest >= 0x80 {
            out.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        out.push((rest & 0x7f) as u8);
    }
    out.extend_from_slice(bytes);
}

/// Writes a request: a key, and what is to be encrypted or decrypted with it.
pub(super) fn request(key: &[u8], bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    // As large as it gets, so that nothing is copied when it grows.
    let mut out = Zeroizing::new(Vec::with_capacity(key.len() + bytes.len() + 32));
    field(&mut out, 1, key);
    field(&mut out, 2, bytes);
    out
}

/// Makes a text of a service's fit for a message: percent-decoded, on one line, not too long.
fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                decoded.push(value);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    let text = String::from_utf8_lossy(&decoded);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let mut shown: String = text.chars().take(MESSAGE_LIMIT).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    let escaped = shown.escape_debug().to_string();
    escaped.replace("\\\"", "\"").replace("\\'", "'")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn messages_are_written_as_protobuf() {
        let mut key = Vec::new();
        field(&mut key, 2, b"AB");
        assert_eq!(key, [0x12, 2, b'A', b'B']);
        field(&mut key, 3, b"");
        assert_eq!(key.len(), 4);
        let request = request(&key, &[7; 200]);
        assert_eq!(request[..9], [0x0a, 4, 0x12, 2, b'A', b'B', 0x12, 0xc8, 1]);
        assert_eq!(request.len(), 209);
    }

    #[test]
    fn answers_are_read_and_nothing_else_is() {
        let read = |bytes: &[u8]| of_answer(bytes).map(|bytes| bytes.to_vec());
        assert_eq!(read(&[0x0a, 2, 1, 2]), Some(vec![1, 2]));
        // Fields that a later sops may have.
        assert_eq!(
            read(&[0x10, 0x96, 1, 0x0a, 1, 9, 0x1a, 1, 0, 0x25, 0, 0, 0, 0]),
            Some(vec![9])
        );
        for bytes in [
            &[][..],
            &[0x0a],
            &[0x0a, 5, 1],
            &[0x0a, 0],
            &[0x0b, 1],
            &[0xff; 11],
            &[
                0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
        ] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
        assert_eq!(of_frame(&[0, 0, 0, 0, 1, 9]), Some(&[9][..]));
        for bytes in [
            &[][..],
            &[1, 0, 0, 0, 1, 9],
            &[0, 0, 0, 0, 2, 9],
            &[0, 0, 0],
        ] {
            assert_eq!(of_frame(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn what_a_service_says_is_made_fit_for_a_message() {
        for (text, expected) in [
            ("no%20key%0afor it", "no key for it"),
            ("50% of %zz", "50% of %zz"),
            ("%1b[31mred", "\\u{1b}[31mred"),
            ("it's \"x\"", "it's \"x\""),
        ] {
            assert_eq!(plain(text), expected);
        }
        assert!(plain(&"x".repeat(5000)).chars().count() <= MESSAGE_LIMIT + 1);
    }

    #[test]
    fn addresses_are_read_as_sops_reads_them() {
        let read = |text: &str| match Address::parse(text) {
            Ok(Address::Tcp(host)) => Some(host),
            Ok(Address::Unix(path)) => Some(path.display().to_string()),
            Err(_) => None,
        };
        for (text, expected) in [
            ("tcp://127.0.0.1:5000", Some("127.0.0.1:5000")),
            ("tcp://[::1]:5000", Some("[::1]:5000")),
            ("unix:///run/s", Some("/run/s")),
            ("unix://run/s", None),
            ("tcp://host", None),
            ("http://host:1", None),
            ("/run/s", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_silent_or_foreign_service_ends_in_time() {
        use std::io::Write as _;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::Tcp(listener.local_addr().unwrap().to_string());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .unwrap();
        });
        let fault = address.call(Method::Decrypt, b"x").err().unwrap();
        server.join().unwrap();
        assert!(
            !fault.answered && fault.why.contains("another protocol"),
            "{}",
            fault.why
        );
    }
}
