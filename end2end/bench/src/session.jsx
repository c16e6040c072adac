// Who is signed in, the platform's name and logo, and the school this device remembers.
import { createContext, useContext } from "react";
import { useAsked } from "./api.js";

const SCHOOL = "rollcall.school";

export const rememberSchool = (slug) => localStorage.setItem(SCHOOL, slug);
export const forgetSchool = () => localStorage.removeItem(SCHOOL);

export function signInPage() {
  const slug = localStorage.getItem(SCHOOL);
  return slug ? `/sch/${slug}` : "/";
}

export const startPage = ({ role }) => (role === "admin" ? "/dashboard" : "/home");

const Session = createContext();

/** `me`, asked, and `platform` once it is known. */
export const useSession = () => useContext(Session);

export function SessionProvider({ children }) {
  const me = useAsked("/api/me");
  const { answer: platform } = useAsked("/api/platform");
  return <Session value={{ me, platform }}>{children}</Session>;
}
