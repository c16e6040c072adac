import { lazy, Suspense, useEffect } from "react";
import { Footer, Masthead, OnItsWay } from "./frame.jsx";
import { AskedPage, Button, PageShell } from "./parts.jsx";
import { Link, navigate, Router, useHere } from "./router.jsx";
import { SessionProvider, signInPage, startPage, useSession } from "./session.jsx";
import { SignIn } from "./SignIn.jsx";

const fetchDashboard = () => import("./Dashboard.jsx");
/** Where this fails, the dashboard is asked for again once it is wanted. */
const fetchDashboardAhead = () => void fetchDashboard().catch(() => {});
const Dashboard = lazy(() => fetchDashboard().catch(() => ({ default: NotArrived })));

export function App() {
  return (
    <Router>
      <SessionProvider>
        <Masthead />
        <OnItsWay />
        <Suspense fallback={<AskedPage title="Loading…" />}>
          <Page />
        </Suspense>
        <Footer />
      </SessionProvider>
    </Router>
  );
}

function Page() {
  const { pathname } = useHere();
  const [, slug] = pathname.match(/^\/sch\/([^/]+)\/?$/) ?? [];
  if (slug) return <SignIn key={slug} slug={slug} onStaff={fetchDashboardAhead} />;
  return /^\/dashboard\/?$/.test(pathname) ? <AdminsDashboard /> : <NotHere />;
}

/** The server decides about data; this keeps people from an empty page. */
function AdminsDashboard() {
  const { me } = useSession();
  if (me.problem?.type === "signed-out") return <GoToSignIn />;
  if (!me.answer) return <AskedPage title={me.problem ? "This page could not be loaded" : "Loading…"} asked={me} />;
  if (me.answer.role === "admin") return <Dashboard school={me.answer.school} />;
  return (
    <PageShell title="Only a school admin can see this page">
      <p>You are signed in, but not as an admin. If you need this, ask an admin of your school.</p>
      <Link href={startPage(me.answer)} className="button">Go to your home page</Link>
    </PageShell>
  );
}

/** Goes to the sign-in page, and comes back here afterwards. */
function GoToSignIn() {
  const { pathname, search } = useHere();
  useEffect(() => {
    navigate(`${signInPage()}?next=${encodeURIComponent(pathname + search)}`, { replace: true });
  }, [pathname, search]);
  return <AskedPage title="Sign in" />;
}

function NotHere() {
  return (
    <PageShell title="Page not found">
      <p>Only the sign-in page of a school and the dashboard have a twin in React.</p>
    </PageShell>
  );
}

/** Stands in the place of the dashboard if its chunk could not be fetched. */
function NotArrived() {
  return (
    <PageShell title="This page could not be fetched">
      <p>The connection may have been interrupted. Nothing was changed.</p>
      <Button onPress={() => location.reload()}>Try again</Button>
    </PageShell>
  );
}
