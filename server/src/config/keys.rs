//! Where the sealing keys are: a variable, or a file that is made on the first run.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

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
        /// The SQLite file whose secrets these keys open.
        database: Option<PathBuf>,
    },
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the sealing keys can't be used")]
    Unusable(#[from] SealError),
    #[error("the key file {path} can't be read or made")]
    File { path: PathBuf, source: std::io::Error },
    #[error(
        "the key file {path} is missing, though the database {database} is there. Without the key \
         that sealed them, pupils' passwords can't be read: put the file back, or name it with \
         ROLLCALL_KEY_FILE"
    )]
    Lost { path: PathBuf, database: PathBuf },
}

impl KeySource {
    pub(super) fn of(keys: Option<String>, file: Option<PathBuf>, database: &str) -> Self {
        if let Some(keys) = keys {
            return Self::Given(Secret::new(keys));
        }
        let database = sqlite_path(database).map(Path::to_path_buf);
        let path = file.unwrap_or_else(|| match &database {
            Some(database) => database.with_extension("key"),
            None => Path::new(DATA_FOLDER).join("rollcall.key"),
        });
        Self::File { path, database }
    }

    /// Reads the keys; on the very first run it makes a key file that only its owner can read.
    ///
    /// # Errors
    /// If the keys are unusable, or their file is lost or can't be made.
    pub fn open(&self, dice: &Dice) -> Result<KeyRing, KeysError> {
        match self {
            // Keys in a variable may stand on one line.
            Self::Given(keys) => Ok(KeyRing::parse(&keys.expose().replace([',', ' '], "\n"))?),
            Self::File { path, database } => {
                let failed = |source| KeysError::File { path: path.clone(), source };
                match std::fs::read_to_string(path).map(Zeroizing::new) {
                    Ok(text) => Ok(KeyRing::parse(&text)?),
                    Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
                    Err(_) => {
                        if let Some(database) = database.as_ref().filter(|path| holds_data(path)) {
                            let (path, database) = (path.clone(), database.clone());
                            return Err(KeysError::Lost { path, database });
                        }
                        let text = KeyRing::draw(dice);
                        make(path, &text).map_err(failed)?;
                        tracing::info!(path = %path.display(), "made a key file: back it up");
                        Ok(KeyRing::parse(&text)?)
                    }
                }
            }
        }
    }
}

fn holds_data(database: &Path) -> bool {
    std::fs::metadata(database).is_ok_and(|file| file.len() > 0)
}

fn make(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        make_private_folder(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

/// Makes a folder that only its owner can enter, unless it is there.
///
/// # Errors
/// If it can't be made.
pub fn make_private_folder(path: &Path) -> std::io::Result<()> {
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
    fn the_first_run_makes_a_key_file_that_only_its_owner_reads_and_the_next_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}/data/rollcall.db", folder.path().display());
        let source = KeySource::of(None, None, &database);
        source.open(&Dice::seeded(1)).unwrap();

        let path = folder.path().join("data/rollcall.key");
        let first = std::fs::read_to_string(&path).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        source.open(&Dice::seeded(2)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
    }

    #[test]
    fn a_lost_key_file_is_not_replaced_behind_a_full_database() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rollcall.db");
        std::fs::write(&file, "data").unwrap();
        let source = KeySource::of(None, None, &format!("sqlite:{}", file.display()));
        assert!(matches!(source.open(&Dice::seeded(1)), Err(KeysError::Lost { .. })));
        assert!(!folder.path().join("rollcall.key").exists());
    }

    #[test]
    fn keys_can_be_given_in_a_variable() {
        let dice = Dice::seeded(1);
        let keys = format!("{},{}", *KeyRing::draw(&dice), *KeyRing::draw(&dice));
        assert!(KeySource::of(Some(keys), None, "postgres://host/db").open(&dice).is_ok());
    }
}
