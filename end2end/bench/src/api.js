// The JSON API (docs/openapi.json). Each call resolves to `{ answer }` or, whatever went wrong, to `{ problem }`.
import { useLayoutEffect, useState } from "react";

const UNREACHABLE = {
  type: "internal",
  title: "We could not reach the server",
  detail: "Check your internet connection, then try again. Nothing you have saved is lost.",
};
const GARBLED = {
  type: "internal",
  title: "Something went wrong on our side",
  detail: "Try again in a few minutes. Nothing you have saved is lost.",
};

async function send(address, init) {
  const reply = await fetch(address, init).catch(() => null);
  const text = await reply?.text().catch(() => null);
  if (text == null) return { problem: UNREACHABLE };
  try {
    const json = text && JSON.parse(text);
    return reply.ok ? { answer: json } : { problem: json || GARBLED };
  } catch {
    return { problem: GARBLED };
  }
}

export const get = (address) => send(address);

export const post = (address, body = null) =>
  send(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** What an address answers: empty until it does, then as above; `again` asks again, `set` puts another in its place. */
export function useAsked(address) {
  const [asked, set] = useState({});
  const again = () => get(address).then(set);
  // A layout effect asks before the first paint, not after it.
  useLayoutEffect(() => {
    let isLeft = false;
    get(address).then((reply) => isLeft || set(reply));
    return () => void (isLeft = true);
  }, [address]);
  return { ...asked, again, set };
}
