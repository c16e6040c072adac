// build-app.mjs: the app for schools, into target/app. What a sign-in needs is one WebAssembly file;
// each area of app/src/areas.rs is a file of its own, and so is what several areas share. All names
// carry a hash of what is in the file, so that a browser keeps each for ever.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parallel } from "./common.mjs";

const { transformSync } = createRequire(resolve("end2end/package.json"))("esbuild");
const APP = "target/app";
const WORK = "target/app-parts";
/** Takes the place of the app of before once it is whole. */
const OUT = join(WORK, "app");
const [TAKEN_APART, BOUND] = [join(WORK, "apart"), join(WORK, "bound")];
/** What browsers of the last years have, and the app therefore may use. */
const FEATURES = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"];
const OPTIMISE = [...FEATURES.map((feature) => `--enable-${feature}`), "--flatten", "--rereloop", "-Oz", "-Oz"];

const run = (program, args, options = {}) => execFileSync(program, args, { stdio: "inherit", ...options });
const read = (path) => readFileSync(path, "utf8");
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

/** Writes a file under a name with its hash, which is returned as an address. */
function put(name, extension, bytes) {
  const file = `${name}-${hash(bytes)}.${extension}`;
  writeFileSync(join(OUT, file), bytes);
  return `/${file}`;
}

rmSync(WORK, { recursive: true, force: true });
for (const folder of [WORK, TAKEN_APART, BOUND]) mkdirSync(folder, { recursive: true });
run("cargo", [
  ...["rustc", "--profile", "wasm-release", "-p", "rollcall-app", "--bin", "rollcall-app", "--features", "split"],
  ...["--target", "wasm32-unknown-unknown", "--", "-Clink-args=--emit-relocs"],
]);
run("wasm-split-cli", ["--out-name", "app", "target/wasm32-unknown-unknown/wasm-release/rollcall-app.wasm", TAKEN_APART]);
run("wasm-bindgen", [
  ...["--target", "web", "--no-typescript", "--keep-lld-exports", "--no-demangle", "--remove-name-section"],
  ...["--out-dir", BOUND, "--out-name", "app", join(TAKEN_APART, "app.wasm")],
]);

// Several at a time: they are independent.
const parts = readdirSync(TAKEN_APART).filter((name) => /^(split|chunk)_.*\.wasm$/.test(name));
const modules = ["app_bg.wasm", ...parts];
await parallel(modules.map((name) => {
  const from = join(name === "app_bg.wasm" ? BOUND : TAKEN_APART, name);
  // What everybody fetches is made as small as it gets; for the parts that takes longer than it saves.
  const further = name === "app_bg.wasm" ? ["--converge"] : [];
  return ["wasm-opt", [from, "-o", join(WORK, name), ...OPTIMISE, ...further]];
}));

mkdirSync(OUT);
const addressOf = Object.fromEntries(
  modules.map((name) => [name, put(name.replace(/(_bg)?\.wasm$/, ""), "wasm", readFileSync(join(WORK, name)))]),
);

// The two scripts name each other, so one hash over both is in the names of both.
let [app, loader] = [read(join(BOUND, "app.js")), read(join(TAKEN_APART, "__wasm_split.js"))];
const areas = areasOf(loader);
for (const name of parts) loader = loader.replaceAll(`"./${name}"`, `".${addressOf[name]}"`);
const both = hash(app + loader);
const minified = (text) => transformSync(text, { format: "esm", minify: true, target: "es2022" }).code;
app = minified(app.replaceAll('from "./__wasm_split.js"', `from "./areas-${both}.js"`));
loader = minified(loader.replaceAll('"./app.js"', `"./app-${both}.js"`));
writeFileSync(join(OUT, `app-${both}.js`), app);
writeFileSync(join(OUT, `areas-${both}.js`), loader);

const page = small(read("app/index.html"));
const sheets = [...page.matchAll(/^ *<link rel="stylesheet" href="\/(.*?)">\n/gm)];
const style = put("style", "css", transformSync(sheets.map(([, name]) => read(join("style", name))).join("\n"), { loader: "css", minify: true }).code);
cpSync("app/pictures", join(OUT, "pictures"), { recursive: true });
cpSync("style/fonts", join(OUT, "fonts"), { recursive: true });
const [script, wasm] = [`/app-${both}.js`, addressOf["app_bg.wasm"]];
const whole = sheets.reduce((text, [link]) => text.replace(link, ""), page);
writeFileSync(join(OUT, "index.html"), whole.replace("    <!-- The build puts the app here. -->", () => `\
    <meta name="build" content="${both}">
    <link rel="stylesheet" href="${style}">
    <link rel="modulepreload" href="${script}">
    <link rel="modulepreload" href="/areas-${both}.js">
    <link rel="preload" href="${wasm}" as="fetch" crossorigin>
    <link rel="preload" href="/api/me" as="fetch" crossorigin>
    <link rel="preload" href="/api/platform" as="fetch" crossorigin>
    <script>${ahead()}</script>
    <script type="module">${start(script, wasm)}</script>`));
writeFileSync(join(WORK, "areas.json"), JSON.stringify(filesOf(areas)));
run("node", [".tools/compress.mjs", OUT]);
rmSync(APP, { recursive: true, force: true });
renameSync(OUT, APP);

/** The page without its comments but the one that the app takes the place of, its script minified. */
function small(page) {
  const script = (text) => transformSync(text, { minify: true }).code.trim();
  return page
    .replace(/^ *<!-- (?!The build).*?-->\n/gms, "")
    .replace(/<script>(.*?)<\/script>/gs, (_, text) => `<script>${script(text)}</script>`);
}

/** The script that starts the app, and says in the shell where it cannot be fetched or started. */
function start(script, wasm) {
  return transformSync(`import("${script}").then(({ default: start }) => start({ module_or_path: "${wasm}" }))
    .catch((why) => { document.getElementById("not-arrived")?.removeAttribute("hidden"); throw why; })`, { minify: true }).code.trim();
}

/** Which modules each area needs, by the loader: `{ people: ["chunk_3.wasm", "split_people.wasm"] }`. */
function areasOf(loader) {
  const chunks = Object.fromEntries(
    [...loader.matchAll(/const (__chunk_\d+) = makeLoad\(\(\) => \{\s*const src = fetch\(new URL\("\.\/(.*?)"/g)].map(([, name, file]) => [name, file]),
  );
  const loads = loader.matchAll(/export const __wasm_split_load_(\w+) = wrapAsyncCb\(makeLoad\((.*?), \[(.*?)\]\)\);/gs);
  return Object.fromEntries([...loads].map(([, area, own, shared]) => {
    const file = own.match(/new URL\("\.\/(.*?)"/)?.[1];
    return [area, [...shared.split(", ").filter(Boolean).map((name) => chunks[name]), ...(file ? [file] : [])]];
  }));
}

/** The same by the addresses of the files. */
function filesOf(areas) {
  return Object.fromEntries(Object.entries(areas).map(([area, files]) => [area, files.map((name) => addressOf[name])]));
}

/** The script that asks ahead for what the page's address needs, while the app is on its way. */
function ahead() {
  const addresses = Object.fromEntries([...read("app/src/address.rs").matchAll(/^ {4}(\w+) = "(.*?)";$/gm)].map(([, name, path]) => [name, path]));
  const areaOf = {};
  const lists = read("app/src/areas.rs").split("\nareas! {")[1].split("\n}")[0];
  for (const [, area, list] of lists.matchAll(/^ {4}(\w+) \{\n(.*?)\n {4}\}/gms)) {
    for (const [, name] of list.matchAll(/^ {8}(\w+) =>/gm)) areaOf[name] = area;
  }
  const files = filesOf(areas);
  const all = [...new Set(Object.values(files).flat())];
  const routes = [...read("app/src/routes.rs").matchAll(/\((\w+), Page::(\w+)\)/g)].filter(([, , shown]) => files[areaOf[shown]]).map(([, name, shown]) => {
    const pattern = addresses[name].replace(/\/\*\w+/, "(/.*)?").replace(/:\w+/g, "[^/]+");
    return [pattern, files[areaOf[shown]].map((file) => all.indexOf(file))];
  });
  return transformSync(`(() => {
    const all = ${JSON.stringify(all)};
    const here = location.pathname.replace(/(.)\\/$/, "$1");
    const ask = (href) => document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "fetch", crossOrigin: "anonymous", href }));
    const route = ${JSON.stringify(routes)}.find(([path]) => new RegExp("^" + path + "$").test(here));
    route?.[1].forEach((file) => ask(all[file]));
    const school = here.match(/^\\/sch\\/([^/]+)$/);
    if (school) ask("/api/schools/" + school[1]);
  })()`, { minify: true }).code.trim();
}
