// Schools of the tests' own: each test makes its own, so that tests don't meet.
import { expect, test } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { binaries, environment, rollcall, simulator } from "./stack.mjs";

/** A school as `rollcall demo` made it. */
export interface School {
  estab: string;
  name: string;
  slug: string;
  email: string;
  password: string;
}

/** Which of the demo's three kinds of school. */
export type Kind = "new" | "hand-made" | "connected";

export interface Size {
  pupils: number;
  staff: number;
  seed: number;
  newToXod?: boolean;
}

async function told(path: string, method: string, body?: unknown): Promise<Response> {
  const reply = await fetch(`${simulator}/_simulator${path}`, {
    method,
    headers: { "content-type": "application/json", accept: "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  return reply;
}

/**
 * The number of the next school of the running test. It follows from the test's file and title, and
 * the school's people follow from it: a test sees the same people whenever and beside whatever it is
 * run, until it is renamed.
 */
function nextEstab(): string {
  const { testId, repeatEachIndex, annotations } = test.info();
  const made = annotations.filter(({ type }) => type === "school").length;
  const drawn = createHash("sha256").update(`${testId} ${repeatEachIndex} ${made}`).digest().readUInt32BE();
  const estab = (1_000_000 + (drawn % 9_000_000)).toString();
  annotations.push({ type: "school", description: estab });
  return estab;
}

/** Makes a school on the simulator and in Rollcall, or in the Rollcall of another environment. */
export async function makeSchool(kind: Kind, size: Size, env: NodeJS.ProcessEnv = environment): Promise<School> {
  const estab = nextEstab();
  await told("/schools", "POST", {
    estab,
    name: `Test School ${estab}`,
    pupils: size.pupils,
    staff: size.staff,
    seed: size.seed,
    unconnected: kind !== "connected",
    new_to_xod: size.newToXod ?? false,
  });
  const output = execFileSync(join(binaries, "rollcall"), ["demo", "--school", `${kind}:${estab}`, "--out", "-"], {
    env,
    encoding: "utf8",
  });
  return (JSON.parse(output) as { schools: School[] }).schools[0]!;
}

/** Moves a school on the simulator into its next school year. */
export const advanceYear = (school: School) => told(`/schools/${school.estab}/advance-year`, "POST");

/** As an MIS does that turns its year weeks before its pupils: those who stay are in their old year group. */
export async function advanceYearBeforePupils(school: School): Promise<void> {
  const before = new Map((await pupilsOnRoll(school)).map((pupil) => [pupil.id, pupil]));
  await advanceYear(school);
  for (const { id } of await pupilsOnRoll(school)) {
    const was = before.get(id);
    if (was?.year_group) await changePupil(school, { id }, { year_group: `${was.year_group}` });
  }
}

/** Gives one of the MIS's groups another name and code. */
export const renameGroup = (school: School, group: string, name: string, code: string) =>
  told(`/schools/${school.estab}/groups/${encodeURIComponent(group)}`, "PATCH", { name, code });

/** Adds a pupil to the MIS who is in no year group and no class. */
export const addPupilWithoutYear = (school: School, forename: string, surname: string) =>
  told(`/schools/${school.estab}/students`, "POST", { forename, surname, year_group: null, class: null });

/** A pupil as the MIS has them. */
export interface MisPupil {
  id: number;
  forename: string;
  surname: string;
  legal_forename: string;
  legal_surname: string;
  born: string;
  upn: string | null;
  former_upn: string | null;
  /** The MIS's numbers of the groups. */
  year_group: number | null;
  classes: number[];
}

/** The MIS's pupils on the roll. */
export async function pupilsOnRoll(school: School): Promise<MisPupil[]> {
  const reply = await told(`/schools/${school.estab}/people`, "GET");
  const { students } = (await reply.json()) as { students: (MisPupil & { status: string })[] };
  return students.filter(({ status }) => status === "OnRoll");
}

/** Those of the MIS's pupils who are in a class, and whose names nobody shares, not even in part. */
export async function plainPupils(school: School): Promise<MisPupil[]> {
  const all = await pupilsOnRoll(school);
  const shares = (one: MisPupil, other: MisPupil) =>
    one !== other && (one.surname === other.surname || one.forename === other.forename);
  return all.filter(
    (one) =>
      /^[A-Z][a-z]+$/.test(one.forename) &&
      /^[A-Z][a-z]+$/.test(one.surname) &&
      one.legal_forename === one.forename &&
      one.legal_surname === one.surname &&
      one.classes.length === 1 &&
      one.upn !== null &&
      !all.some((other) => shares(one, other)),
  );
}

/** Changes a pupil of the MIS. */
export const changePupil = (
  school: School,
  pupil: { id: number },
  now: Partial<Omit<MisPupil, "id" | "year_group"> & { year_group: string }>,
) =>
  told(`/schools/${school.estab}/students/${pupil.id}`, "PATCH", now);

/** Takes a pupil out of the MIS. */
export const removePupil = (school: School, pupil: { id: number }) =>
  told(`/schools/${school.estab}/students/${pupil.id}?as=vanished`, "DELETE");

/** Adds a pupil to the MIS, with a record and numbers of their own, to the year group and class of another. */
export const addPupilBeside = (
  school: School,
  { year_group, classes }: MisPupil,
  who: Pick<MisPupil, "forename" | "surname"> & Partial<MisPupil>,
) =>
  told(`/schools/${school.estab}/students`, "POST", {
    ...who,
    year_group: `${year_group}`,
    classes: classes.map(String),
  });

/** The UPN of these twelve characters: its check letter goes before them. */
export function upnOf(twelve: string): string {
  const sum = [...twelve].reduce((sum, digit, place) => sum + Number(digit) * (place + 2), 0);
  return `${"ABCDEFGHJKLMNPQRTUVWXYZ"[sum % 23]}${twelve}`;
}

/** Gives a pupil of the MIS another surname. */
export async function renamePupil(school: School, forename: string, surname: string, now: string): Promise<void> {
  const pupils = await pupilsOnRoll(school);
  const pupil = pupils.find((one) => one.forename === forename && one.surname === surname)!;
  await changePupil(school, pupil, { surname: now });
}

/** Takes so many pupils out of the MIS. */
export async function removePupils(school: School, count: number): Promise<void> {
  const pupils = await pupilsOnRoll(school);
  expect(pupils.length).toBeGreaterThan(count);
  for (const { id } of pupils.slice(0, count)) await told(`/schools/${school.estab}/students/${id}`, "DELETE");
}

/** Adds a pupil to Year 4 of the MIS who starts on a later day. */
export const expectPupil = (school: School, forename: string, surname: string, entered: string) =>
  told(`/schools/${school.estab}/students`, "POST", {
    forename,
    surname,
    entered,
    year_group: "Year  4",
    status: "PreAdmission",
  });

/** Gives some pupil of the MIS another first name; who it is. */
export async function renameSomePupil(school: School, forename: string): Promise<{ surname: string; before: string }> {
  const [pupil] = (await pupilsOnRoll(school)) as [MisPupil];
  await changePupil(school, pupil, { forename });
  return { surname: pupil.surname, before: pupil.forename };
}

/** Makes XoD's replies about a school's pupils go wrong, until it is told to stop. */
export const breakXod = (school: School, fault: object) =>
  told("/faults", "POST", { match: `/school/${school.estab}/students`, times: 1_000, ...fault });
export const mendXod = (school: School) => told(`/faults?match=${school.estab}`, "DELETE");

/** Makes the next reply about the school itself, once it has consented, a page for people. */
export const hideSchoolOnce = (school: School) =>
  told("/faults", "POST", { match: `/school/${school.estab}/schoolinfo`, times: 1, kind: "html" });

/** What the school does at XoD, without its pages: `pause`, `resume`, `revoke`, `install`. */
export const atXod = (school: School, does: string) => told(`/schools/${school.estab}/${does}`, "POST", {});

/** Approves these data areas as on the consent page: a new secret, and a callback. */
export const authorise = (school: School, scopes: string[]) =>
  told(`/schools/${school.estab}/authorise`, "POST", { scopes });

/** Narrows or widens what is shared, without a word to anybody. */
export const share = (school: School, scopes: string[]) => told(`/schools/${school.estab}/consent`, "PUT", { scopes });

const run = (args: string[], input?: string): string =>
  execFileSync(join(binaries, "rollcall"), args, { env: environment, encoding: "utf8", input, stdio: "pipe" });

/** A school that Rollcall knows and XoD does not; the link by which its admin sets a password. */
export function schoolUnknownToXod(): string {
  const estab = nextEstab();
  run(["school", "add", "--estab", estab, "--name", `Unknown School ${estab}`]);
  return run(["admin", "add", "--estab", estab, "--email", `head@${estab}.example`]).match(/https?:\/\/\S+/)![0];
}

/** Gives Rollcall the school's secret by hand. */
export async function connectByHand(school: School): Promise<void> {
  const secrets = (await (await told("/secrets", "GET")).json()) as Record<string, string>;
  run(["school", "connect", "--estab", school.estab, "--secret", "-"], secrets[school.estab]);
}

/** A whole run from the command line; how many people left, and how many were created. */
export function sync(school: School): { status: string; left: number; created: { pupils: number } } {
  const output = run(["sync", "--estab", school.estab, "--accept-suggestions", "--json"]);
  return JSON.parse(output) as { status: string; left: number; created: { pupils: number } };
}

/** The names of the MIS's pupils on the roll. */
export async function pupilsOfMis(school: School): Promise<string[]> {
  return (await pupilsOnRoll(school)).map(({ forename, surname }) => `${forename} ${surname}`);
}

/** Adds an admin to a school, from the command line; the link by which they set a password. */
export function addAdmin(school: School, email: string): string {
  const output = execFileSync(
    join(binaries, "rollcall"),
    ["admin", "add", "--estab", school.estab, "--email", email],
    { env: environment, encoding: "utf8" },
  );
  return output.match(/https?:\/\/\S+/)![0];
}

/** The link of the newest e-mail that XoD would have sent to this address. */
export async function consentLink(to: string): Promise<string> {
  const emails = (await (await told("/emails", "GET")).json()) as { to: string; link: string | null; sent_at: string }[];
  const links = emails
    .filter((email) => email.to === to && email.link !== null)
    .sort((one, other) => one.sent_at.localeCompare(other.sent_at));
  const newest = links.at(-1)?.link;
  if (!newest) throw new Error(`XoD sent nothing to ${to}`);
  return newest;
}

/** What Rollcall would have e-mailed to people of this school, newest first. */
export async function messages(school: School): Promise<{ to: string; subject: string; body: string }[]> {
  const reply = await fetch(`${rollcall}/api/messages`);
  const all = (await reply.json()) as { to: string; subject: string; body: string }[];
  return all.filter((message) => message.body.includes(school.name));
}
