//! The staff: a head, teachers, and everybody else a primary school runs on.

use any_ascii::any_ascii;

use super::{Draw, names, touched};
use crate::school::{School, Staff, StaffStatus};

/// Hires as many current staff as the school is to have, and the others that a real MIS holds.
pub(super) fn hire_everybody(school: &mut School, draw: &mut Draw) {
    for role in roles(school.spec.staff) {
        let member = hire(school, draw, role);
        school.staff.push(member);
    }
    if let (Some(head), Some(first)) = (head_of(school.estab()), school.staff.first_mut()) {
        head.put_into(first);
    }
    awkward(school);
    for status in [StaffStatus::Future, StaffStatus::Previous, StaffStatus::Previous] {
        let role =
            if status == StaffStatus::Future { "Class teacher" } else { "Teaching assistant" };
        let mut member = hire(school, draw, role);
        member.status = status;
        school.staff.push(member);
    }
}

/// What a school with so many staff has them do, most important first.
fn roles(staff: u32) -> Vec<&'static str> {
    let teachers = (staff * 2 / 5).max(2);
    let mut roles = vec!["Headteacher", "Class teacher", "Class teacher"];
    roles.extend(["Office manager", "Caterer", "Teaching assistant"]);
    if staff >= 10 {
        roles.extend(["Deputy headteacher", "Caretaker"]);
    }
    if staff >= 14 {
        roles.extend(["SENCo"]);
    }
    roles.extend(std::iter::repeat_n("Class teacher", teachers as usize - 2));
    let left = (staff as usize).saturating_sub(roles.len());
    let others =
        ["Teaching assistant", "Teaching assistant", "Midday supervisor", "Learning mentor"];
    roles.extend(others.into_iter().cycle().take(left));
    roles.truncate(staff as usize);
    roles
}

/// A member of staff with names, ids and addresses of their own.
fn hire(school: &mut School, draw: &mut Draw, role: &str) -> Staff {
    let name = names::adult(draw);
    let id = school.next_staff;
    school.next_staff += draw.between(1, 3);
    let is_teacher =
        matches!(role, "Headteacher" | "Deputy headteacher" | "SENCo" | "Class teacher");
    let title = match name.gender {
        'M' => "Mr",
        _ => draw.word(&["Mrs", "Miss", "Ms", "Mrs"]),
    };
    let mut member = Staff {
        id,
        external_id: draw.guid(),
        xid: draw.xid(&mut school.next_xid),
        title: title.into(),
        forename: name.forename.into(),
        surname: name.surname.into(),
        code: String::new(),
        role: role.into(),
        status: StaffStatus::Current,
        is_teacher,
        is_support: !is_teacher,
        work_email: None,
        work_phone: None,
        home_email: None,
        home_phone: Some(format!("07700 900{:03}", draw.below(1000))),
        last_updated: touched(school.academic_year, id),
    };
    member.code = free_code(school, &member);
    match role {
        // Only a telephone.
        "Caterer" => {}
        "Midday supervisor" => member.home_email = Some(home_email(&member)),
        _ => {
            member.work_email = Some(free_email(school, &member));
            member.work_phone = draw.percent(20).then(|| school.telephone.clone());
            member.home_email = draw.percent(60).then(|| home_email(&member));
        }
    }
    member
}

/// Somebody new in the place of one who left.
pub(crate) fn replacement(school: &mut School, draw: &mut Draw, role: &str) -> Staff {
    hire(school, draw, role)
}

/// Gives the person the code and the work address that go with the name.
pub(crate) fn reset_emails(school: &School, member: &mut Staff) {
    member.code = free_code(school, member);
    member.work_email = Some(free_email(school, member));
}

/// "JSM" for Jane Smith, with a number where somebody has it.
fn free_code(school: &School, member: &Staff) -> String {
    let letters = |name: &str, count| -> String {
        any_ascii(name).chars().filter(char::is_ascii_alphabetic).take(count).collect()
    };
    let base = format!("{}{}", letters(&member.forename, 1), letters(&member.surname, 2));
    first_free(&base.to_uppercase(), "", |code| {
        school.staff.iter().any(|other| other.id != member.id && other.code == code)
    })
}

/// `j.smith@waterside.example`, with a number where somebody has it.
fn free_email(school: &School, member: &Staff) -> String {
    let base = local_part(member);
    first_free(&base, &format!("@{}", school.domain), |email| {
        school
            .staff
            .iter()
            .any(|other| other.id != member.id && other.work_email.as_deref() == Some(email))
    })
}

fn home_email(member: &Staff) -> String {
    format!("{}{}@mail.example", local_part(member), member.id % 100)
}

fn local_part(member: &Staff) -> String {
    let fold = |name: &str| -> String {
        any_ascii(name).to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
    };
    let initial: String = fold(&member.forename).chars().take(1).collect();
    format!("{initial}.{}", fold(&member.surname))
}

fn first_free(base: &str, end: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut candidate = format!("{base}{end}");
    let mut number = 2;
    while is_taken(&candidate) {
        candidate = format!("{base}{number}{end}");
        number += 1;
    }
    candidate
}

/// A head who leads two schools with neighbouring numbers, whatever their seeds.
struct Head {
    title: &'static str,
    forename: &'static str,
    surname: &'static str,
    email: String,
}

fn head_of(estab: &str) -> Option<Head> {
    const HEADS: [(&str, &str, &str); 8] = [
        ("Mrs", "Rachel", "Penrose"),
        ("Mr", "David", "Okonkwo"),
        ("Ms", "Helen", "Hargreaves"),
        ("Mrs", "Nasreen", "Malik"),
        ("Mr", "Gareth", "Llewellyn"),
        ("Miss", "Fiona", "Braithwaite"),
        ("Mrs", "Joanne", "Whittaker"),
        ("Dr", "Andrew", "Boateng"),
    ];
    let federation = estab.parse::<usize>().ok()? / 2;
    let (title, forename, surname) = HEADS.get(federation % HEADS.len())?;
    let initial = forename.chars().next()?.to_ascii_lowercase();
    let domain = format!("federation-{federation}.example");
    let email = format!("{initial}.{}@{domain}", surname.to_ascii_lowercase());
    Some(Head { title, forename, surname, email })
}

impl Head {
    fn put_into(self, member: &mut Staff) {
        member.title = self.title.into();
        member.forename = self.forename.into();
        member.surname = self.surname.into();
        member.code = "HEAD".into();
        member.work_email = Some(self.email);
        member.home_email = None;
    }
}

/// The people whose records give trouble, as far as there are teachers for it.
fn awkward(school: &mut School) {
    let teachers: Vec<usize> = (0..school.staff.len())
        .filter(|index| school.staff.get(*index).is_some_and(|one| one.role == "Class teacher"))
        .collect();
    let names = [
        (4, "Miss", "Zoë", "Brontë"),
        (5, "Mr", "John", "Smith"),
        (6, "Mrs", "Jane", "Smith"),
        (7, "Mrs", "Siobhán", "O'Brien-Hughes"),
        (8, "MISS", "KAREN", "FISHER"),
        // Forename initial and surname together read badly.
        (9, "Mrs", "Wendy", "Anker"),
        // And this one only seems to.
        (10, "Mr", "Simon", "Cockburn"),
        (11, "Mr", "Łukasz", "Wiśniewski"),
    ];
    for (number, title, forename, surname) in names {
        let Some(mut member) =
            teachers.get(number).and_then(|index| school.staff.get(*index)).cloned()
        else {
            continue;
        };
        member.title = title.into();
        member.forename = forename.into();
        member.surname = surname.into();
        member.home_email = None;
        reset_emails(school, &mut member);
        put_back(school, member);
    }
    let shared = format!("classteam@{}", school.domain);
    for (number, index) in teachers.iter().enumerate() {
        let Some(member) = school.staff.get_mut(*index) else { continue };
        match number {
            // A home address only; neither; and two who share one.
            1 => {
                member.work_email = None;
                member.home_email = Some(home_email(member));
            }
            0 if teachers.len() > 3 => {
                member.work_email = None;
                member.home_email = None;
            }
            2 | 3 if teachers.len() > 3 => member.work_email = Some(shared.clone()),
            _ => {}
        }
    }
}

fn put_back(school: &mut School, member: Staff) {
    if let Some(place) = school.staff.iter_mut().find(|other| other.id == member.id) {
        *place = member;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_has_exactly_the_staff_it_is_to_have() {
        for staff in 6..200 {
            let roles = roles(staff);
            assert_eq!(roles.len(), staff as usize);
            assert!(roles.contains(&"Caterer"));
        }
    }

    #[test]
    fn neighbouring_schools_share_their_head() {
        let (one, other) = (head_of("3281102").unwrap(), head_of("3281103").unwrap());
        assert_eq!(one.email, other.email);
        assert_ne!(one.email, head_of("3281104").unwrap().email);
    }
}
