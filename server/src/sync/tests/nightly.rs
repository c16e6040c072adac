//! Runs that nobody watches: a night on which nothing has changed reads nothing more than that, and
//! any change, and any doubt, means a full read.

use rollcall_shared::consent::ReadKind;

use super::*;

/// A school that has been read in full once, and its runs since.
struct Nights {
    school: Simulated,
}

impl Nights {
    async fn begin(store: Store) -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(90).staff(14).seed(7);
        let school = Simulated::new(store, spec).await;
        let first = school.sync(ACCEPTING).await;
        assert_eq!(first.status, Status::Done, "{:?}", first.message);
        Self { school }
    }

    /// The next night's run: how it read, and what it asked for of the school's tables.
    async fn next(&self) -> (ReadKind, Vec<String>) {
        let Bench { state, school } = &self.school.bench;
        state.clock.advance(TimeDelta::hours(23));
        let before = self.school.mis.calls().len();
        let report = self.school.sync(RunOptions::default()).await;
        assert_ne!(report.status, Status::Failed, "{:?}", report.message);
        let reads = state.store.list_mis_reads(school.id).await.unwrap();
        let calls = self.school.mis.calls().into_iter().skip(before);
        let of_tables = |call: &String| {
            ["/students?", "/staff?", "/groups?"].iter().any(|table| call.contains(table))
        };
        (reads.last().unwrap().kind, calls.filter(of_tables).collect())
    }

    fn change(&self, change: impl FnOnce(&mut xod_simulator::school::School)) {
        self.school.mis.change(ESTAB, change).unwrap();
    }
}

#[tokio::test]
async fn a_night_without_a_change_asks_each_table_once_and_reads_none() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store).await;
        for _ in 0..3 {
            let (kind, calls) = nights.next().await;
            assert_eq!((kind, calls.len()), (ReadKind::Changes, 5), "{calls:?}");
            assert!(calls.iter().all(|call| call.contains("&changedRows=")), "{calls:?}");
            assert!(
                !calls.iter().any(|call| call.contains("changedRows=*") || call.contains("%2A")),
                "{calls:?}"
            );
        }
        let Bench { state, school } = &nights.school.bench;
        let plan = planned::make_plan(state, school.id, None).await;
        assert!(plan.is_ok(), "what was looked at last night is young enough to plan from");
    })
    .await;
}

#[tokio::test]
async fn any_change_in_the_mis_means_a_full_read() {
    on_both_engines(async |store: Store| {
        type Change = fn(&mut xod_simulator::school::School);
        let changes: [(&str, Change); 6] = [
            ("a surname", |mis| mis.pupils[0].surname.push_str("-Jones")),
            ("somebody gone", |mis| drop(mis.pupils.remove(3))),
            ("an e-mail", |mis| mis.staff[0].work_email = Some("new@waterside.example".into())),
            ("a member of a group", |mis| {
                mis.pupils
                    .iter_mut()
                    .find(|p| !p.teaching_groups.is_empty())
                    .unwrap()
                    .teaching_groups
                    .clear();
            }),
            ("the name of a class", |mis| mis.groups[0].name.push('x')),
            ("the school year", |mis| mis.academic_year += 1),
        ];
        let nights = Nights::begin(store).await;
        for (name, change) in changes {
            nights.change(change);
            assert_eq!(nights.next().await.0, ReadKind::Full, "{name}");
            assert_eq!(nights.next().await.0, ReadKind::Changes, "after {name}");
        }
    })
    .await;
}

#[tokio::test]
async fn any_doubt_means_a_full_read() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store).await;
        let Bench { state, school } = &nights.school.bench;
        let marked = async |change: fn(&mut rollcall_engine::domain::roster::ReadMarks)| {
            let mut roster = state.store.find_roster(school.id).await.unwrap().unwrap().roster;
            change(roster.marks.as_mut().unwrap());
            state.store.save_roster(school.id, &roster).await.unwrap();
        };
        marked(|marks| marks.tables[1].seen = "0".repeat(32)).await;
        assert_eq!(nights.next().await.0, ReadKind::Full, "XoD does not know the mark");
        marked(|marks| marks.tables[0].call.push_str("&select=Id")).await;
        assert_eq!(nights.next().await.0, ReadKind::Full, "another call than last time");
        marked(|marks| marks.full_read_at -= TimeDelta::days(7)).await;
        assert_eq!(nights.next().await.0, ReadKind::Full, "a week has gone by");
        marked(|marks| {
            marks.members_turn_on = Some(fixtures::day("2026-01-01").unwrap());
        })
        .await;
        assert_eq!(nights.next().await.0, ReadKind::Full, "a membership has begun or ended");
        assert_eq!(nights.next().await.0, ReadKind::Changes);

        nights.change(|mis| {
            let granted = &mut mis.authorisation.granted;
            granted.retain(|scope| scope.name() != "StudentExtended");
        });
        assert_eq!(nights.next().await.0, ReadKind::Full, "less is shared");
        assert_eq!(nights.next().await.0, ReadKind::Full, "nor is that believed soon after");
    })
    .await;
}
