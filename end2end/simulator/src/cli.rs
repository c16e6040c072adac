//! The command line: some settings, and any number of schools.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::{
    config::{
        Config, DEFAULT_APP_ID, DEFAULT_CALLBACK, DEFAULT_MANAGEMENT_SECRET, SchoolSpec,
        usual_staff,
    },
    faults::Fault,
};

/// The flags that describe the school before them.
const OF_A_SCHOOL: [(&str, &str, &str); 9] = [
    ("pupils", "N", "Pupils on roll, 30 to 20000"),
    ("staff", "N", "Current staff"),
    ("seed", "N", "What the school is generated from"),
    ("name", "NAME", "What the school is called"),
    ("year", "YYYY", "The school year: 2025 means 2025/26"),
    ("unconnected", "", "The school has not authorised the application"),
    ("new-to-xod", "", "Unconnected, and needs an installation"),
    ("no-teaching-groups", "", "The school has no teaching groups"),
    ("dialect", "JSON", "How its feed writes what real feeds write in more than one way"),
];

/// The program's flags.
#[must_use]
pub fn command() -> Command {
    let mut command = Command::new("xod-simulator")
        .about("A stand-in for Xporter-on-Demand, over schools generated from a seed")
        .arg(
            flag("listen", "ADDRESS", "Where to listen; port 0 takes any")
                .default_value("127.0.0.1:8090")
                .value_parser(value_parser!(SocketAddr)),
        )
        .arg(flag("app", "ID", "The application's id").default_value(DEFAULT_APP_ID))
        .arg(
            flag("management-secret", "SECRET", "The application's management secret")
                .default_value(DEFAULT_MANAGEMENT_SECRET),
        )
        .arg(
            flag("callback", "URL", "Where schools' decisions are reported")
                .default_value(DEFAULT_CALLBACK),
        )
        .arg(
            flag("state", "FILE", "Keeps what changed over a restart")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            flag("fault", "JSON", "Something that goes wrong, as for POST /_simulator/faults")
                .action(ArgAction::Append),
        )
        .arg(
            flag("school", "ESTAB", "A school; the flags after it, up to the next, describe it")
                .action(ArgAction::Append)
                .help_heading("Schools"),
        );
    for (name, value, help) in OF_A_SCHOOL {
        let arg = Arg::new(name).long(name).help(help).action(ArgAction::Append);
        let arg = arg.help_heading("Schools").requires("school");
        command = command.arg(match value {
            "" => arg.num_args(0).default_missing_value("true"),
            value => arg.value_name(value),
        });
    }
    command
}

fn flag(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// Reads the flags. Without a school there is one to begin with.
///
/// # Errors
/// Says which flag cannot be read.
pub fn config(matches: &ArgMatches) -> Result<Config, clap::Error> {
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let mut config = Config {
        app_id: text("app"),
        management_secret: text("management-secret"),
        callback: text("callback"),
        state: matches.get_one::<PathBuf>("state").cloned(),
        schools: schools(matches)?,
        faults: faults(matches)?,
        ..Config::default()
    };
    if let Some(listen) = matches.get_one::<SocketAddr>("listen") {
        config.listen = *listen;
    }
    if config.schools.is_empty() {
        config.schools.push(SchoolSpec::new("3281102").pupils(420).staff(46).seed(7));
    }
    Ok(config)
}

/// The schools, each with the flags that follow it.
fn schools(matches: &ArgMatches) -> Result<Vec<SchoolSpec>, clap::Error> {
    let mut given: Vec<(usize, &str, String)> = values(matches, "school").collect();
    for (name, _, _) in OF_A_SCHOOL {
        given.extend(values(matches, name));
    }
    given.sort_by_key(|(index, _, _)| *index);
    let mut schools: Vec<SchoolSpec> = Vec::new();
    let mut has_staff = false;
    for (_, name, value) in given {
        if name == "school" {
            schools.push(SchoolSpec::new(value));
            has_staff = false;
            continue;
        }
        let Some(school) = schools.last_mut() else {
            return Err(refuse(format!("--{name} describes a school: put it after --school\n")));
        };
        has_staff |= name == "staff";
        describe(school, name, value)?;
        if !has_staff {
            school.staff = usual_staff(school.pupils);
        }
    }
    for school in &schools {
        school.check().map_err(|error| refuse(format!("{error}\n")))?;
    }
    Ok(schools)
}

/// What goes wrong from the start.
fn faults(matches: &ArgMatches) -> Result<Vec<Fault>, clap::Error> {
    let fault = |(_, _, json): (usize, &str, String)| {
        serde_json::from_str(&json).map_err(|error| refuse(format!("--fault {json:?}: {error}\n")))
    };
    values(matches, "fault").map(fault).collect()
}

fn values<'a>(
    matches: &'a ArgMatches,
    name: &'a str,
) -> impl Iterator<Item = (usize, &'a str, String)> + 'a {
    let indices = matches.indices_of(name).into_iter().flatten();
    let values = matches.get_many::<String>(name).into_iter().flatten();
    indices.zip(values).map(move |(index, value)| (index, name, value.clone()))
}

fn describe(school: &mut SchoolSpec, name: &str, value: String) -> Result<(), clap::Error> {
    match name {
        "pupils" => school.pupils = number(name, &value)?,
        "staff" => school.staff = number(name, &value)?,
        "seed" => school.seed = number(name, &value)?,
        "year" => school.academic_year = number(name, &value)?,
        "name" => school.name = Some(value),
        "dialect" => {
            school.dialect = serde_json::from_str(&value)
                .map_err(|error| refuse(format!("--dialect {value:?}: {error}\n")))?;
        }
        "unconnected" => school.unconnected = true,
        "new-to-xod" => {
            school.unconnected = true;
            school.new_to_xod = true;
        }
        _ => school.teaching_groups = false,
    }
    Ok(())
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, clap::Error> {
    value.parse().map_err(|_| refuse(format!("--{name} takes a number, not {value:?}\n")))
}

fn refuse(message: String) -> clap::Error {
    clap::Error::raw(clap::error::ErrorKind::ValueValidation, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Config, clap::Error> {
        let words = std::iter::once("xod-simulator").chain(line.split_whitespace());
        config(&command().try_get_matches_from(words)?)
    }

    #[test]
    fn flags_belong_to_the_school_before_them() {
        let config = parse(
            "--listen 127.0.0.1:0 --school 3281102 --pupils 420 --staff 46 --seed 7 \
             --school 3281103 --unconnected --pupils 60 --school 3302005 --new-to-xod --name Hill",
        )
        .unwrap();
        assert_eq!(
            config.schools,
            [
                SchoolSpec::new("3281102").pupils(420).staff(46).seed(7),
                SchoolSpec::new("3281103").pupils(60).unconnected(),
                SchoolSpec::new("3302005").new_to_xod().named("Hill"),
            ]
        );
    }

    #[test]
    fn defaults_are_those_of_the_library() {
        let (parsed, plain) = (parse("").unwrap(), Config::default());
        assert_eq!(parsed.listen, plain.listen);
        assert_eq!(parsed.app_id, plain.app_id);
        assert_eq!(parsed.management_secret, plain.management_secret);
        assert_eq!(parsed.callback, plain.callback);
        assert_eq!(parsed.schools.len(), 1, "there is a school to begin with");
    }

    #[test]
    fn refuses_a_flag_of_a_school_that_does_not_follow_one() {
        let error = parse("--pupils 60 --school 3281102").unwrap_err();
        assert!(error.to_string().contains("--pupils describes a school"), "{error}");
    }

    #[test]
    fn faults_can_be_there_from_the_start() {
        let config = parse(r#"--fault {"match":"token","kind":"html"}"#).unwrap();
        assert_eq!(config.faults.len(), 1);
        assert!(parse("--fault rain").is_err());
    }

    #[test]
    fn a_school_may_have_a_dialect_of_its_own() {
        let config = parse(
            r#"--school 3281102 --dialect {"full_scopes":true} --school 3281103 --pupils 60"#,
        )
        .unwrap();
        let lists_full: Vec<bool> =
            config.schools.iter().map(|school| school.dialect.full_scopes).collect();
        assert_eq!(lists_full, [true, false]);
        for wrong in ["{", r#"{"full_scopes":3}"#, r#"{"accent":true}"#] {
            let line = format!("--school 3281102 --dialect {wrong}");
            assert!(parse(&line).unwrap_err().to_string().contains("--dialect"), "{wrong}");
        }
    }

    #[test]
    fn refuses_a_school_number_that_is_none() {
        assert!(parse("--school 12").unwrap_err().to_string().contains("seven digits"));
    }
}
