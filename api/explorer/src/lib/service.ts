// Talking with the service: look-ups as JSON, and its problem documents (RFC 9457) as errors.

/** A thing that answers name, as `/v1` sends it. */
export interface Item {
  id: string;
  type: string;
  name: string;
}

/** What went wrong, in words for people, with what to do about it. */
export class ServiceError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly nearest: string[] = [],
  ) {
    super(message);
  }
}

const GONE = "The service does not answer. Is `kg serve` still running? Start it again, then try again.";

/** Ask for JSON; a failure of any kind becomes a ServiceError. `signal` gives up on an answer no longer wanted. */
export async function ask<T>(address: string, init: RequestInit = {}): Promise<T> {
  const headers = { Accept: "application/json", ...init.headers };
  let response: Response;
  try {
    response = await fetch(address, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServiceError(GONE, 0);
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

async function problemOf(response: Response): Promise<ServiceError> {
  const body = (await response.json().catch(() => ({}))) as { detail?: string; title?: string; nearest?: string[] };
  const words = body.detail ?? body.title ?? `The service answered ${response.status}.`;
  return new ServiceError(words, response.status, body.nearest ?? []);
}

/** Return where this service shows a node: `method/dpo` is at `/id/method/dpo`. */
export function addressOf(id: string): string {
  return `/id/${id.split("/").map(encodeURIComponent).join("/").replaceAll("%3A", ":")}`;
}
