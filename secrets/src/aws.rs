//! Sessions with AWS: the SDK's whole credential chain, within a time that a person waits.
//!
//! The SDK reads the environment and the shared configuration files of this process itself and offers
//! no other way in, so unlike the rest of the crate nothing here takes an [`Env`](crate::Env).
//!
//! The SDK is asynchronous. It runs on one thread of its own, which a call starts and [`Aws`] ends: a
//! caller blocks, inside another runtime too, and calls from several threads run at once.

mod caller;
pub mod s3;

pub use caller::Caller;

use crate::error::shell_word;
use crate::keys::{LookedAt, Refusal};
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_kms::config::{
    Credentials, ProvideCredentials, SharedCredentialsProvider, SharedHttpClient,
};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use std::collections::BTreeMap;
use std::error::Error;
use std::future::{Future, pending};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// For one call with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(10);
/// For finding credentials: a `credential_process` may ask a person.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_ATTEMPTS: u32 = 3;
/// Credentials with less left than this are fetched anew.
const EXPIRY_MARGIN: Duration = Duration::from_secs(60);
/// What AWS allows for the name of a role session, in bytes.
const SESSION_NAME_LIMIT: usize = 64;
/// What is shown of a message of AWS's, in characters.
const MESSAGE_LIMIT: usize = 300;

/// A connection to AWS for one run. Clones share it.
#[derive(Clone, Default)]
pub struct Aws(Arc<Inner>);

#[derive(Default)]
struct Inner {
    worker: OnceLock<Option<Worker>>,
    http: OnceLock<SharedHttpClient>,
    sessions: Mutex<BTreeMap<Login, Slot>>,
}

/// Locked while somebody logs in, so that the others wait instead of doing it too. A failure stays: ten
/// files must not wait for a dead network ten times.
type Slot = Arc<Mutex<Option<Result<Session, Refusal>>>>;

/// As whom and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Login {
    pub(crate) region: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) role: Option<String>,
}

#[derive(Clone)]
struct Session {
    config: SdkConfig,
    expires: Option<SystemTime>,
}

impl Aws {
    /// Prepares a connection; nothing is read or sent before it is needed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a configuration with credentials in it.
    ///
    /// # Errors
    /// When there are none, or the role cannot be assumed.
    pub(crate) fn log_in(&self, login: &Login) -> Result<SdkConfig, Refusal> {
        let slot = {
            let mut sessions = self
                .0
                .sessions
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sessions.entry(login.clone()).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let current = match &*slot {
            Some(Ok(session)) => session
                .expires
                .is_none_or(|expires| expires > SystemTime::now() + EXPIRY_MARGIN),
            Some(Err(_)) => true,
            None => false,
        };
        if !current {
            let http = self.0.http.get_or_init(http_client).clone();
            let found = self
                .run(log_in(login.clone(), http))
                .and_then(|session| session);
            *slot = Some(found);
        }
        match &*slot {
            Some(Ok(session)) => Ok(session.config.clone()),
            Some(Err(refusal)) => Err(refusal.clone()),
            None => Err(stopped()),
        }
    }

    /// Remembers that nobody answers there, for whoever logs in next.
    pub(crate) fn give_up(&self, login: &Login, refusal: &Refusal) {
        let sessions = self
            .0
            .sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = sessions.get(login)
            && let Ok(mut slot) = slot.try_lock()
        {
            *slot = Some(Err(refusal.clone()));
        }
    }

    /// Runs a future of the SDK's to its end.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.0
            .worker
            .get_or_init(Worker::start)
            .as_ref()
            .and_then(|worker| worker.run(future))
            .ok_or_else(stopped)
    }
}

fn stopped() -> Refusal {
    Refusal::new("the thread that talks to AWS stopped").next("try again")
}

/// The thread that the SDK runs on.
struct Worker {
    handle: tokio::runtime::Handle,
    stop: tokio::task::AbortHandle,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    fn start() -> Option<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .ok()?;
        let handle = runtime.handle().clone();
        let idle = runtime.spawn(pending::<()>());
        let stop = idle.abort_handle();
        let thread = std::thread::Builder::new()
            .name("aws".to_owned())
            .spawn(move || {
                let _ = runtime.block_on(idle);
                // A name that nobody resolves would be waited for.
                runtime.shutdown_background();
            })
            .ok()?;
        Some(Self {
            handle,
            stop,
            thread: Some(thread),
        })
    }

    /// `None` when the future panics.
    fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            let _ = sender.send(future.await);
        });
        receiver.recv().ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.abort();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Builds the client for HTTPS by ring, through the proxy that the environment names.
fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build()
    })
}

async fn log_in(login: Login, http: SharedHttpClient) -> Result<Session, Refusal> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let own_http = http.clone();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS));
    if let Ok(name) = AppName::new("tollgate") {
        loader = loader.app_name(name);
    }
    if let Some(region) = &login.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &login.profile {
        // As for sops, the profile that the file names counts for more than variables such as
        // AWS_ACCESS_KEY_ID, which the SDK looks at first when nobody says otherwise.
        let provider = ProviderConfig::without_region()
            .with_region(login.region.clone().map(Region::new))
            .with_http_client(own_http);
        loader = loader.profile_name(profile).credentials_provider(
            ProfileFileCredentialsProvider::builder()
                .profile_name(profile)
                .configure(&provider)
                .build(),
        );
    }
    let base = loader.load().await;
    let Some(chain) = base.credentials_provider() else {
        return Err(Refusal::new("the AWS SDK has no credential chain"));
    };
    let own = fetch(&chain)
        .await
        .map_err(|why| no_credentials(&login, &why))?;
    let credentials = match &login.role {
        None => own,
        Some(role) => {
            let caller = with_credentials(&base, own);
            let provider = aws_config::sts::AssumeRoleProvider::builder(role)
                .session_name(session_name())
                .configure(&caller)
                .build()
                .await;
            fetch(&provider)
                .await
                .map_err(|why| no_role(&login, role, &why))?
        }
    };
    let expires = credentials.expiry();
    Ok(Session {
        config: with_credentials(&base, credentials),
        expires,
    })
}

fn with_credentials(base: &SdkConfig, credentials: Credentials) -> SdkConfig {
    base.clone()
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// Returns credentials, or everything that the SDK says about why there are none.
async fn fetch(provider: &impl ProvideCredentials) -> Result<Credentials, Vec<String>> {
    match tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
        Ok(Ok(credentials)) => Ok(credentials),
        Ok(Err(error)) => Err(causes(&error)),
        Err(_) => Err(vec![format!(
            "no answer within {} s",
            CREDENTIALS_TIMEOUT.as_secs()
        )]),
    }
}

/// Returns what an error and its causes say, outermost first.
fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut all = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        all.push(error.to_string());
        next = error.source();
    }
    all
}

/// The name of a role session, in the form that sops uses: trust policies test it.
fn session_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .unwrap_or_default();
    let host = host
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || "_=,.@-".contains(*character));
    "sops@"
        .chars()
        .chain(host)
        .take(SESSION_NAME_LIMIT)
        .collect()
}

/// The next step when nobody answers.
const CHECK_NETWORK: &str =
    "check the network, HTTPS_PROXY and the region: `aws sts get-caller-identity`";

/// Tells whether the SDK says that nobody answered.
fn is_network(why: &str) -> bool {
    why.contains("dispatch failure") || why.contains("timeout")
}

/// How to sign in again, as far as the login tells.
fn sign_in(login: &Login, sso: bool) -> String {
    let profile = login
        .profile
        .clone()
        .or_else(|| std::env::var("AWS_PROFILE").ok())
        .filter(|profile| !profile.is_empty());
    match (sso, profile) {
        (true, Some(profile)) => {
            format!(
                "sign in again: `aws sso login --profile {}`",
                shell_word(&profile)
            )
        }
        (true, None) => "sign in again: `aws sso login`".to_owned(),
        (false, _) => {
            "renew your AWS credentials; `aws sts get-caller-identity` says whether they hold"
                .to_owned()
        }
    }
}

fn no_credentials(login: &Login, why: &[String]) -> Refusal {
    let last = why.last().map(String::as_str).unwrap_or_default();
    let all = why.join(": ");
    if all.contains("SSO") {
        return Refusal::new(format!(
            "your AWS SSO session does not hold: {}",
            shown(last)
        ))
        .next(sign_in(login, true))
        .near();
    }
    // Something at the address of the metadata service that is none, or that says no, ends the chain
    // with an error of its own.
    let no_profile = login.profile.is_some() && all.contains("was not enabled");
    if all.contains("no credentials found in chain") || all.contains("IMDS") || no_profile {
        let of = match &login.profile {
            Some(profile) => format!(
                " for the profile '{}' that the file names",
                profile.escape_debug()
            ),
            None => String::new(),
        };
        return Refusal::new(format!("there are no AWS credentials{of}")).next(
            "sign in to AWS: `aws sso login` or `export AWS_PROFILE=NAME`; in CI, give the job a role",
        );
    }
    Refusal::new(format!(
        "the AWS credentials cannot be loaded: {}",
        shown(last)
    ))
    .next(if is_network(&all) {
        CHECK_NETWORK
    } else {
        "see what is wrong with them: `aws sts get-caller-identity`"
    })
    .near()
}

fn no_role(login: &Login, role: &str, why: &[String]) -> Refusal {
    let all = why.join(": ");
    let last = why.last().map(String::as_str).unwrap_or_default();
    let refusal = Refusal::new(format!(
        "the role {} of the file cannot be assumed: {}",
        role.escape_debug(),
        shown(last)
    ))
    .near();
    if is_network(&all) {
        refusal.next(CHECK_NETWORK)
    } else if is_stale(&all) {
        refusal.next(sign_in(login, false))
    } else {
        refusal.next(format!(
            "see whether you may: `aws sts assume-role --role-session-name test --role-arn '{}'`",
            role.escape_debug()
        ))
    }
}

/// Tells whether AWS says that the credentials themselves do not hold.
fn is_stale(code: &str) -> bool {
    [
        "ExpiredToken",
        "RequestExpired",
        "UnrecognizedClient",
        "InvalidClientTokenId",
        "InvalidSignature",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "AuthFailure",
    ]
    .iter()
    .any(|stale| code.contains(stale))
}

/// What went wrong with one call.
pub(crate) enum Fault {
    /// AWS answered with an error.
    Refused {
        /// Such as `AccessDeniedException`.
        code: String,
        /// Safe to show.
        message: String,
    },
    /// Nobody answered.
    Unreachable(Refusal),
    /// For any service alike.
    Known(Refusal),
}

/// Sorts the error of a call to `service`.
pub(crate) fn fault<E>(error: &SdkError<E>, service: &str, login: &Login) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let place = match &login.region {
        Some(region) => format!("AWS {service} in {}", region.escape_debug()),
        None => format!("AWS {service}"),
    };
    let unreachable = |why: &str| {
        Fault::Unreachable(
            Refusal::new(format!(
                "{place} cannot be reached{}: {}",
                endpoint(service),
                shown(why)
            ))
            .next(CHECK_NETWORK)
            .near(),
        )
    };
    match error {
        SdkError::ServiceError(context) => {
            let metadata = context.err().meta();
            let code = metadata
                .code()
                .unwrap_or("an error without a code")
                .to_owned();
            let message = shown(metadata.message().unwrap_or_default());
            if is_stale(&code) {
                Fault::Known(
                    Refusal::new(format!(
                        "{place} does not accept your AWS credentials ({})",
                        shown(&code)
                    ))
                    .next(sign_in(login, false))
                    .near(),
                )
            } else {
                Fault::Refused {
                    code: shown(&code),
                    message,
                }
            }
        }
        SdkError::TimeoutError(_) => unreachable(&format!(
            "no answer within {} s",
            OPERATION_TIMEOUT.as_secs()
        )),
        SdkError::DispatchFailure(_) => {
            unreachable(causes(error).last().map(String::as_str).unwrap_or_default())
        }
        _ => Fault::Known(
            Refusal::new(format!(
                "{place} gave an answer that is not AWS's{}",
                endpoint(service)
            ))
            .next("check HTTPS_PROXY and AWS_ENDPOINT_URL")
            .near(),
        ),
    }
}

/// Says which variable redirects a service. Its value may hold a password.
fn endpoint(service: &str) -> String {
    let own = format!(
        "AWS_ENDPOINT_URL_{}",
        service.to_uppercase().replace(' ', "_")
    );
    [own.as_str(), "AWS_ENDPOINT_URL"]
        .into_iter()
        .find(|name| std::env::var_os(name).is_some())
        .map(|name| format!(" at the address of {name}"))
        .unwrap_or_default()
}

/// Makes a text of AWS's fit for a terminal.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MESSAGE_LIMIT).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
        .escape_debug()
        .to_string()
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

/// Lists where the SDK looks for credentials, and what is there.
pub(crate) fn looked_at(profile: Option<&str>) -> Vec<LookedAt> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let variable = |name: &str| {
        (
            name.to_owned(),
            if is_set(name) { "set" } else { "not set" }.to_owned(),
        )
    };
    let file = |name: &str, default: &str| {
        let path = std::env::var_os(name).map(PathBuf::from).or_else(|| {
            let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
            Some(PathBuf::from(home).join(".aws").join(default))
        });
        match path {
            None => (format!("~/.aws/{default}"), "no home directory".to_owned()),
            Some(path) => {
                let found = if path.is_file() {
                    "there"
                } else {
                    "no such file"
                };
                (path.display().to_string(), found.to_owned())
            }
        }
    };
    let mut places = vec![variable("AWS_ACCESS_KEY_ID")];
    places.push(match profile {
        Some(profile) => ("profile of the file".to_owned(), profile.to_owned()),
        None => (
            "AWS_PROFILE".to_owned(),
            std::env::var("AWS_PROFILE").unwrap_or_else(|_| "not set".to_owned()),
        ),
    });
    places.push(file("AWS_CONFIG_FILE", "config"));
    places.push(file("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
    places.push(variable("AWS_WEB_IDENTITY_TOKEN_FILE"));
    places.push(variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"));
    places.push(variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    let disabled = std::env::var("AWS_EC2_METADATA_DISABLED")
        .is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    places.push((
        "EC2 instance metadata".to_owned(),
        if disabled {
            "disabled by AWS_EC2_METADATA_DISABLED"
        } else {
            "no credentials"
        }
        .to_owned(),
    ));
    places
        .into_iter()
        .map(|(place, found)| LookedAt {
            place: place.escape_debug().to_string(),
            found: found.escape_debug().to_string(),
            needs_passphrase: false,
        })
        .collect()
}
