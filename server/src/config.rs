//! Configuration: flags first, then `ROLLCALL_*` variables, then a TOML file, then defaults that
//! fit the simulator on the same machine.

mod keys;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lettre::message::Mailbox;
use rollcall_shared::session::Platform;
use serde::Deserialize;
use url::Url;

pub use xod_client::Secret;
pub(crate) use xod_client::is_loopback;

use crate::caller::{ProxiesError, TrustedProxies};
pub use keys::make_key_file;
pub(crate) use keys::{KeySource, KeysError, make_private_folder};

/// Data that nobody said where to keep lies here, below the current folder.
const DATA_FOLDER: &str = ".data";
const DEFAULT_XOD_URL: &str = "http://127.0.0.1:8090";
const DEFAULT_XOD_APP_ID: &str = "rollcall.localhost";
const DEFAULT_MANAGEMENT_SECRET: &str = "management-secret-for-development";

/// The configuration as it was given: by flags and variables, or by a file of the same names
/// (`public_url = "https://…"`).
#[derive(Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// A TOML file with any of these options
    #[arg(long, global = true, value_name = "FILE", env = "ROLLCALL_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// The database: `sqlite:PATH` or `postgres://…` [default: sqlite:.data/rollcall.db]
    #[arg(long, global = true, env = "ROLLCALL_DATABASE", hide_env_values = true)]
    database: Option<String>,

    /// Where the server listens [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS", env = "ROLLCALL_LISTEN")]
    listen: Option<SocketAddr>,

    /// The address people open [default: <http://localhost> with the port listened on]
    #[arg(long, global = true, value_name = "URL", env = "ROLLCALL_PUBLIC_URL")]
    public_url: Option<String>,

    /// The proxies in front whose X-Forwarded-For says who calls: addresses and networks, with
    /// commas between them
    #[arg(long, global = true, value_name = "NETWORKS", env = "ROLLCALL_TRUSTED_PROXIES")]
    trusted_proxies: Option<String>,

    /// What was there before `trusted_proxies`
    #[arg(long, global = true, env = "ROLLCALL_BEHIND_PROXY", hide = true, num_args = 0..=1,
          default_missing_value = "true")]
    behind_proxy: Option<Given>,

    /// Groupcall's Xporter-on-Demand [default: the simulator, <http://127.0.0.1:8090>]
    #[arg(long, global = true, value_name = "URL", env = "ROLLCALL_XOD_URL")]
    xod_url: Option<String>,

    /// Our application id at XoD [default, simulator only: rollcall.localhost]
    #[arg(long, global = true, value_name = "ID", env = "ROLLCALL_XOD_APP_ID")]
    xod_app_id: Option<String>,

    /// Our management secret at XoD; better given as a variable or in the file
    #[arg(
        long,
        global = true,
        value_name = "SECRET",
        env = "ROLLCALL_XOD_MANAGEMENT_SECRET",
        hide_env_values = true
    )]
    xod_management_secret: Option<String>,

    /// The sealing keys themselves, 64 hexadecimal digits each; the first one seals
    #[arg(long, global = true, env = "ROLLCALL_KEYS", hide_env_values = true)]
    keys: Option<String>,

    /// The file of the sealing keys; with SQLite made at the first start [default: beside the
    /// database]
    #[arg(long, global = true, value_name = "FILE", env = "ROLLCALL_KEY_FILE")]
    key_file: Option<PathBuf>,

    /// The mail server: `smtps://user:password@host` or `smtp://host:587?tls=required`; without
    /// one, messages are kept and not sent
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "ROLLCALL_SMTP_URL",
        hide_env_values = true
    )]
    smtp_url: Option<String>,

    /// The sender of e-mails, such as `Rollcall <noreply@example.org>`
    #[arg(long, global = true, value_name = "ADDRESS", env = "ROLLCALL_MAIL_FROM")]
    mail_from: Option<String>,

    /// The platform's name as schools see it [default: Rollcall]
    #[arg(long, global = true, value_name = "NAME", env = "ROLLCALL_PLATFORM_NAME")]
    platform_name: Option<String>,

    /// The platform's logo: a path or an address of an image
    #[arg(long, global = true, value_name = "URL", env = "ROLLCALL_PLATFORM_LOGO")]
    platform_logo: Option<String>,

    /// The folder of the built app [default: target/app]
    #[arg(long, global = true, value_name = "FOLDER", env = "ROLLCALL_APP_DIR")]
    app_dir: Option<PathBuf>,
}

/// Whether an option that there is no more was given, as whatever.
#[derive(Clone, Copy, Debug)]
struct Given(bool);

impl FromStr for Given {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(!text.trim().is_empty()))
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: serde::Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(value).map(|_| Self(true))
    }
}

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`; holds a password perhaps, so it is a secret.
    pub database: Secret,
    pub listen: SocketAddr,
    /// Ends in a slash, so that pages can be joined to it.
    pub public_url: Url,
    pub trusted_proxies: TrustedProxies,
    pub xod: xod_client::Settings,
    pub keys: KeySource,
    /// None: messages are kept, not sent.
    pub smtp: Option<SmtpConfig>,
    pub platform_name: String,
    pub platform_logo: Option<String>,
    pub app_dir: PathBuf,
}

/// The mail server and the sender.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    pub url: Secret,
    pub from: Mailbox,
}

/// Why the configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {path} can't be read")]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// Never the line itself: it may hold a secret.
    #[error("the configuration file {path} is not as it should be, in line {line}: {what}")]
    Malformed { path: PathBuf, line: usize, what: String },
    #[error("{name} must be an address that begins with http:// or https://")]
    NotAnAddress { name: &'static str },
    #[error(
        "XoD on another machine is reached by https only: ROLLCALL_XOD_URL must begin with \
         https://, unless it is a loopback address"
    )]
    PlainHttp,
    #[error(
        "ROLLCALL_XOD_URL must be an address without a name, a password, a query or a fragment in it"
    )]
    XodAddress,
    #[error(
        "{name} is not set: its default is for the simulator on this machine only, and \
         ROLLCALL_XOD_URL is another address"
    )]
    DefaultSecret { name: &'static str },
    #[error(
        "ROLLCALL_LISTEN ({listen}) lets other machines in, but ROLLCALL_PUBLIC_URL ({public_url}) \
         is an address of this machine alone. Set ROLLCALL_PUBLIC_URL to the address that people \
         open, or ROLLCALL_LISTEN to a loopback address such as 127.0.0.1:{}", listen.port()
    )]
    NotForOthers { listen: SocketAddr, public_url: Url },
    #[error(
        "ROLLCALL_TRUSTED_PROXIES must be addresses and networks with commas between them, such as \
         10.0.0.0/8, 192.0.2.7"
    )]
    TrustedProxies(#[from] ProxiesError),
    #[error(
        "there is no ROLLCALL_BEHIND_PROXY any more: set ROLLCALL_TRUSTED_PROXIES to the addresses \
         or networks of the proxies in front, such as 10.0.0.0/8, 192.0.2.7 (nothing, where there \
         is none), and leave ROLLCALL_BEHIND_PROXY out"
    )]
    BehindProxy,
    #[error("ROLLCALL_MAIL_FROM must be an e-mail address; it is needed with ROLLCALL_SMTP_URL")]
    NoSender,
}

impl Options {
    /// Reads the file, if one is named, and fills in the defaults.
    ///
    /// # Errors
    /// If something can't be used; the message says which, and what to do.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let file = self.config.as_deref().map(read_file).transpose()?.unwrap_or_default();
        self.or(file).without_empty_ones().fill_in()
    }

    fn or(self, file: Self) -> Self {
        Self {
            config: self.config,
            database: self.database.or(file.database),
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            behind_proxy: self.behind_proxy.or(file.behind_proxy),
            xod_url: self.xod_url.or(file.xod_url),
            xod_app_id: self.xod_app_id.or(file.xod_app_id),
            xod_management_secret: self.xod_management_secret.or(file.xod_management_secret),
            keys: self.keys.or(file.keys),
            key_file: self.key_file.or(file.key_file),
            smtp_url: self.smtp_url.or(file.smtp_url),
            mail_from: self.mail_from.or(file.mail_from),
            platform_name: self.platform_name.or(file.platform_name),
            platform_logo: self.platform_logo.or(file.platform_logo),
            app_dir: self.app_dir.or(file.app_dir),
        }
    }

    /// An empty variable is one that is not set.
    fn without_empty_ones(mut self) -> Self {
        for text in [
            &mut self.database,
            &mut self.public_url,
            &mut self.trusted_proxies,
            &mut self.xod_url,
            &mut self.xod_app_id,
            &mut self.xod_management_secret,
            &mut self.keys,
            &mut self.smtp_url,
            &mut self.mail_from,
            &mut self.platform_name,
            &mut self.platform_logo,
        ] {
            text.take_if(|text| text.trim().is_empty());
        }
        self.key_file.take_if(|path| path.as_os_str().is_empty());
        self.app_dir.take_if(|path| path.as_os_str().is_empty());
        self
    }

    fn fill_in(self) -> Result<Config, ConfigError> {
        if self.behind_proxy.is_some_and(|Given(is_given)| is_given) {
            return Err(ConfigError::BehindProxy);
        }
        let database = self.database.unwrap_or_else(|| format!("sqlite:{DATA_FOLDER}/rollcall.db"));
        let listen = self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let public_url = match self.public_url {
            Some(text) => address("ROLLCALL_PUBLIC_URL", &text)?,
            None => address("ROLLCALL_PUBLIC_URL", &format!("http://localhost:{}", listen.port()))?,
        };
        if is_loopback(&public_url) && !listen.ip().to_canonical().is_loopback() {
            return Err(ConfigError::NotForOthers { listen, public_url });
        }
        Ok(Config {
            xod: xod(self.xod_url, self.xod_app_id, self.xod_management_secret)?,
            keys: KeySource::of(self.keys, self.key_file, &database),
            smtp: smtp(self.smtp_url, self.mail_from.as_deref())?,
            database: Secret::new(database),
            listen,
            public_url,
            trusted_proxies: TrustedProxies::parse(&self.trusted_proxies.unwrap_or_default())?,
            platform_name: self.platform_name.unwrap_or_else(|| "Rollcall".into()),
            platform_logo: self.platform_logo,
            app_dir: self.app_dir.unwrap_or_else(|| "target/app".into()),
        })
    }
}

impl Config {
    /// The platform as its pages name it.
    #[must_use]
    pub fn platform(&self) -> Platform {
        Platform {
            name: self.platform_name.clone(),
            logo: self.platform_logo.clone(),
            keeps_messages: self.shows_messages(),
        }
    }

    /// Whether messages are shown on a page instead of being sent. The page is open to anybody and
    /// shows activation links, so it exists only where nobody but this machine can reach it; and
    /// each request for it has to be made here.
    #[must_use]
    pub fn shows_messages(&self) -> bool {
        let is_for_here = self.listen.ip().to_canonical().is_loopback();
        self.smtp.is_none() && is_for_here && is_loopback(&self.public_url)
    }

    /// Whether people come by https; then cookies are marked for it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The address of a page of ours; `page` begins without a slash.
    #[must_use]
    pub fn page(&self, page: &str) -> String {
        format!("{}{page}", self.public_url)
    }

    /// The folder of the SQLite file, where there is one.
    #[must_use]
    pub fn database_folder(&self) -> Option<&Path> {
        sqlite_path(self.database.expose())?.parent().filter(|path| !path.as_os_str().is_empty())
    }
}

/// The file of a `sqlite:PATH` database; none for other databases and those in memory.
fn sqlite_path(database: &str) -> Option<&Path> {
    let path = database.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then(|| Path::new(path))
}

fn read_file(path: &Path) -> Result<Options, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
    toml::from_str(&text).map_err(|error| {
        let begins = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = begins.matches('\n').count() + 1;
        ConfigError::Malformed { path: path.into(), line, what: without_values(error.message()) }
    })
}

/// What is wrong with a line, without the value that may stand in the message.
fn without_values(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let is_about_a_value = ["invalid type", "invalid value"].iter().any(|it| message.contains(it));
    match message.split_once(", expected ").filter(|_| is_about_a_value) {
        Some((_, expected)) => format!("expected {expected}"),
        None if message.starts_with("unknown field") => message.to_owned(),
        None if message.contains(['"', '`', '\'']) => "it can’t be read".to_owned(),
        None => message.to_owned(),
    }
}

fn address(name: &'static str, text: &str) -> Result<Url, ConfigError> {
    let mut url: Url = text.trim().parse().map_err(|_| ConfigError::NotAnAddress { name })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(ConfigError::NotAnAddress { name });
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// Secrets that everybody knows, and the wire that everybody can read, are for the simulator on
/// this machine only.
fn xod(
    url: Option<String>,
    app_id: Option<String>,
    secret: Option<String>,
) -> Result<xod_client::Settings, ConfigError> {
    let url = address("ROLLCALL_XOD_URL", url.as_deref().unwrap_or(DEFAULT_XOD_URL))?;
    let has_more = !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some();
    if has_more {
        return Err(ConfigError::XodAddress);
    }
    let is_local = is_loopback(&url);
    if url.scheme() != "https" && !is_local {
        return Err(ConfigError::PlainHttp);
    }
    let or_default = |value: Option<String>, default: &str, name| match value {
        Some(value) if is_local || value != default => Ok(value),
        None if is_local => Ok(default.to_owned()),
        _ => Err(ConfigError::DefaultSecret { name }),
    };
    let app_id = or_default(app_id, DEFAULT_XOD_APP_ID, "ROLLCALL_XOD_APP_ID")?;
    let secret = or_default(secret, DEFAULT_MANAGEMENT_SECRET, "ROLLCALL_XOD_MANAGEMENT_SECRET")?;
    Ok(xod_client::Settings {
        user_agent: concat!("rollcall/", env!("CARGO_PKG_VERSION")).to_owned(),
        ..xod_client::Settings::new(url, app_id, Secret::new(secret))
    })
}

fn smtp(url: Option<String>, from: Option<&str>) -> Result<Option<SmtpConfig>, ConfigError> {
    let Some(url) = url else { return Ok(None) };
    let from = from.and_then(|from| from.parse().ok()).ok_or(ConfigError::NoSender)?;
    Ok(Some(SmtpConfig { url: Secret::new(url), from }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(set: impl FnOnce(&mut Options)) -> Options {
        let mut options = Options::default();
        set(&mut options);
        options
    }

    #[test]
    fn on_this_machine_nothing_need_be_set() {
        let config = Options::default().resolve().unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.public_url.as_str(), "http://localhost:8080/");
        assert_eq!(config.xod.app_id, "rollcall.localhost");
        assert_eq!(config.database.expose(), "sqlite:.data/rollcall.db");
        assert_eq!(config.database_folder(), Some(Path::new(".data")));
        assert_eq!(config.platform_name, "Rollcall");
        assert!(config.shows_messages());
    }

    #[test]
    fn plain_http_to_another_machine_is_refused() {
        for url in ["http://xporter.groupcall.com", "http://xod.localhost", "http://192.0.2.1"] {
            let error = options(|o| o.xod_url = Some(url.into())).resolve().unwrap_err();
            assert!(matches!(error, ConfigError::PlainHttp), "{url}");
        }
        for url in ["http://localhost:8090", "http://127.0.0.7:8090", "http://[::1]:8090"] {
            assert!(options(|o| o.xod_url = Some(url.into())).resolve().is_ok(), "{url}");
        }
    }

    #[test]
    fn an_address_of_xod_with_more_than_an_address_in_it_is_refused() {
        for url in [
            "http://a:b@localhost",
            "http://a@localhost",
            "http://localhost?a=b",
            "http://localhost#a",
        ] {
            let error = options(|o| o.xod_url = Some(url.into())).resolve().unwrap_err();
            assert!(matches!(error, ConfigError::XodAddress), "{url}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_by_its_line_and_never_shows_a_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.toml");
        for wrong in [
            "xod_management_secret = hunter2",
            "xod_management_secret = \"hunter2",
            "xod_management_secret = \"hunter2\" \"again\"",
            "xod_management_secret = [\"hunter2\"]",
            "trusted_proxies = [\"hunter2\"]",
            "listen = \"hunter2\"",
            "xod_management_secret = \"\\qhunter2\"",
        ] {
            std::fs::write(&path, format!("platform_name = \"Bluebell\"\n{wrong}\n")).unwrap();
            let error = options(|o| o.config = Some(path.clone())).resolve().unwrap_err();
            let shown = format!("{error} {error:?} {}", crate::telemetry::Chain(&error));
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("in line 2"), "{shown}");
        }
    }

    #[test]
    fn secrets_everybody_knows_are_refused_beyond_this_machine() {
        let real = |secret: Option<&str>| {
            options(|o| {
                o.xod_url = Some("https://xporter.groupcall.com".into());
                o.xod_app_id = Some("app.example.org".into());
                o.xod_management_secret = secret.map(Into::into);
            })
            .resolve()
        };
        assert!(matches!(real(None), Err(ConfigError::DefaultSecret { .. })));
        assert!(matches!(
            real(Some(DEFAULT_MANAGEMENT_SECRET)),
            Err(ConfigError::DefaultSecret { .. })
        ));
        assert!(real(Some("a secret of our own")).is_ok());
    }

    #[test]
    fn flags_and_variables_come_before_the_file_and_empty_ones_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.toml");
        std::fs::write(&path, "platform_name = \"Bluebell\"\nlisten = \"127.0.0.1:9000\"\n")
            .unwrap();
        let config = options(|o| {
            o.config = Some(path.clone());
            o.listen = Some("127.0.0.1:9001".parse().unwrap());
            o.xod_app_id = Some(String::new());
        })
        .resolve()
        .unwrap();
        assert_eq!(config.platform_name, "Bluebell");
        assert_eq!(config.public_url.as_str(), "http://localhost:9001/");
        assert_eq!(config.xod.app_id, "rollcall.localhost");

        std::fs::write(&path, "platfrom_name = \"Bluebell\"\n").unwrap();
        let error = options(|o| o.config = Some(path)).resolve().unwrap_err();
        assert!(matches!(error, ConfigError::Malformed { .. }));
    }

    #[test]
    fn what_was_set_for_a_proxy_before_is_refused_with_what_to_set_instead() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.toml");
        for line in ["behind_proxy = true", "behind_proxy = false", "behind_proxy = \"true\""] {
            std::fs::write(&path, format!("{line}\n")).unwrap();
            let error = options(|o| o.config = Some(path.clone())).resolve().unwrap_err();
            assert!(error.to_string().contains("set ROLLCALL_TRUSTED_PROXIES"), "{error}");
        }
        for (variable, is_refused) in [("true", true), ("false", true), ("", false)] {
            let options = options(|o| o.behind_proxy = variable.parse().ok());
            assert_eq!(options.resolve().is_err(), is_refused, "{variable}");
        }
    }

    #[test]
    fn proxies_are_trusted_by_their_networks() {
        let trusted = |text: &str| options(|o| o.trusted_proxies = Some(text.into())).resolve();
        let config = trusted("10.0.0.0/8, ::1").unwrap();
        assert_eq!(config.trusted_proxies, TrustedProxies::parse("10.0.0.0/8,::1").unwrap());
        let error = trusted("true").unwrap_err();
        assert!(error.to_string().contains("such as 10.0.0.0/8"), "{error}");
    }

    #[test]
    fn a_server_that_others_can_reach_needs_an_address_that_others_can_open() {
        let serve = |listen: &str, public_url: Option<&str>| {
            options(|o| {
                o.listen = Some(listen.parse().unwrap());
                o.public_url = public_url.map(Into::into);
            })
            .resolve()
        };
        for listen in ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:8080", "[::ffff:192.0.2.7]:8080"] {
            for public_url in [None, Some("http://localhost:8080"), Some("http://127.0.0.1")] {
                let error = serve(listen, public_url).unwrap_err().to_string();
                assert!(error.contains("Set ROLLCALL_PUBLIC_URL"), "{error}");
            }
            let config = serve(listen, Some("https://learn.example.org")).unwrap();
            assert!(!config.shows_messages());
        }
        for listen in ["127.0.0.1:8080", "[::1]:8080", "127.0.0.2:0"] {
            assert!(serve(listen, None).unwrap().shows_messages(), "{listen}");
        }
    }

    #[test]
    fn messages_are_shown_to_this_machine_only() {
        let config = options(|o| o.public_url = Some("https://learn.example.org/app".into()))
            .resolve()
            .unwrap();
        assert!(config.is_https());
        assert!(!config.shows_messages());
        assert_eq!(config.page("sch/waterside"), "https://learn.example.org/app/sch/waterside");
    }

    #[test]
    fn a_mail_server_needs_a_sender() {
        let error = options(|o| o.smtp_url = Some("smtp://localhost".into())).resolve();
        assert!(matches!(error, Err(ConfigError::NoSender)));
        let config = options(|o| {
            o.smtp_url = Some("smtp://user:hunter2@localhost".into());
            o.mail_from = Some("Rollcall <noreply@example.org>".into());
        })
        .resolve()
        .unwrap();
        assert!(!format!("{config:?}").contains("hunter2"), "a secret shows itself");
    }
}
