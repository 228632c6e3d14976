// SMART App Launch 2.2 for an app in a browser: https://hl7.org/fhir/smart-app-launch/STU2.2/
//
// What is needed between two pages (verifier and state) is kept in sessionStorage, which only this tab
// has; the access token is kept in a variable and is gone with the page.

import { CLIENT_ID, DATA_SCOPE, FHIR_BASE, REDIRECT_URI } from "./config.js";

const KEPT = "smart-launch";

/** A refusal of the server, with what it said. */
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function json(address, options) {
  const response = await fetch(address, { ...options, credentials: "omit", cache: "no-store" });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const words = body.error_description ?? body.issue?.[0]?.diagnostics ?? response.statusText;
    throw new Refused(response.status, words);
  }
  return body;
}

/** Goes to the server, which asks the person and sends them back to REDIRECT_URI. */
export async function begin(iss, launch) {
  if (iss !== FHIR_BASE) {
    throw new Error(`This app works with ${FHIR_BASE} only.`);
  }
  const server = await json(`${iss}/.well-known/smart-configuration`);
  if (!server.code_challenge_methods_supported?.includes("S256")) {
    throw new Error("The server does not support PKCE with S256.");
  }
  const verifier = random();
  const state = random();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const kept = { verifier, state, issuer: server.issuer, token: server.token_endpoint };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: `${launch ? "launch" : "launch/patient"} ${DATA_SCOPE}`,
    state,
    aud: iss,
    code_challenge: base64url(digest),
    code_challenge_method: "S256",
  });
  if (launch) {
    query.set("launch", launch);
  }
  location.assign(`${server.authorization_endpoint}?${query}`);
}

/** The tokens, where the server has just sent the person back; null where it has not. */
export async function finish() {
  const query = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!query.has("code") && !query.has("error")) {
    return null;
  }
  // A code works once: neither a reload nor the history shall send it again.
  history.replaceState(null, "", location.pathname);
  sessionStorage.removeItem(KEPT);
  if (!kept || query.get("state") !== kept.state || query.get("iss") !== kept.issuer) {
    throw new Error("This answer does not belong to what the app asked. Begin again.");
  }
  if (query.has("error")) {
    throw new Refused(0, query.get("error_description") ?? query.get("error"));
  }
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: CLIENT_ID,
    code: query.get("code"),
    redirect_uri: REDIRECT_URI,
    code_verifier: kept.verifier,
  });
  return json(kept.token, { method: "POST", body });
}

/** Asks the FHIR API with a token. */
export function fhir(token, path, options = {}) {
  const headers = { authorization: `Bearer ${token}`, accept: "application/fhir+json", ...options.headers };
  return json(`${FHIR_BASE}/${path}`, { ...options, headers });
}
