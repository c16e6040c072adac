// The school's own address. The username comes first, so that a child with a picture PIN is shown pictures next.
import { startTransition, useEffect, useLayoutEffect, useState, useTransition } from "react";
import { post, useAsked } from "./api.js";
import { AskedPage, Button, Field, Notice, PageShell, useFocus } from "./parts.jsx";
import { Pictures } from "./Pictures.jsx";
import { Link, navigate, useHere } from "./router.jsx";
import { forgetSchool, rememberSchool, startPage, useSession } from "./session.jsx";

/** `onStaff` is called once it is known that a member of staff is signing in. */
export function SignIn({ slug, onStaff }) {
  const school = useAsked(`/api/schools/${slug}`);
  const isUnknown = school.problem?.type === "not-found";
  useEffect(() => {
    if (school.answer) rememberSchool(school.answer.slug);
    if (isUnknown) forgetSchool();
  }, [school.answer, isUnknown]);
  if (school.answer) return <SignInAt school={school.answer} onStaff={onStaff} />;
  if (!isUnknown) return <AskedPage title="Sign in" asked={school} />;
  return (
    <PageShell title="There is no school at this address">
      <p>Check the address on your login card, or find your school by its name or number.</p>
      <a href="/?choose=yes" className="button">Find your school</a>
    </PageShell>
  );
}

/** What was done with the sign-in form of the static shell before the app had arrived. */
function readShell() {
  const input = document.querySelector("#shell input");
  return {
    username: input?.value ?? "",
    isTyping: input != null && input === document.activeElement,
    isSent: document.querySelector("#shell form[data-sent]") != null,
  };
}

const submitting = (act) => (event) => {
  event.preventDefault();
  act();
};

const missing = (field, message) => ({ errors: [{ field, message }] });

const CARD_NEEDED = {
  title: "Use your login card to sign in here",
  detail: "Point the camera of this device at the square code on your card. On a device you have signed in on before, or at school, you can type your username.",
};

function SignInAt({ school, onStaff }) {
  const [early] = useState(readShell);
  const [username, setUsername] = useState(early.username);
  const [secret, setSecret] = useState("");
  /** How they sign in: with a "password", or with so many "pictures". */
  const [way, setWay] = useState(null);
  /** Why they can't sign in here, or not yet. */
  const [refusal, setRefusal] = useState(null);
  const [problem, setProblem] = useState(null);
  const [hasComeBack, setComeBack] = useState(false);
  const [isBusy, startAsking] = useTransition();
  const goIn = useGoIn();

  const ask = (address, password) =>
    post(`/api/schools/${school.slug}/${address}`, { username: username.trim(), password });

  const giveUsername = () => {
    if (!username.trim()) return setProblem(missing("username", "Enter your username"));
    if (isBusy) return;
    startAsking(async () => {
      const { answer, problem } = await ask("sign-in-with", "");
      setProblem(problem);
      if (!answer) return;
      // Pupils have no e-mail address.
      if (answer.username.includes("@")) onStaff();
      setUsername(answer.username);
      if (answer.with === "card") setRefusal(CARD_NEEDED);
      else setWay(answer.with);
    });
  };

  const signIn = (secret) => startAsking(async () => {
    const { answer: me, problem } = await ask("sign-in", secret);
    if (me) return goIn(me);
    setSecret("");
    const isEarly = problem.type === "not-yet";
    setProblem(isEarly ? null : problem);
    if (isEarly) setRefusal(problem);
  });

  const givePassword = () => {
    if (!secret) setProblem(missing("password", "Enter your password"));
    else if (!isBusy) signIn(secret);
  };

  const startAgain = () => {
    setProblem(null);
    setSecret("");
    setWay(null);
    setRefusal(null);
    setComeBack(true);
  };

  // Once the page shell, whose effects come first, has shown the page.
  useLayoutEffect(() => {
    if (early.isTyping) document.getElementById("username").focus();
    if (early.isSent) giveUsername();
  }, []);

  return (
    // With pictures the problem is shown above the keypad, which keeps the focus.
    <PageShell title={`Sign in to ${school.name}`} problem={way?.pictures ? null : problem}>
      <AlreadySignedIn />
      <div className="narrow-panel">
        {refusal ? (
          <Refusal {...refusal} onElse={startAgain} />
        ) : way ? (
          <>
            <p className="row row-spread">
              <span>Signing in as <strong className="credential">{username}</strong></span>
              <Button look="button-quiet" onPress={startAgain}>Not you?</Button>
            </p>
            {way.pictures ? (
              <Pictures
                count={way.pictures}
                pin={secret}
                onChange={setSecret}
                onComplete={signIn}
                problem={problem}
                isBusy={isBusy}
              />
            ) : (
              <form noValidate onSubmit={submitting(givePassword)}>
                <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
                <Field
                  id="password"
                  label="Password"
                  type="password"
                  autoComplete="current-password"
                  value={secret}
                  onChange={setSecret}
                  problem={problem}
                  autoFocus
                />
                <Button isBusy={isBusy}>Sign in</Button>
              </form>
            )}
          </>
        ) : (
          <form noValidate onSubmit={submitting(giveUsername)}>
            <Field
              id="username"
              label="Username"
              hint="It is on your login card. Staff can use their e-mail address."
              autoComplete="username"
              value={username}
              onChange={setUsername}
              problem={problem}
              autoFocus={hasComeBack}
            />
            <Button isBusy={isBusy}>Continue</Button>
          </form>
        )}
      </div>
      <p><a href="/?choose=yes">Not your school?</a></p>
    </PageShell>
  );
}

/** Why someone can't sign in here or now, and the way for someone else. */
function Refusal({ title, detail, onElse }) {
  return (
    <>
      <div tabIndex={-1} className="said" role="status" ref={useFocus()}>
        <Notice title={title}><p>{detail}</p></Notice>
      </div>
      <Button look="button button-secondary" onPress={onElse}>Sign in as someone else</Button>
    </>
  );
}

function AlreadySignedIn() {
  const me = useSession().me.answer;
  return me && (
    <Notice>
      <p>You are signed in as {me.forename} {me.surname}. <Link href={startPage(me)}>Go to your home page</Link></p>
    </Notice>
  );
}

/** Takes people to the page they wanted, if it is one of ours and does not lead to signing in; else to their start page. */
function useGoIn() {
  const session = useSession();
  const wanted = useHere().searchParams.get("next");
  return (me) => {
    rememberSchool(me.school.slug);
    startTransition(() => session.me.set({ answer: me }));
    navigate(/^\/(?!$|[/?]|sch\/)[^\\]*$/.test(wanted) ? wanted : startPage(me), { replace: true });
  };
}
