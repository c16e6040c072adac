// The dashboard's notices about e-mail and sign-ins, and the button that sends activation e-mails again.
import { useState, useTransition } from "react";
import { post } from "./api.js";
import { Button, Notice, ProblemPanel, useFocus } from "./parts.jsx";
import { useSession } from "./session.jsx";

/** "1 person", "1,204 people". */
export const counted = (count, one, many) => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

/** "1 September 2026 at 08:30", in the browser's time zone. */
export const moment = (at) => new Date(at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });

/** "14:05", in the browser's time zone. */
const timeOfDay = (at) => new Date(at).toLocaleTimeString("en-GB", { timeStyle: "short" });

const MAIL_STOPS = {
  sign_in: "the mail server does not accept the name and password that are set up for it here. Tell the person who looks after this server: the password may have changed.",
  sender: "the mail server does not accept the address that our e-mails come from. Tell the person who looks after this server: the sender’s address may not be allowed there.",
  quota: "we have reached the mail server’s limit for now. This usually clears by itself within a day.",
  busy: "the mail server says that it can’t accept e-mails at the moment. This usually clears by itself. If it lasts longer than a day, tell the person who looks after this server.",
  not_secure: "we can’t make a secure connection to the mail server. Tell the person who looks after this server: its certificate or its settings may have changed.",
  unreachable: "the mail server can’t be reached. If it lasts longer than an hour, tell the person who looks after this server.",
  too_slow: "the mail server does not answer in time. If it lasts longer than an hour, tell the person who looks after this server.",
};

export function MailNotices({ waiting, put_off, stopped, undelivered }) {
  return (
    <>
      {stopped && (
        <Notice tone="warning" title="E-mail is not going out">
          <p>Since {moment(stopped.since)}: {MAIL_STOPS[stopped.why]}</p>
          <p>
            {counted(waiting, "message is waiting", "messages are waiting")}, and will be sent automatically once this is
            fixed. The next try is at about {timeOfDay(stopped.try_again)}. After five days we stop trying: you are told
            here, and can send it again.
          </p>
        </Notice>
      )}
      {put_off > 0 && (
        <Notice title="Some e-mails are late">
          <p>
            {counted(put_off, "e-mail was", "e-mails were")} not accepted by the mail server yet, although it accepts
            others. We will try again, every few minutes at first, then every hour. If an e-mail can’t be sent within five
            days, we stop trying and tell you here.
          </p>
        </Notice>
      )}
      {undelivered > 0 && (
        <Notice tone="warning" title="Activation e-mails were not delivered">
          <p>
            {counted(undelivered, "member of staff", "members of staff")} can’t set a password yet, because the e-mail with
            the link did not reach them. Check their addresses, correct any mistakes, or send it again.{" "}
            <a href="/users/staff?undelivered=true">See these people</a>
          </p>
        </Notice>
      )}
    </>
  );
}

const SLOWED = {
  at_school: "there were wrong passwords for many usernames at your school’s address. Anyone who mistypes there has to wait before trying again. Everyone else signs in as usual.",
  elsewhere: "some sign-ins away from school are slowed, because there were many wrong passwords in one place or for one username. At school, and on devices used before, no one has to wait.",
  new_devices: "someone outside school seems to be guessing pupils’ passwords. Until this stops, pupils with pictures or easy passwords need the QR code on their login card to sign in on new devices away from school. At school, and on devices they have used before, nothing has changed.",
  shared_devices: "there have been many wrong passwords on shared devices away from school. Until this stops, pupils with two pictures need their login card on a shared device they have not signed in on before. At school nothing has changed.",
  pictures: "there have been many wrong tries at pupils’ pictures. Children may be mixing them up, or someone may be guessing. No one has to wait because of it.",
};

export function SlowedNotice({ slowed }) {
  return (
    <Notice tone="warning" title="Many wrong passwords">
      {slowed.map(({ place, since }) => <p key={place}>Since {moment(since)}: {SLOWED[place]}</p>)}
      <p><a href="/users/sign-ins">See sign-ins, and let everyone try again</a></p>
    </Notice>
  );
}

/** Sends the link again to all who have set no password yet. */
export function SendToAll() {
  const { platform } = useSession();
  const [isSending, startSending] = useTransition();
  const [outcome, setOutcome] = useState(null);
  const send = () => startSending(async () => setOutcome(await post("/api/activations")));
  return (
    <div className="stack">
      <p>
        <Button look="button button-secondary" isBusy={isSending} onPress={send}>
          Send activation e-mail again to all staff without a password
        </Button>
      </p>
      {outcome && <Outcome outcome={outcome} keepsMessages={platform?.keeps_messages} />}
      <div role="status" />
    </div>
  );
}

function Outcome({ outcome, keepsMessages }) {
  const { answer, problem } = outcome;
  return (
    <div tabIndex={-1} className="said stack" ref={useFocus(outcome)}>
      {problem ? <ProblemPanel problem={problem} /> : <Notice tone="success"><p>{said(answer, keepsMessages)}</p></Notice>}
    </div>
  );
}

/** What was queued, and who was left out and why. */
function said({ queued, waiting, recent, no_address }, keepsMessages) {
  if (queued + waiting + recent + no_address === 0) return "No e-mails were sent: all staff have set a password.";
  const emails = counted(queued, "new activation e-mail is", "new activation e-mails are");
  const where = keepsMessages ? "kept here, because no mail server is set up" : "on the way";
  const others = keepsMessages
    ? `${counted(waiting, "other is", "others are")} already kept here.`
    : `${counted(waiting, "other is still waiting", "others are still waiting")} to be sent.`;
  return [
    queued > 0 ? `${emails} ${where}. Older links no longer work.` : "No new activation e-mail was sent.",
    waiting > 0 && others,
    recent > 0 && `${counted(recent, "person was", "people were")} sent one within the last hour. You can send them another individually.`,
    no_address > 0 && `${counted(no_address, "person has", "people have")} no e-mail address, so nothing can be sent to them.`,
  ].filter(Boolean).join(" ");
}
