// Builds the assets of Careloom's pages: one style sheet, four scripts, icons.
//
//   node build.mjs OUT_DIR
//
// nhsuk-frontend comes precompiled from npm; this step takes out what must not ship (the Frutiger
// font and the address it is loaded from), adds our own rules, gives every file a name that
// contains its hash, and writes a Brotli copy beside each file that gains from it.
// `crates/portals/build.rs` runs it and embeds the folder; nothing here is committed.

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const nhsuk = join(here, "node_modules", "nhsuk-frontend");
const out = process.argv[2];
if (!out) fail("say where to write: node build.mjs OUT_DIR");

const TYPES = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const manifest = [];

const icons = new Map(
  ["arrow-down", "arrow-up", "arrow-up-down", "cross"].map((icon) => {
    const file = `nhsuk-icon-${icon}.svg`;
    return [file, emit(file, read(join(nhsuk, "dist/nhsuk/assets/images", file)))];
  }),
);
emit("favicon.svg", read(join(here, "src/favicon.svg")));
emit("app.css", nhsukStyles() + read(join(here, "src/app.css")));
emit("boot.js", read(join(here, "src/boot.js")));
emit("passkey.js", read(join(here, "src/passkey.js")));
const components = emit("nhsuk.js", withoutSourceMap(read(join(nhsuk, "dist/nhsuk/nhsuk-frontend.min.js"))));
emit("app.js", read(join(here, "src/app.js")).replace("./nhsuk.js", `./${components}`));

// Fonts of printed records: embedded in the binary, never sent to a browser.
for (const font of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
  copyFileSync(join(here, "node_modules/dejavu-fonts-ttf/ttf", font), join(out, font));
}

writeFileSync(join(out, "manifest.tsv"), manifest.map((row) => row.join("\t") + "\n").join(""));

/** The published style sheet without its font faces, with our font and our icon addresses. */
function nhsukStyles() {
  let css = withoutSourceMap(read(join(nhsuk, "dist/nhsuk/nhsuk-frontend.min.css")));
  css = css.replace(/@font-face\{[^}]*\}/g, "");
  css = css.replaceAll(/Frutiger W01,\s*arial,\s*sans-serif/gi, 'Arial,"Liberation Sans",sans-serif');
  css = css.replaceAll(/url\(\/assets\/images\/([^)]+)\)/g, (whole, file) => {
    const hashed = icons.get(file);
    if (!hashed) fail(`the style sheet asks for ${file}, which build.mjs does not copy: add it to the icons`);
    return `url(${hashed})`;
  });
  for (const banned of ["assets.nhs.uk", "Frutiger", "@font-face"]) {
    if (css.includes(banned)) fail(`the style sheet still contains ${banned}: mend the replacements in build.mjs`);
  }
  return css + "\n";
}

/** Writes one asset under a name that contains its hash and returns that name. */
function emit(name, text) {
  const bytes = Buffer.from(text, "utf8");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const dot = name.lastIndexOf(".");
  const file = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
  writeFileSync(join(out, file), bytes);
  const compressed = brotliCompressSync(bytes);
  const gains = compressed.length < bytes.length * 0.9;
  if (gains) writeFileSync(join(out, `${file}.br`), compressed);
  manifest.push([name, file, TYPES[name.slice(dot + 1)], gains ? "br" : "-"]);
  return file;
}

function withoutSourceMap(text) {
  return text.replace(/\/[/*]# sourceMappingURL=[^\n]*\n?/g, "");
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    fail(`cannot read ${path}: run \`npm ci --ignore-scripts\` in web/`);
  }
}

function fail(message) {
  console.error(`assets: ${message}`);
  process.exit(1);
}
