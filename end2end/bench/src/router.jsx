import { createContext, useContext, useEffect, useState, useTransition } from "react";

const Routing = createContext();

/** The address that is shown, as a URL. */
export const useHere = () => useContext(Routing).here;

/** Whether the next page is on its way. */
export const useIsAwaited = () => useContext(Routing).isAwaited;

export function Router({ children }) {
  const [here, setHere] = useState(() => new URL(location));
  // The page before stays until the next one has arrived.
  const [isAwaited, startTransition] = useTransition();
  useEffect(() => {
    const follow = () => startTransition(() => setHere(new URL(location)));
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  return <Routing value={{ here, isAwaited }}>{children}</Routing>;
}

export function navigate(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** A link to a page that is here; pages that are not have plain links. */
export function Link({ href, ...attributes }) {
  const follow = (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...attributes} />;
}
