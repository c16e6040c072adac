// What an admin lands on: the figures, the connection, and what needs doing.
import { Fragment } from "react";
import { useAsked } from "./api.js";
import { counted, MailNotices, moment, SendToAll, SlowedNotice } from "./notices.jsx";
import { Asked, Notice, PageShell } from "./parts.jsx";

export default function Dashboard({ school }) {
  const figures = useAsked("/api/dashboard");
  return (
    <PageShell title={school.name} isWide>
      <Asked asked={figures}>{(figures) => <Figures {...figures} />}</Asked>
    </PageShell>
  );
}

function Figures({ going, held, mail, slowed, last_run, schedule, connection, ...figures }) {
  return (
    <div className="stack-large">
      {going && (
        <Notice title="A run is in progress">
          <p>Accounts are being changed now. <a href={`/wizard/run/${going}`}>See its progress</a></p>
        </Notice>
      )}
      {held && <HeldNotice {...held} isReady={connection === "ready"} />}
      <MailNotices {...mail} />
      {slowed.length > 0 && <SlowedNotice slowed={slowed} />}
      <ul className="grid grid-small">
        <Tile count={figures.pupils} label="Pupils" href="/users/pupils" />
        <Tile count={figures.staff} label="Staff" href="/users/staff" />
        <Tile count={figures.classes} label="Classes" href="/users/classes" />
        <Tile count={figures.subject_groups} label="Subject groups" href="/users/groups" />
      </ul>
      <div className="grid grid-large">
        <ConnectionPanel state={connection} hasRun={last_run != null} schedule={schedule} />
        {!last_run && <AddByHand />}
        {/* A held run is shown above. */}
        {last_run && last_run.id !== held?.id && <LastRun {...last_run} />}
      </div>
      <ToPutRight {...figures} />
    </div>
  );
}

/** The list of people of each kind, and what is said of so many of them. */
const TO_PUT_RIGHT = {
  not_activated: ["/users/staff", (n) => `${counted(n, "member of staff has", "members of staff have")} not set a password yet`],
  no_email: ["/users/staff", (n) => `${counted(n, "member of staff has", "members of staff have")} no e-mail address`],
  no_class: ["/users/pupils", (n) => `${counted(n, "pupil is", "pupils are")} in no class`],
  never_signed_in: ["/users/pupils", (n) => `${counted(n, "pupil has", "pupils have")} never signed in`],
};

function ToPutRight({ last_sync: run, to_put_right, purged_soon, purged_by }) {
  const links = [];
  if (run?.possible_duplicates) {
    links.push(["/wizard/summary/possible-duplicate", `${counted(run.possible_duplicates, "possible duplicate was", "possible duplicates were")} left out of the last sync`]);
  }
  if (run?.problems) {
    links.push([`/runs/${run.id}/people/problem`, `${counted(run.problems, "person", "people")} in your MIS could not be imported`]);
  }
  for (const { what, people } of to_put_right) {
    const [list, words] = TO_PUT_RIGHT[what] ?? [];
    if (list) links.push([`${list}?to_put_right=${what}`, words(people)]);
  }
  if (purged_soon > 0) {
    links.push([`/users/trash?purged_by=${purged_by}`, `${counted(purged_soon, "person", "people")} in the trash will be deleted for good within a month`]);
  }
  if (links.length === 0) return null;
  return (
    <section className="panel">
      <h2>To put right</h2>
      <ul className="stack">{links.map(([href, words]) => <li key={href}><a href={href}>{words}</a></li>)}</ul>
      {to_put_right.some(({ what }) => what === "not_activated") && <SendToAll />}
    </section>
  );
}

function HeldNotice({ cause, at, message, isReady }) {
  return (
    <Notice tone="warning" title={`${cause === "schedule" ? "The nightly sync" : "A sync"} is waiting for you`}>
      <p>{moment(at)}: {message}</p>
      <p>
        Nothing was changed.{" "}
        {isReady
          ? <><a href="/wizard/summary">Look at the summary</a>, and finish it there if everything is right.</>
          : <>It can continue once your MIS is <a href="/set-up">connected again</a>.</>}
      </p>
    </Notice>
  );
}

function Tile({ count, label, href }) {
  return (
    <li>
      <div className="tile">
        <span className="figure">{count}</span>
        <a href={href}>{label}</a>
      </div>
    </li>
  );
}

/** The title of the connection's panel, its words, and where its button leads. */
function wordsOf(state, hasRun) {
  switch (state) {
    case "not_set_up":
      return ["Connect your MIS", "Your MIS already has every pupil and member of staff. Connect it once, and accounts are created and kept up to date from it.", "/set-up", "Connect your MIS"];
    case "ready":
      return hasRun
        ? ["Your MIS is connected", "Run the wizard for a new intake, a new school year, or any change in your MIS.", "/wizard", "Update users from your MIS"]
        : ["Your MIS is connected", "The wizard takes you through five short steps, and shows what will happen before it happens.", "/wizard", "Start the MIS sync wizard"];
    case "rejected":
    case "revoked":
    case "secret_rejected":
      return ["Your MIS is no longer connected", "Accounts stay as they are. To update them from your MIS, your school has to give consent again.", "/set-up/waiting", "See what to do"];
    default:
      return ["Your MIS is being connected", "One or more people still have something to do before it is ready.", "/set-up/waiting", "See what happens next"];
  }
}

function ConnectionPanel({ state, hasRun, schedule }) {
  const [title, words, href, button] = wordsOf(state, hasRun);
  const isReady = state === "ready";
  return (
    <section className="panel">
      <h2>{title}</h2>
      <p>{words}</p>
      <div className="button-row">
        <a href={href} className="button">{button}</a>
        {isReady && <a href="/set-up/waiting">See the connection</a>}
      </div>
      {(hasRun || schedule.is_on) && <p>{nightly(schedule, isReady)} <a href="/users/nightly-sync">Nightly sync</a></p>}
    </section>
  );
}

function nightly({ is_on, pause, last, time }, isReady) {
  if (!is_on) return "Accounts are not updated automatically.";
  if (pause) return `The nightly sync is paused. ${pause.reason}`;
  if (!isReady) return "The nightly sync will continue once your MIS is connected again.";
  if (last?.outcome === "failed") return "The last nightly sync could not be finished.";
  return `Accounts are updated each night at ${time}.`;
}

function AddByHand() {
  return (
    <section className="panel">
      <h2>Add people by hand</h2>
      <p>Someone who is not in your MIS, such as a supply teacher, can be added by hand.</p>
      <a href="/users/staff/new" className="button button-secondary">Add a member of staff</a>
    </section>
  );
}

const KINDS = { sync: "Sync", undo: "Undo", one_person: "One person" };
const CHANGES = ["Created", "Restored", "Linked", "Moved", "Updated", "Left"];

function LastRun({ id, kind, status, is_undone, created_at, finished_at, pupils, staff }) {
  const when = moment(finished_at ?? created_at);
  if (status !== "done") return <UnfinishedRun {...{ id, kind, status, when }} />;
  const changes = CHANGES
    .map((what) => [what, pupils[what.toLowerCase()] + staff[what.toLowerCase()]])
    .filter(([, count]) => count > 0);
  return (
    <section className="panel">
      <h2>Last run</h2>
      <dl className="facts">
        {[["When", when], ["What", KINDS[kind]], ...changes].map(([what, fact]) => (
          <Fragment key={what}><dt>{what}</dt><dd>{fact}</dd></Fragment>
        ))}
      </dl>
      {changes.length === 0 && <p>No changes were needed.</p>}
      {is_undone && <p>It was undone afterwards.</p>}
      <p><a href={`/runs/${id}`}>See this run</a></p>
    </section>
  );
}

const UNFINISHED = { held: "is waiting for you", cancelled: "was stopped" };

function UnfinishedRun({ id, kind, status, when }) {
  const advice = kind === "undo"
    ? "It was an undo. You can continue undoing from there."
    : "Look at it, then open the summary: it shows what is left to do.";
  return (
    <section className="panel panel-problem">
      <h2>The last run {UNFINISHED[status] ?? "did not finish"}</h2>
      <p>{when}. {advice}</p>
      <a href={`/wizard/run/${id}`} className="button button-secondary">See what happened</a>
    </section>
  );
}
