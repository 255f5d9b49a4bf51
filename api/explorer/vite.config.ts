import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

// Each file straight under src/ is the script of a page or of a part that pages share; templates name it
// (`script("graph")`), and the manifest says what it was built to.
const entries = readdirSync("src").filter((name) => name.endsWith(".ts"));

export default defineConfig({
  base: "/static/built/",
  build: {
    outDir: "../static/built",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 3000, // the SPARQL editor is one library
    rollupOptions: {
      input: entries.map((name) => `src/${name}`),
      checks: { eval: false }, // YASQE brings a stand-in for JSON that no browser needs; the pages forbid it anyway
    },
  },
});
