// The address that a front-end developer opens: the page and its files straight from where they lie,
// the app as it was last built, the API from the server. Open pages follow what changes: a style sheet
// is taken in place of the old one, without a build; for a new build they reload.
import { createReadStream, readFileSync, statSync, watch } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join } from "node:path";

const NEWS = "/.dev/news";
/** Milliseconds in which an editor has written a file whole. */
const WRITTEN = 30;
const TYPES = {
  ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".woff2": "font/woff2",
};

const START_AND_FOLLOW = `<script type="module">
  import start from "/app.js";
  new EventSource("${NEWS}").onmessage = ({ data: changed }) => {
    if (changed === "app") location.reload();
    for (const sheet of document.querySelectorAll("link[rel=stylesheet]")) {
      if (new URL(sheet.href).pathname === changed) sheet.href = changed + "?" + Date.now();
    }
  };
  start({ module_or_path: "/app_bg.wasm" });
</script>`;

/** app/index.html, with the app as it was last built. */
const page = () => readFileSync("app/index.html", "utf8").replace("<!-- The build puts the app here. -->", START_AND_FOLLOW);

/** Listens on `port`; `app` is the folder of what was built, `api` the server's port. */
export function front(port, { app, api }) {
  const pages = new Set();
  const tell = (changed) => pages.forEach((open) => open.write(`data: ${changed}\n\n`));
  const timers = {};
  watch("style", (_, name) => {
    if (!name?.endsWith(".css")) return;
    clearTimeout(timers[name]);
    timers[name] = setTimeout(tell, WRITTEN, `/${name}`);
  });

  const server = createServer((asked, reply) => {
    const { pathname } = new URL(`http://localhost/${asked.url.replace(/^\/+/, "")}`);
    if (pathname.startsWith("/api/")) return passOn(asked, reply, api);
    if (pathname === NEWS) {
      reply.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).flushHeaders();
      pages.add(reply);
      return reply.once("close", () => pages.delete(reply));
    }
    const type = TYPES[extname(pathname)];
    const file = type && ["style", "app", app].map((folder) => join(folder, pathname)).find(isFile);
    if (type && !file) return reply.writeHead(404).end();
    reply.writeHead(200, { "content-type": type ?? "text/html; charset=utf-8", "cache-control": "no-store" });
    return file ? createReadStream(file).pipe(reply) : reply.end(page());
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve({ reload: () => tell("app") })));
}

const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile();

function passOn(asked, reply, port) {
  const onward = request({ host: "127.0.0.1", port, method: asked.method, path: asked.url, headers: asked.headers }, (answer) => {
    reply.writeHead(answer.statusCode, answer.headers);
    answer.pipe(reply);
  });
  onward.once("error", () => (reply.headersSent ? reply.destroy() : reply.writeHead(502).end()));
  reply.once("close", () => onward.destroy());
  asked.pipe(onward);
}
