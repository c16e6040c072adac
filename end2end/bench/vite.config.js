import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Gives the page the body of the app's own, which is painted before any script has arrived. */
const bodyOfTheApp = {
  name: "body-of-the-app",
  transformIndexHtml: {
    order: "pre",
    handler(html) {
      const [body] = readFileSync(new URL("../../app/index.html", import.meta.url), "utf8").match(/<body>.*<\/body>/s);
      return html.replace(/<!--.*body.*-->/, () => body);
    },
  },
};

/** Writes the address of the dashboard's chunk into the page, whose script asks for it ahead. */
const dashboardAhead = {
  name: "dashboard-ahead",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle }) {
      const chunk = Object.values(bundle).find(({ name, isDynamicEntry }) => isDynamicEntry && name === "Dashboard");
      return html.replace("DASHBOARD", `/${chunk.fileName}`);
    },
  },
};

// The server lets browsers keep files for ever whose names have 16 hexadecimal digits in them.
const named = (extension) => `assets/[name]-[hash:16].${extension}`;

export default defineConfig({
  plugins: [react(), bodyOfTheApp, dashboardAhead],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: { hashCharacters: "hex", entryFileNames: named("js"), chunkFileNames: named("js"), assetFileNames: named("[ext]") },
    },
  },
});
