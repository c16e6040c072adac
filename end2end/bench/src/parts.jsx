// The building blocks of every page.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useSession } from "./session.jsx";

/** The first page leaves the focus to the browser. */
let isFirstPage = true;

export const focusHeading = () => document.querySelector("main h1").focus();

export function PageShell({ title, problem, isWide, isWaiting, children }) {
  const platform = useSession().platform?.name ?? "Rollcall";
  useLayoutEffect(() => {
    // A page that only waits has no more to show than the static shell.
    if (isWaiting) return;
    document.getElementById("shell")?.remove();
    document.getElementById("app").hidden = false;
    if (!isFirstPage) focusHeading();
    isFirstPage = false;
  }, [isWaiting]);
  useEffect(() => {
    document.title = `${problem ? "Problem: " : ""}${title} – ${platform}`;
  }, [title, problem, platform]);
  return (
    <main id="main" className={isWide ? "page page-wide" : "page"}>
      {problem && <ErrorSummary problem={problem} />}
      <h1 tabIndex={-1}>{title}</h1>
      {children}
    </main>
  );
}

function ErrorSummary({ problem }) {
  const { title, detail, errors = [], request_id } = problem;
  const focusField = (event, field) => {
    event.preventDefault();
    document.getElementById(field).focus();
  };
  return (
    <div className="error-summary" role="alert" tabIndex={-1} ref={useFocus(problem)}>
      <h2>{errors.length > 0 ? "There is a problem" : title}</h2>
      {detail && <p>{detail}</p>}
      <ul>
        {errors.map(({ field, message }) => (
          <li key={field}><a href={`#${field}`} onClick={(event) => focusField(event, field)}>{message}</a></li>
        ))}
      </ul>
      {request_id && <p className="hint">Reference for support: {request_id}</p>}
    </div>
  );
}

/** A ref for what takes the focus when it appears, and whenever what it says changes. */
export function useFocus(said) {
  const element = useRef(null);
  useLayoutEffect(() => element.current.focus(), [said]);
  return element;
}

/** The page in the place of one whose answer is not there: it waits, or says what went wrong. */
export function AskedPage({ title, asked = {} }) {
  return <PageShell title={title} isWaiting={!asked.problem}><Asked asked={asked} /></PageShell>;
}

/** Shows an answer once it is there. */
export function Asked({ asked: { answer, problem, again }, children }) {
  if (problem) return <ProblemPanel problem={problem} onRetry={again} />;
  return answer ? children(answer) : <p className="loading" role="status">Loading…</p>;
}

export function ProblemPanel({ problem: { type, title, detail, request_id }, onRetry }) {
  return (
    <div className="panel panel-problem" role="alert">
      <h2>{title}</h2>
      {detail && <p>{detail}</p>}
      {request_id && <p className="hint">Reference for support: {request_id}</p>}
      {onRetry && ["internal", "too-many-attempts"].includes(type) && (
        <Button look="button button-secondary" onPress={onRetry}>Try again</Button>
      )}
    </div>
  );
}

/** A button. In a form it submits, unless it has an `onPress` of its own. */
export function Button({ look = "button", isBusy = false, onPress, children }) {
  // Not `disabled` while busy: that would take the focus away.
  const press = (event) => (isBusy ? event.preventDefault() : onPress?.());
  return (
    <button type={onPress ? "button" : "submit"} className={look} aria-disabled={isBusy || undefined} onClick={press}>
      {children}
      <span className="button-busy" aria-hidden="true" hidden={!isBusy} />
    </button>
  );
}

/** A text field. Its id is the JSON name of what it asks for, so that a problem can point at it. */
export function Field({ id, label, hint, problem, type = "text", onChange, ...attributes }) {
  const [isShown, setShown] = useState(false);
  const error = problem?.errors?.find(({ field }) => field === id)?.message;
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={error ? "field field-wrong" : "field"}>
      <label htmlFor={id}>{label}</label>
      {hint && <p className="hint" id={`${id}-hint`}>{hint}</p>}
      <p className="field-error" id={`${id}-error`} hidden={!error}>{error}</p>
      <input
        id={id}
        name={id}
        type={isShown ? "text" : type}
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy || undefined}
        onChange={({ target }) => onChange(target.value)}
        {...attributes}
      />
      {type === "password" && (
        <button type="button" className="button-quiet" onClick={() => setShown(!isShown)}>
          {isShown ? "Hide password" : "Show password"}
        </button>
      )}
    </div>
  );
}

const SPOKEN = { info: "Note: ", success: "Done: ", warning: "Warning: " };

export function Notice({ tone = "info", title, children }) {
  return (
    <div className={tone === "info" ? "notice" : `notice notice-${tone}`}>
      <div>
        <span className="visually-hidden">{SPOKEN[tone]}</span>
        {title && <p className="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}
