import { GruvyError, shown, wholeNumber } from "../base/index.ts";

export interface FetchOptions {
  /** Longer answers are refused. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Milliseconds until the whole answer must be there. Default 60,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** What an address gave: its bytes as they arrive, and the address they came from in the end. */
export interface Fetched {
  readonly bytes: AsyncGenerator<Uint8Array>;
  readonly address: string;
  readonly contentType: string;
}

const MAX_REDIRECTS = 5;

/** Whether a name of data is an address and not a path. */
export function isAddress(spec: string): boolean {
  return /^https?:\/\//i.test(spec);
}

/** An address as messages and reports show it: without user, password, query and fragment, which may be secret. */
export function shownAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url ? url.origin + url.pathname : shown(address);
}

/**
 * Opens an https address, within limits of size, time and redirects. Plain http is refused except on this machine.
 *
 * @throws {GruvyError} `network/address`, `network/redirect`, `network/status`, `network/web-page`; and while the bytes
 *   are read `network/too-large`, `network/timeout`, `network/cut`, `network/failed`.
 */
export async function openAddress(address: string, options: FetchOptions = {}): Promise<Fetched> {
  const maxBytes = wholeNumber(options.maxBytes ?? 2 ** 28, "maxBytes");
  const timeout = wholeNumber(options.timeout ?? 60_000, "timeout", { max: 2 ** 31 - 1 });
  const late = AbortSignal.timeout(timeout);
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late;
  const failed = (cause: unknown): GruvyError => {
    const where = shownAddress(address);
    if (cause instanceof GruvyError) return cause;
    if (options.signal?.aborted)
      return new GruvyError("network/aborted", `Reading ${where} was stopped`, "", { cause });
    if (late.aborted) {
      const what = `${where} did not answer in full within ${timeout / 1000} s`;
      return new GruvyError("network/timeout", what, "Try again, or fetch the file and name its path.", { cause });
    }
    const reason = codeOf(cause);
    const what = `${where} could not be read${reason ? ` (${reason})` : ""}`;
    return new GruvyError("network/failed", what, "Check the address and the connection.", { cause });
  };
  let url = checked(address, undefined);
  for (let redirects = 0; ; redirects++) {
    let response: Response;
    try {
      // Compression on the way would hide how much a small answer grows to.
      response = await fetch(url, { redirect: "manual", signal, headers: { "accept-encoding": "identity" } });
    } catch (cause) {
      throw failed(cause);
    }
    const location = response.headers.get("location");
    if ([301, 302, 303, 307, 308].includes(response.status) && location !== null) {
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS) {
        throw new GruvyError("network/redirect", `${shownAddress(address)} redirects more than ${MAX_REDIRECTS} times`);
      }
      if (!URL.canParse(location, url)) {
        throw new GruvyError("network/redirect", `${shownAddress(url.href)} redirects to ${shown(location)}`);
      }
      url = checked(new URL(location, url).href, url);
      continue;
    }
    try {
      return accepted(response, url, maxBytes, failed);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
  }
}

/** The system's code of an error that fetch wraps, once or, where it tried several addresses, twice; else what it says. */
function codeOf(error: unknown): string | undefined {
  const inner = (error as { cause?: { code?: string; errors?: { code?: string }[]; message?: string } }).cause;
  return inner?.code ?? inner?.errors?.[0]?.code ?? inner?.message;
}

/** The address, if it may be opened: https, or http on this machine; never from elsewhere to this machine. */
function checked(address: string, from: URL | undefined): URL {
  if (!URL.canParse(address)) {
    throw new GruvyError("network/address", `${shown(address)} is not an address`, "It starts with https://.");
  }
  const url = new URL(address);
  const where = shownAddress(address);
  if (url.username !== "" || url.password !== "") {
    throw new GruvyError("network/address", `The address ${where} holds a user name or password`, "Leave it out.");
  }
  if (from && isLocal(url) && !isLocal(from)) {
    throw new GruvyError("network/redirect", `${shownAddress(from.href)} redirects to this machine, ${where}`);
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLocal(url))) {
    const code = from ? "network/redirect" : "network/address";
    const what = from
      ? `${shownAddress(from.href)} redirects to ${where}, which is not https`
      : `${where} is not https`;
    throw new GruvyError(code, what, "Use an https address, or fetch the file and name its path.");
  }
  return url;
}

function isLocal(url: URL): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
}

function accepted(response: Response, url: URL, maxBytes: number, failed: (cause: unknown) => GruvyError): Fetched {
  const where = shownAddress(url.href);
  if (response.status !== 200) {
    throw new GruvyError("network/status", `${where} answered with status ${response.status}`, "Check the address.");
  }
  const contentType = (response.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  if (contentType === "text/html") {
    throw new GruvyError("network/web-page", `${where} is a web page`, "Give the address of the file itself (raw).");
  }
  const encoding = response.headers.get("content-encoding") ?? "identity";
  const length = encoding === "identity" ? response.headers.get("content-length") : null;
  const declared = length === null ? undefined : Number(length);
  if (declared !== undefined && declared > maxBytes) throw tooLarge(where, maxBytes);
  return { bytes: counted(response, where, maxBytes, declared, failed), address: url.href, contentType };
}

async function* counted(
  response: Response,
  where: string,
  maxBytes: number,
  declared: number | undefined,
  failed: (cause: unknown) => GruvyError,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  try {
    for await (const chunk of response.body ?? []) {
      total += chunk.length;
      if (total > maxBytes) throw tooLarge(where, maxBytes);
      yield chunk;
    }
  } catch (cause) {
    const error = failed(cause);
    if (error.code !== "network/failed") throw error;
    throw new GruvyError("network/cut", `${where} broke off after ${total} bytes`, "Try again.", { cause });
  }
  if (declared !== undefined && total !== declared) {
    throw new GruvyError("network/cut", `${where} sent ${total} of ${declared} bytes`, "Try again.");
  }
}

function tooLarge(where: string, maxBytes: number): GruvyError {
  const limit = `${maxBytes.toLocaleString("en")} bytes`;
  return new GruvyError(
    "network/too-large",
    `${where} holds more than ${limit}`,
    "Fetch the file and name its path, or raise maxBytes.",
  );
}
