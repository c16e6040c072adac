//! Where the sealing keys are: a variable, or a file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use rollcall_engine::domain::key_id::KeyId;
use zeroize::Zeroizing;

use super::{DATA_FOLDER, Secret, sqlite_path};
use crate::dice::Dice;
use crate::seal::{KeyRing, SealError};

/// Where the keys are that seal passwords and secrets.
#[derive(Clone, Debug)]
pub enum KeySource {
    Given(Secret),
    File {
        path: PathBuf,
        /// Whether the first start on an empty database makes the file. Not on PostgreSQL: its
        /// servers have files of their own, and must not have keys of their own.
        is_made_at_first: bool,
    },
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("what {place} holds can't be used")]
    Unusable { place: KeySource, source: SealError },
    #[error("the key file {path} can't be read or made")]
    File { path: PathBuf, source: std::io::Error },
    #[error(
        "the key file {path} can be read by others on this machine, and it opens pupils' \
         passwords. Restrict it to its owner with `chmod 600 {path}`, then start again"
    )]
    OpenToOthers { path: PathBuf },
    #[error("there is already a key file at {path}; it was left as it is")]
    Taken { path: PathBuf },
}

impl std::fmt::Display for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given(_) => f.write_str("ROLLCALL_KEYS"),
            Self::File { path, .. } => write!(f, "the key file {}", path.display()),
        }
    }
}

impl KeySource {
    pub(super) fn of(keys: Option<String>, file: Option<PathBuf>, database: &str) -> Self {
        if let Some(keys) = keys {
            return Self::Given(Secret::new(keys));
        }
        let path = file.unwrap_or_else(|| match sqlite_path(database) {
            Some(database) => database.with_extension("key"),
            None => Path::new(DATA_FOLDER).join("rollcall.key"),
        });
        Self::File { path, is_made_at_first: database.starts_with("sqlite:") }
    }

    /// Reads the keys; none if they are to be in a file that is not there.
    ///
    /// # Errors
    /// If the keys are unusable, or their file can't be read, or can be read by others too.
    pub fn read(&self) -> Result<Option<KeyRing>, KeysError> {
        let text = match self {
            // Keys in a variable may stand on one line.
            Self::Given(keys) => Zeroizing::new(keys.expose().replace([',', ' '], "\n")),
            Self::File { path, .. } => match read(path)? {
                Some(text) => text,
                None => return Ok(None),
            },
        };
        let unusable = |source| KeysError::Unusable { place: self.clone(), source };
        KeyRing::parse(&text).map(Some).map_err(unusable)
    }
}

/// Draws a key into a file that only its owner can read. Anyone who looks finds it whole or not at
/// all.
///
/// # Errors
/// If there is such a file already, or it can't be made.
pub fn make_key_file(path: &Path, dice: &Dice) -> Result<KeyId, KeysError> {
    let key = KeyRing::draw(dice);
    let failed = |source| KeysError::File { path: path.into(), source };
    let unusable =
        |source| KeysError::File { path: path.into(), source: std::io::Error::other(source) };
    let ring = KeyRing::parse(&key).map_err(unusable)?;
    let id = ring.first().ok_or(SealError::NoKey).map_err(unusable)?;
    let text = Zeroizing::new(format!(
        "# Rollcall's sealing key {id}: without it pupils' passwords can't be read. Back it up, \
         apart from the database.\n{}\n",
        *key
    ));
    match write(path, &text, &hex::encode(dice.bytes::<4>())) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(KeysError::Taken { path: path.into() })
        }
        written => written.map(|()| id).map_err(failed),
    }
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, KeysError> {
    let failed = |source| KeysError::File { path: path.into(), source };
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata().map_err(failed)?);
        if mode & 0o077 != 0 {
            return Err(KeysError::OpenToOthers { path: path.into() });
        }
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}

/// Writes beside the file and gives it its name last, which fails where another has it.
fn write(path: &Path, text: &str, mark: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        make_private_folder(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!("-{mark}"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let named = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&beside, path));
    std::fs::remove_file(&beside)?;
    named?;
    // The name, too, has to outlast a power cut.
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Makes a folder that only its owner can enter, unless it is there.
///
/// # Errors
/// If it can't be made.
pub(crate) fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if path.as_os_str().is_empty() { Ok(()) } else { builder.create(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_its_owners_alone_and_says_which_key_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/rollcall.key");
        let source = KeySource::of(None, Some(path.clone()), "postgres://host/db");
        assert!(source.read().unwrap().is_none());

        let id = make_key_file(&path, &Dice::seeded(1)).unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        assert!(first.contains(&format!("sealing key {id}")), "{first}");
        assert_eq!(source.read().unwrap().unwrap().first(), Some(id));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let again = make_key_file(&path, &Dice::seeded(2));
        assert!(matches!(again, Err(KeysError::Taken { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
        let left = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1, "nothing else is left behind");
    }

    #[test]
    #[cfg(unix)]
    fn a_key_file_that_others_can_read_is_refused_with_what_to_run() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.key");
        let source = KeySource::of(None, Some(path.clone()), "sqlite:rollcall.db");
        make_key_file(&path, &Dice::seeded(1)).unwrap();
        for (mode, is_refused) in
            [(0o640, true), (0o604, true), (0o660, true), (0o600, false), (0o400, false)]
        {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            match source.read() {
                Err(error) => {
                    assert!(is_refused, "{mode:o}: {error}");
                    let run = format!("chmod 600 {}", path.display());
                    assert!(error.to_string().contains(&run), "{error}");
                }
                Ok(keys) => assert!(!is_refused && keys.is_some(), "{mode:o}"),
            }
        }
    }

    #[test]
    fn keys_can_be_given_in_a_variable() {
        let dice = Dice::seeded(1);
        let keys = format!("{},{}", *KeyRing::draw(&dice), *KeyRing::draw(&dice));
        assert!(KeySource::of(Some(keys), None, "postgres://host/db").read().unwrap().is_some());
    }

    #[test]
    fn keys_that_are_none_are_told_by_where_they_are_and_never_shown() {
        let error = KeySource::of(Some("hunter2".into()), None, "sqlite:a.db").read().unwrap_err();
        let shown = format!("{} {error:?}", crate::telemetry::Chain(&error));
        assert!(shown.contains("ROLLCALL_KEYS") && !shown.contains("hunter2"), "{shown}");
    }
}
