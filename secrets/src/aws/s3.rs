//! Single objects of S3: read, made where none is, replaced or removed where they are as they were.
//!
//! For these four requests the SDK's crate for S3 would be by far the largest dependency. They go
//! through the SDK's credentials, signer and HTTP client.

use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_sdk_kms::config::ProvideCredentials as _;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::{
    Aws, CHECK_NETWORK, CREDENTIALS_TIMEOUT, Login, MAX_ATTEMPTS, OPERATION_TIMEOUT, causes,
    endpoint, is_stale, shown, sign_in,
};
use crate::keys::Refusal;

/// The largest object that is read, in bytes.
const MAX_SIZE: usize = 16 << 20;
/// The most keys of one answer.
const LISTED: usize = 1000;
/// The variables that redirect S3; the first is OpenTofu's and Terraform's own.
const ENDPOINTS: [&str; 3] = ["AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT", "AWS_ENDPOINT_URL"];

/// A bucket, and how to get there.
#[derive(Clone)]
pub struct Bucket {
    aws: Aws,
    login: Login,
    name: String,
    endpoint: Option<String>,
    path_style: bool,
    encryption: Option<Encryption>,
    connector: Arc<OnceLock<Arc<Connector>>>,
}

/// How the service is told to encrypt what is written.
#[derive(Clone)]
enum Encryption {
    /// With a key of the bucket's.
    Managed,
    /// With a key of KMS.
    Kms(String),
}

/// One state of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

/// What is there.
pub struct Object {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Which state this is.
    pub version: Version,
}

struct Answer {
    status: u16,
    etag: Option<String>,
    body: Vec<u8>,
}

impl Bucket {
    /// Names a bucket. The region is that of the AWS configuration, unless [`Self::region`] says
    /// otherwise.
    #[must_use]
    pub fn new(aws: Aws, name: impl Into<String>) -> Self {
        Self {
            aws,
            login: Login::default(),
            name: name.into(),
            endpoint: None,
            path_style: false,
            encryption: None,
            connector: Arc::default(),
        }
    }

    /// Says where the bucket is.
    #[must_use]
    pub fn region(mut self, region: Option<String>) -> Self {
        self.login.region = region;
        self
    }

    /// Uses a profile of the AWS configuration instead of `AWS_PROFILE`.
    #[must_use]
    pub fn profile(mut self, profile: Option<String>) -> Self {
        self.login.profile = profile;
        self
    }

    /// Assumes a role first.
    #[must_use]
    pub fn role(mut self, role: Option<String>) -> Self {
        self.login.role = role;
        self
    }

    /// Goes to another service than AWS's. Without one, variables of the environment may name it.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Option<String>) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Puts the bucket's name into the path and not before the host.
    #[must_use]
    pub fn path_style(mut self, path_style: bool) -> Self {
        self.path_style = path_style;
        self
    }

    /// Has what is written encrypted, with a key of KMS where one is named.
    #[must_use]
    pub fn encrypted(mut self, kms_key: Option<String>) -> Self {
        self.encryption = Some(kms_key.map_or(Encryption::Managed, Encryption::Kms));
        self
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads an object; none where there is none.
    ///
    /// # Errors
    /// When it cannot be told, or the object is larger than 16 MiB.
    pub fn get(&self, key: &str) -> Result<Option<Object>, Refusal> {
        let answer = self.send("GET", key, &[], Vec::new())?;
        match answer.status {
            200 => {
                let version = self.version(&answer)?;
                let bytes = answer.body;
                Ok(Some(Object { bytes, version }))
            }
            404 if code(&answer.body) != "NoSuchBucket" => Ok(None),
            _ => Err(self.refused("read", key, &answer)),
        }
    }

    /// Returns the keys that begin with this, sorted, at most a thousand.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn list(&self, prefix: &str) -> Result<Vec<String>, Refusal> {
        self.list_after(prefix, "")
    }

    /// Returns the keys of the bucket, sorted, at most this many and what is left of a thousand.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn list_all(&self, most: usize) -> Result<Vec<String>, Refusal> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let after = keys.last().cloned().unwrap_or_default();
            let more = self.list_after("", &after)?;
            // A service that does not know the parameter begins anew.
            let goes_on = more.len() >= LISTED && more.first().is_some_and(|key| *key > after);
            keys.extend(more.into_iter().filter(|key| *key > after));
            if !goes_on || keys.len() >= most {
                return Ok(keys);
            }
        }
    }

    /// Returns at most a thousand of the keys that begin with this and come behind another one.
    fn list_after(&self, prefix: &str, after: &str) -> Result<Vec<String>, Refusal> {
        let in_query = |text: &str| encoded(text).replace('/', "%2F");
        let mut query = format!("?list-type=2&max-keys={LISTED}&prefix={}", in_query(prefix));
        if !after.is_empty() {
            query.push_str(&format!("&start-after={}", in_query(after)));
        }
        let answer = self.request("GET", &query, &[], Vec::new())?;
        if answer.status != 200 {
            return Err(self.refused("listed", prefix, &answer));
        }
        let text = String::from_utf8_lossy(&answer.body);
        let mut keys: Vec<String> = text
            .split("<Key>")
            .skip(1)
            .filter_map(|rest| rest.split_once("</Key>"))
            .map(|(key, _)| unescaped(key))
            .collect();
        keys.sort();
        Ok(keys)
    }

    /// Makes an object; none where one is there already.
    ///
    /// # Errors
    /// When it cannot be made. It may be there all the same when nobody answered.
    pub fn create(&self, key: &str, bytes: Vec<u8>) -> Result<Option<Version>, Refusal> {
        self.put(key, ("if-none-match", "*"), bytes)
    }

    /// Replaces an object; none where it is not as it was.
    ///
    /// # Errors
    /// When it cannot be written. It may be replaced all the same when nobody answered.
    pub fn replace(
        &self,
        key: &str,
        bytes: Vec<u8>,
        version: &Version,
    ) -> Result<Option<Version>, Refusal> {
        self.put(key, ("if-match", &version.0), bytes)
    }

    /// Removes an object, and says whether it was as it was.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, key: &str, version: &Version) -> Result<bool, Refusal> {
        let condition = [("if-match", version.0.as_str())];
        let mut answer = self.send("DELETE", key, &condition, Vec::new())?;
        if answer.status == 501 {
            // Services that compare when they write need not do so when they remove.
            let there = self.get(key)?;
            if there.is_none_or(|object| object.version != *version) {
                return Ok(false);
            }
            answer = self.send("DELETE", key, &[], Vec::new())?;
        }
        match answer.status {
            200 | 204 => Ok(true),
            404 | 409 | 412 => Ok(false),
            _ => Err(self.refused("removed", key, &answer)),
        }
    }

    fn put(
        &self,
        key: &str,
        condition: (&str, &str),
        bytes: Vec<u8>,
    ) -> Result<Option<Version>, Refusal> {
        let mut headers = vec![condition, ("content-type", "application/json")];
        match &self.encryption {
            Some(Encryption::Managed) => headers.push(("x-amz-server-side-encryption", "AES256")),
            Some(Encryption::Kms(key)) => headers.extend([
                ("x-amz-server-side-encryption", "aws:kms"),
                ("x-amz-server-side-encryption-aws-kms-key-id", key),
            ]),
            None => {}
        }
        let answer = self.send("PUT", key, &headers, bytes)?;
        match answer.status {
            200 | 201 => self.version(&answer).map(Some),
            // The object that was to be replaced is gone.
            404 if code(&answer.body) == "NoSuchKey" => Ok(None),
            409 | 412 => Ok(None),
            _ => Err(self.refused("written", key, &answer)),
        }
    }

    fn version(&self, answer: &Answer) -> Result<Version, Refusal> {
        let version = answer.etag.clone().map(Version);
        version.ok_or_else(|| {
            Refusal::new(format!(
                "the bucket {} gave an answer that is not S3's",
                self.name.escape_debug()
            ))
            .next("check HTTPS_PROXY and the endpoint")
        })
    }

    /// Sends a request, again where nobody could take it, and returns what came back.
    fn send(
        &self,
        method: &'static str,
        key: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, Refusal> {
        self.request(method, &encoded(key), headers, body)
    }

    /// The same for what is not an object: a path and a query as they are written in an address.
    fn request(
        &self,
        method: &'static str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, Refusal> {
        let config = self.aws.log_in(&self.login)?;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Refusal::new(format!(
                "nothing says in which region the bucket {} is",
                self.name.escape_debug()
            ))
            .next("name its region in the backend's settings, or export AWS_REGION"));
        };
        let uri = format!("{}/{path}", self.address(&config, &region));
        let connector = Arc::clone(self.connector.get_or_init(|| Arc::new(connector())));
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let sent = self.aws.run(async move {
            let mut last = None;
            for _ in 0..MAX_ATTEMPTS {
                let request = signed(&config, &region, method, &uri, &headers, &body).await;
                let request = match request {
                    Ok(request) => request,
                    Err(why) => return Err(why),
                };
                let exchange = exchange(&connector, request);
                last = Some(
                    match tokio::time::timeout(OPERATION_TIMEOUT, exchange).await {
                        Ok(Ok(answer)) if answer.status < 500 => return Ok(answer),
                        Ok(Ok(answer)) => Ok(answer),
                        Ok(Err(why)) => Err(why),
                        // Once is long enough to wait.
                        Err(_) => {
                            return Err(format!(
                                "no answer within {} s",
                                OPERATION_TIMEOUT.as_secs()
                            ));
                        }
                    },
                );
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            last.unwrap_or_else(|| Err("no attempt was made".to_owned()))
        })?;
        sent.map_err(|why| {
            let of = match &self.endpoint {
                Some(_) => " at the endpoint of the backend's settings".to_owned(),
                None => endpoint("S3"),
            };
            Refusal::new(format!(
                "the bucket {} cannot be reached{of}: {}",
                self.name.escape_debug(),
                shown(&why)
            ))
            .next(CHECK_NETWORK)
            .near()
        })
    }

    /// The address of the bucket, without a slash at its end.
    fn address(&self, config: &SdkConfig, region: &str) -> String {
        let variable = || {
            ENDPOINTS.iter().find_map(|name| {
                let value = std::env::var(name).ok();
                value.filter(|value| !value.is_empty())
            })
        };
        let other = self
            .endpoint
            .clone()
            .or_else(variable)
            .or_else(|| config.endpoint_url().map(ToOwned::to_owned));
        address(&self.name, region, other.as_deref(), self.path_style)
    }

    fn refused(&self, done: &str, key: &str, answer: &Answer) -> Refusal {
        let code = code(&answer.body);
        let bucket = self.name.escape_debug();
        let what = format!("s3://{bucket}/{}", key.escape_debug());
        if is_stale(&code) {
            return Refusal::new(format!(
                "{what}: your AWS credentials are not accepted ({code})"
            ))
            .next(sign_in(&self.login, false))
            .near();
        }
        if answer.status == 501 {
            return Refusal::new(format!(
                "{what}: the service does not know conditional writes, which a lock needs"
            ))
            .next("use one that does (AWS S3, MinIO, R2 and Ceph do)");
        }
        let message = element(&answer.body, "Message").unwrap_or_default();
        let code = if code.is_empty() {
            format!("HTTP {}", answer.status)
        } else {
            code
        };
        let says = if message.is_empty() {
            code.clone()
        } else {
            format!("{code} ({message})")
        };
        let refusal = Refusal::new(format!("{what} cannot be {done}: {says}"));
        match code.as_str() {
            "NoSuchBucket" => Refusal::new(format!("there is no bucket {bucket}"))
                .next("check the backend's settings and the AWS account"),
            "AccessDenied" => refusal.next(format!(
                "have s3:GetObject, s3:PutObject and s3:DeleteObject allowed for {what}, and s3:ListBucket for the bucket"
            )),
            _ => refusal.next(format!("see what is wrong: `aws s3api head-bucket --bucket {bucket}`")),
        }
    }
}

fn connector() -> Connector {
    Connector::builder()
        .proxy_config(ProxyConfig::from_env())
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build()
}

/// Where a bucket is.
fn address(bucket: &str, region: &str, endpoint: Option<&str>, path_style: bool) -> String {
    let (scheme, host) = match endpoint {
        Some(endpoint) => endpoint.split_once("://").unwrap_or(("https", endpoint)),
        None => ("https", ""),
    };
    let host = host.trim_end_matches('/');
    let host = if host.is_empty() {
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        format!("s3.{region}.amazonaws.com{suffix}")
    } else {
        host.to_owned()
    };
    let name = host
        .rsplit_once(':')
        .map_or(host.as_str(), |(name, _)| name);
    let is_address = name.starts_with('[') || name.parse::<std::net::Ipv4Addr>().is_ok();
    // A certificate is for one label before the host.
    if path_style || is_address || bucket.contains('.') {
        format!("{scheme}://{host}/{}", encoded(bucket))
    } else {
        format!("{scheme}://{}.{host}", encoded(bucket))
    }
}

/// The text of an element: S3 escapes what XML has a meaning for.
fn unescaped(text: &str) -> String {
    let marks = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        // Last, or what it makes would be taken for another.
        ("&amp;", "&"),
    ];
    let mut text = text.to_owned();
    for (mark, character) in marks {
        text = text.replace(mark, character);
    }
    text
}

/// A key as it is written in a path.
fn encoded(key: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

async fn signed(
    config: &SdkConfig,
    region: &str,
    method: &str,
    uri: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<HttpRequest, String> {
    let provider = config
        .credentials_provider()
        .ok_or("there are no AWS credentials")?;
    let credentials = tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials())
        .await
        .map_err(|_| "the credentials do not come".to_owned())?
        .map_err(|error| causes(&error).join(": "))?;
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?
        .into();
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let signable = SignableRequest::new(method, uri, pairs, SignableBody::Bytes(body))
        .map_err(|error| error.to_string())?;
    let (instructions, _) = sign(signable, &parameters)
        .map_err(|error| error.to_string())?
        .into_parts();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request
        .set_method(method)
        .map_err(|error| error.to_string())?;
    request.set_uri(uri).map_err(|error| error.to_string())?;
    let own = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in own.chain(instructions.headers()) {
        request
            .headers_mut()
            .try_insert(name.to_owned(), value.to_owned())
            .map_err(|error| error.to_string())?;
    }
    Ok(request)
}

async fn exchange(connector: &Connector, request: HttpRequest) -> Result<Answer, String> {
    let response = connector
        .call(request)
        .await
        .map_err(|error| causes(&error).pop().unwrap_or_default())?;
    let status = response.status().as_u16();
    let etag = response.headers().get("etag").map(ToOwned::to_owned);
    let mut stream = ByteStream::new(response.into_body());
    let mut body = Vec::new();
    while let Some(bytes) = stream.next().await {
        body.extend_from_slice(&bytes.map_err(|error| causes(&error).join(": "))?);
        if body.len() > MAX_SIZE {
            return Err(format!(
                "what is there is larger than {} MiB",
                MAX_SIZE >> 20
            ));
        }
    }
    Ok(Answer { status, etag, body })
}

/// The code of an error, safe to show; empty where there is none.
fn code(body: &[u8]) -> String {
    element(body, "Code").unwrap_or_default()
}

/// The text of the first element of a name, safe to show.
fn element(body: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once('<')?;
    Some(shown(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_bucket_is() {
        for (bucket, endpoint, path_style, expected) in [
            (
                "state",
                None,
                false,
                "https://state.s3.eu-west-1.amazonaws.com",
            ),
            (
                "state",
                None,
                true,
                "https://s3.eu-west-1.amazonaws.com/state",
            ),
            (
                "my.state",
                None,
                false,
                "https://s3.eu-west-1.amazonaws.com/my.state",
            ),
            (
                "state",
                Some("https://minio.example/"),
                false,
                "https://state.minio.example",
            ),
            (
                "state",
                Some("https://minio.example"),
                true,
                "https://minio.example/state",
            ),
            (
                "state",
                Some("minio.example"),
                true,
                "https://minio.example/state",
            ),
            (
                "state",
                Some("http://127.0.0.1:5000"),
                false,
                "http://127.0.0.1:5000/state",
            ),
            (
                "state",
                Some("http://[::1]:5000"),
                false,
                "http://[::1]:5000/state",
            ),
            (
                "state",
                Some("http://localhost:9000/"),
                true,
                "http://localhost:9000/state",
            ),
        ] {
            assert_eq!(address(bucket, "eu-west-1", endpoint, path_style), expected);
        }
        assert_eq!(
            address("state", "cn-north-1", None, false),
            "https://state.s3.cn-north-1.amazonaws.com.cn"
        );
    }

    #[test]
    fn keys_are_written_as_s3_signs_them() {
        for (key, expected) in [
            ("media/terraform.tfstate", "media/terraform.tfstate"),
            ("env:/a b+c", "env%3A/a%20b%2Bc"),
            ("ü", "%C3%BC"),
            ("a//b/../c", "a//b/../c"),
        ] {
            assert_eq!(encoded(key), expected);
        }
    }

    #[test]
    fn errors_say_what_the_service_says() {
        let body = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>no \x1b[31m</Message></Error>";
        assert_eq!(code(body), "AccessDenied");
        assert_eq!(element(body, "Message").as_deref(), Some("no \\u{1b}[31m"));
        assert_eq!(code(b""), "");
    }
}
