// The token of this tab's session. It is kept nowhere else, and only ever sent in a header to this service.

import { ask, ServiceError } from "../service";

const KEY = "alignkg.token";

/** Whose a token is, as `/v1/token` says. */
export interface Holder {
  name: string;
  scopes: string[];
  expires: string | null;
}

/** Return the token that was entered in this tab, if one was. */
export function token(): string | null {
  return sessionStorage.getItem(KEY);
}

export function forget(): void {
  sessionStorage.removeItem(KEY);
}

/** Try a token, and keep it if the service takes it; a ServiceError says why it does not. */
export async function enter(given: string): Promise<Holder> {
  const holder = await ask<Holder>("/v1/token", { headers: bearer(given) });
  sessionStorage.setItem(KEY, given);
  return holder;
}

/** Ask whose the token of this tab is. */
export async function holder(): Promise<Holder> {
  return ask<Holder>("/v1/token", { headers: bearer(token() ?? "") });
}

/** Send something that needs the token, and return the service's answer. */
export async function send<T>(address: string, body: object): Promise<T> {
  const headers = { "Content-Type": "application/json", ...bearer(token() ?? "") };
  return ask<T>(address, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Say what went wrong and what to do, in the words of somebody who corrects the graph. */
export function inWords(error: unknown): string {
  if (!(error instanceof ServiceError)) throw error;
  switch (error.status) {
    case 404:
      return `${sentence(error.message)} It may have been merged or changed meanwhile: load this page again.`;
    case 409:
      return `This does not fit the graph as it is now: ${sentence(error.message)}`;
    case 503:
      return `The graph is busy, and nothing was recorded: ${sentence(error.message)}`;
    default:
      return sentence(error.message);
  }
}

/** Say whether an error means that a token must be entered again. */
export function needsToken(error: unknown): boolean {
  return error instanceof ServiceError && error.status === 401;
}

function bearer(given: string): Record<string, string> {
  // A header takes only some characters, and no token has others.
  return { Authorization: `Bearer ${given.replace(/[^\x21-\x7e]/g, "?")}` };
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!…]$/.test(first) ? first : `${first}.`;
}
