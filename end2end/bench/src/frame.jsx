// What surrounds every page: the masthead with the navigation, word of the next page, and the footer.
import { startTransition, useState, useTransition } from "react";
import { post } from "./api.js";
import { Button, focusHeading } from "./parts.jsx";
import { Link, navigate, useHere, useIsAwaited } from "./router.jsx";
import { signInPage, startPage, useSession } from "./session.jsx";

export function Masthead() {
  const { me: { answer: me }, platform } = useSession();
  const skip = (event) => {
    event.preventDefault();
    focusHeading();
  };
  return (
    <>
      <a className="skip-link" href="#main" onClick={skip}>Skip to main content</a>
      <header className="masthead">
        <div className="masthead-inner">
          <Link className="brand" href={me ? startPage(me) : signInPage()}>
            <img className="brand-logo" src={platform?.logo ?? "/pictures/rollcall.svg"} alt="" />
            {platform?.name ?? "Rollcall"}
          </Link>
          {me && <WhoIsSignedIn me={me} />}
        </div>
      </header>
      {me?.role === "admin" && <WayAbout />}
    </>
  );
}

function WayAbout() {
  const isDashboard = useHere().pathname.startsWith("/dashboard");
  return (
    <nav className="way-about" aria-label="Main">
      <ul>
        <li><Link href="/dashboard" aria-current={isDashboard ? "page" : undefined}>Dashboard</Link></li>
        <li><a href="/users">Manage users</a></li>
        <li><a href="/wizard">MIS sync wizard</a></li>
        <li><a href="/cards">Login cards</a></li>
        <li><a href="/runs">Runs</a></li>
      </ul>
    </nav>
  );
}

function WhoIsSignedIn({ me }) {
  const session = useSession();
  const [isLeaving, startLeaving] = useTransition();
  const [isStillIn, setStillIn] = useState(false);
  const signOut = () => startLeaving(async () => {
    const { problem } = await post("/api/sign-out");
    if (problem && problem.type !== "signed-out") return setStillIn(true);
    navigate(signInPage());
    startTransition(() => session.me.set({ problem: { type: "signed-out" } }));
  });
  return (
    <div className="who">
      <span className="who-name">{me.forename} {me.surname}</span>
      <span className="who-school">{me.school.name}</span>
      <Button look="button-quiet" isBusy={isLeaving} onPress={signOut}>Sign out</Button>
      <span className="who-still" role="alert">
        {isStillIn && "You are still signed in: the server was not reached. Try again."}
      </span>
    </div>
  );
}

export function OnItsWay() {
  return <p className="on-its-way" role="status">{useIsAwaited() && "Loading…"}</p>;
}

export function Footer() {
  const { platform } = useSession();
  return (
    <footer className="footer">
      {platform?.keeps_messages && (
        <p>
          No mail server is set up: messages are kept here instead of being sent. <a href="/messages">See the messages</a>
        </p>
      )}
    </footer>
  );
}
