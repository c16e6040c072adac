use std::path::PathBuf;

use rollcall_engine::fixtures::account;
use rollcall_shared::ids::SchoolId;
use rollcall_store::contract::{minute, on_both_engines, school};
use rollcall_store::fixtures::add;

use super::*;
use crate::config::Secret;

/// A server's dice are its own.
fn dice(server: u64) -> Dice {
    Dice::seeded(server)
}

/// Keys, as a variable gives them.
fn given(keys: &[&str]) -> KeySource {
    KeySource::Given(Secret::new(keys.join(",")))
}

fn in_a_file(path: PathBuf, is_made_at_first: bool) -> KeySource {
    KeySource::File { path, is_made_at_first }
}

/// Starts a server with these keys.
async fn start(
    store: &Store,
    source: &KeySource,
    server: u64,
) -> Result<(KeyRing, InstallationSecret), InstallationError> {
    open(store, source, source.read()?, &dice(server), minute(0)).await
}

/// What a server with these keys makes of something.
async fn tag(store: &Store, source: &KeySource, server: u64) -> [u8; 32] {
    start(store, source, server).await.unwrap().1.tag("test", &[b"something"])
}

/// The error of a server that must not start, which names these keys.
async fn refused(store: &Store, source: &KeySource, named: &[KeyId]) -> String {
    let error = start(store, source, 9).await.map(|_| "it started").unwrap_err();
    let said = error.to_string();
    for key in named {
        assert!(said.contains(&key.to_string()), "{key} is not named: {said}");
    }
    said
}

/// Three keys and their ids.
fn three_keys() -> [(String, KeyId); 3] {
    [1, 2, 3].map(|seed| {
        let key = KeyRing::draw(&dice(100 + seed)).to_string();
        let id = KeyRing::parse(&key).unwrap().first().unwrap();
        (key, id)
    })
}

/// Has a school hold a secret that is sealed with this key, or none.
async fn hold(store: &Store, school: SchoolId, key: Option<&str>) {
    let sealed = key.map(|key| {
        let owner = Owner { purpose: "xod-secret", school: school.0, id: school.0 };
        KeyRing::parse(key).unwrap().seal(&dice(7), owner, b"secret").unwrap()
    });
    let changed = store.change_connection(school, Uuid::from_u128(1), minute(0), |connection| {
        connection.secret_sealed = sealed;
        None
    });
    changed.await.unwrap();
}

#[tokio::test]
async fn every_server_of_an_installation_has_the_same_secret() {
    on_both_engines(async |store: Store| {
        let [(a, _), ..] = three_keys();
        let first = tag(&store, &given(&[&a]), 1).await;
        assert_eq!(tag(&store, &given(&[&a]), 2).await, first);
    })
    .await;
}

#[tokio::test]
async fn servers_that_start_at_once_on_an_empty_database_agree_on_one_secret() {
    on_both_engines(async |store: Store| {
        let [(a, _), ..] = three_keys();
        let source = given(&[&a]);
        let tags = (1..=8).map(|server| tag(&store, &source, server));
        let tags = futures::future::join_all(tags).await;
        assert!(tags.iter().all(|tag| *tag == tags[0]), "{tags:?}");
    })
    .await;
}

#[tokio::test]
async fn processes_that_start_at_once_on_an_empty_database_agree_on_one_key_file() {
    on_both_engines(async |store: Store| {
        let folder = tempfile::tempdir().unwrap();
        let source = in_a_file(folder.path().join("rollcall.key"), true);
        let tags = (1..=8).map(|server| tag(&store, &source, server));
        let tags = futures::future::join_all(tags).await;
        assert!(tags.iter().all(|tag| *tag == tags[0]), "{tags:?}");
        assert_eq!(store.recorded_keys().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_file_made_by_another_process_since_we_looked_is_taken() {
    on_both_engines(async |store: Store| {
        let folder = tempfile::tempdir().unwrap();
        let source = in_a_file(folder.path().join("rollcall.key"), true);
        let found = source.read().unwrap();
        let first = tag(&store, &source, 1).await;
        let second = open(&store, &source, found, &dice(2), minute(0)).await.unwrap().1;
        assert_eq!(second.tag("test", &[b"something"]), first);
    })
    .await;
}

#[tokio::test]
async fn a_second_server_with_another_key_does_not_start_and_says_which_it_lacks() {
    on_both_engines(async |store: Store| {
        let [(a, id), (b, _), _] = three_keys();
        start(&store, &given(&[&a]), 1).await.unwrap();
        let said = refused(&store, &given(&[&b]), &[id]).await;
        assert!(said.contains("ROLLCALL_KEYS"), "{said}");
        tag(&store, &given(&[&a]), 2).await;
    })
    .await;
}

#[tokio::test]
async fn a_key_file_that_was_replaced_is_refused_and_the_one_put_back_is_not() {
    on_both_engines(async |store: Store| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.key");
        let source = in_a_file(path.clone(), true);
        let before = tag(&store, &source, 1).await;
        let id = store.recorded_keys().await.unwrap().into_iter().next().unwrap();
        std::fs::rename(&path, folder.path().join("kept")).unwrap();
        make_key_file(&path, &dice(50)).unwrap();
        let said = refused(&store, &source, &[id]).await;
        assert!(said.contains(&path.display().to_string()), "{said}");
        std::fs::rename(folder.path().join("kept"), &path).unwrap();
        assert_eq!(tag(&store, &source, 2).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_lost_key_file_is_never_replaced_behind_a_database_in_use() {
    on_both_engines(async |store: Store| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.key");
        let source = in_a_file(path.clone(), true);
        start(&store, &source, 1).await.unwrap();
        let id = store.recorded_keys().await.unwrap().into_iter().next().unwrap();
        std::fs::remove_file(&path).unwrap();
        let said = refused(&store, &source, &[id]).await;
        assert!(said.contains("is missing") && said.contains("ROLLCALL_KEY_FILE"), "{said}");
        assert!(!path.exists());
    })
    .await;
}

#[tokio::test]
async fn a_database_with_a_school_from_before_gets_no_new_key_drawn() {
    on_both_engines(async |store: Store| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.key");
        school(&store, "3281102").await;
        let said = refused(&store, &in_a_file(path.clone(), true), &[]).await;
        assert!(said.contains("is missing"), "{said}");
        assert!(!path.exists());
    })
    .await;
}

#[tokio::test]
async fn on_postgresql_no_key_is_drawn_unasked() {
    on_both_engines(async |store: Store| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.key");
        let said = refused(&store, &in_a_file(path.clone(), false), &[]).await;
        assert!(said.contains("rollcall keys new"), "{said}");
        assert!(!path.exists() && store.is_untouched().await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_new_key_before_the_old_one_seals_from_then_on_and_servers_without_it_do_not_start() {
    on_both_engines(async |store: Store| {
        let [(old, old_id), (new, new_id), _] = three_keys();
        let before = tag(&store, &given(&[&old]), 1).await;
        let both = given(&[&new, &old]);
        assert_eq!(tag(&store, &both, 2).await, before, "the secret stays the same");
        let recorded = BTreeSet::from([old_id, new_id]);
        assert_eq!(store.recorded_keys().await.unwrap(), recorded);
        let sealed = store.find_installation().await.unwrap().unwrap();
        assert_eq!(KeyId::of_sealed(&sealed), Some(new_id));
        refused(&store, &given(&[&old]), &[new_id]).await;
        // The other way round is another change of the first key.
        assert_eq!(tag(&store, &given(&[&old, &new]), 3).await, before);
    })
    .await;
}

#[tokio::test]
async fn an_old_key_is_needed_for_as_long_as_something_is_sealed_with_it() {
    on_both_engines(async |store: Store| {
        let [(old, old_id), (new, _), _] = three_keys();
        start(&store, &given(&[&old]), 1).await.unwrap();
        let school = school(&store, "3281102").await;
        hold(&store, school, Some(&old)).await;
        start(&store, &given(&[&new, &old]), 2).await.unwrap();
        refused(&store, &given(&[&new]), &[old_id]).await;
        hold(&store, school, None).await;
        tag(&store, &given(&[&new]), 3).await;
    })
    .await;
}

#[tokio::test]
async fn a_database_from_before_installations_begins_one_with_the_keys_that_open_it() {
    on_both_engines(async |store: Store| {
        let [(a, a_id), (b, b_id), (c, c_id)] = three_keys();
        let school = school(&store, "3281102").await;
        // The sealed password of a pupil of a test begins with the first bytes of the id.
        let mut id = [0; 16];
        id[..8].copy_from_slice(a_id.as_bytes());
        add(&store, school, &[account(u128::from_be_bytes(id), "Ada Lovelace")]).await;
        hold(&store, school, Some(&b)).await;

        refused(&store, &given(&[&c]), &[a_id, b_id]).await;
        refused(&store, &given(&[&c, &a]), &[b_id]).await;
        assert_eq!(store.find_installation().await.unwrap(), None, "nothing was begun");
        tag(&store, &given(&[&c, &a, &b]), 1).await;
        let recorded = BTreeSet::from([a_id, b_id, c_id]);
        assert_eq!(store.recorded_keys().await.unwrap(), recorded);
    })
    .await;
}

#[tokio::test]
async fn a_check_value_that_was_tampered_with_is_said_to_be() {
    on_both_engines(async |store: Store| {
        let [(a, a_id), ..] = three_keys();
        start(&store, &given(&[&a]), 1).await.unwrap();
        let mut sealed = store.find_installation().await.unwrap().unwrap();
        *sealed.last_mut().unwrap() ^= 1;
        store.reseal_installation(&sealed, a_id, minute(1)).await.unwrap();
        let said = refused(&store, &given(&[&a]), &[]).await;
        assert!(said.contains("can't be opened"), "{said}");
    })
    .await;
}

#[test]
fn tags_differ_by_secret_purpose_and_parts_and_the_parts_do_not_run_together() {
    let one = InstallationSecret::new(&[1; LENGTH]);
    let all = [
        one.tag("device", &[b"ab", b"c"]),
        one.tag("device", &[b"a", b"bc"]),
        one.tag("device", &[b"abc"]),
        one.tag("device", &[b"ab", b"c", b""]),
        one.tag("card", &[b"ab", b"c"]),
        one.tag("deviceab", &[b"c"]),
        InstallationSecret::new(&[2; LENGTH]).tag("device", &[b"ab", b"c"]),
    ];
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    assert_eq!(one.tag("device", &[b"ab", b"c"]), all[0]);
    assert_eq!(format!("{one:?}"), "InstallationSecret(…)");
}

#[test]
fn a_tag_is_the_hmac_of_its_parts_each_with_its_length() {
    let message = [&6_u64.to_be_bytes(), b"device".as_slice(), &1_u64.to_be_bytes(), b"x"].concat();
    let mut mac = Hmac::<Sha256>::new_from_slice(&[1; LENGTH]).unwrap();
    mac.update(&message);
    let expected: [u8; 32] = mac.finalize().into_bytes().into();
    assert_eq!(InstallationSecret::new(&[1; LENGTH]).tag("device", &[b"x"]), expected);
}
