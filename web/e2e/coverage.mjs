// Every page that the program serves was looked at: a route that no walk reaches fails here, unless it is
// listed with the reason.

import { readFileSync, readdirSync } from "node:fs";

const ROUTES = new URL("../../crates/portals/src/routes/", import.meta.url);

/** Addresses that are no page of their own, or that a demonstration cannot show. */
const NOT_LOOKED_AT = {
  "/": "leads on to what is one's own",
  "/assets/{file}": "styles and scripts",
  "/111/go-on": "leads on",
  "/me/step-up": "leads on",
  "/me/111/{id}": "linked from documents only where a journey was kept",
  "/me/appointments/{id}/calendar.ics": "a file",
  "/me/appointments/{id}/reason": "where a reason is asked and can be changed; looked at in the gallery",
  "/me/appointments/queue/{service}/{release}": "opens around a release only; looked at in the gallery",
  "/me/record/download/fhir": "a file",
  "/me/record/download/pdf": "a file; read back in the tests of its crate",
  "/console/research/measures.csv": "a file",
  "/clinician/document/{id}": "a document's own words",
  "/console/links/{a}/{b}": "where a pair is in doubt; looked at in the gallery",
  "/sign-in/outside": "leads to a provider elsewhere",
  "/sign-in/outside/back": "comes back from a provider elsewhere",
};

/** The addresses that a browser can open, by the program's own source. */
function routes(folder = ROUTES) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) found.push(...routes(new URL(`${entry.name}/`, folder)));
    else if (entry.name.endsWith(".rs")) {
      const source = readFileSync(new URL(entry.name, folder), "utf8");
      for (const [, path, rest] of source.matchAll(/\.route\(\s*"(\/[^"]*)",\s*(?=([\s\S]{0,120}))/g)) {
        if (/^(\w+::)*get\(/.test(rest)) found.push(path);
      }
    }
  }
  return found;
}

function pattern(route) {
  return new RegExp(`^${route.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`);
}

/** The route of an address: the one with the fewest holes. */
function routeOf(path, all) {
  const holes = (route) => route.split("{").length;
  return all.filter((route) => pattern(route).test(path)).sort((a, b) => holes(a) - holes(b))[0];
}

export function coverage(paths) {
  const all = routes();
  const seen = new Set([...paths].map((path) => routeOf(path, all)));
  const missed = all.filter((route) => !seen.has(route) && !(route in NOT_LOOKED_AT));
  const stale = Object.keys(NOT_LOOKED_AT).filter((route) => !all.includes(route));
  return { count: all.length, seen: all.filter((route) => seen.has(route)).length, missed, stale };
}
