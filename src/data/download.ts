import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { GruvyError } from "../base/index.ts";
import { shownAddress } from "./fetch-table.ts";
import { sourceName } from "./source-name.ts";

/** A file elsewhere, known to the byte. */
export interface Remote {
  /** How messages name it. */
  readonly title: string;
  readonly address: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What one can do instead, to follow "or". */
  readonly otherwise: string;
}

export interface DownloadOptions {
  /** Told in a sentence what is fetched, how much and from where, before it starts. The library prints nothing itself. */
  readonly say?: (sentence: string) => void;
  /** Told how many bytes are there, those of an earlier run included. */
  readonly onProgress?: (progress: { readonly received: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** How patient a download is. */
export interface Patience {
  /** Milliseconds without a byte until a connection is given up. */
  readonly idle: number;
  /** How often a connection that broke, after giving something, is taken up again, and the milliseconds before. */
  readonly retries: number;
  readonly wait: number;
}

const MAX_REDIRECTS = 5;

/**
 * Sees to it that `path` holds the remote file: what is there and sound is left alone; else it is fetched into
 * `path.part`, from where an earlier run broke off, checked by its SHA-256, synced and renamed. Two processes may do so
 * at once: both write the same bytes to the same places.
 *
 * @throws {GruvyError} `network/failed`, `network/timeout`, `network/cut` (what arrived is kept), `network/status`,
 *   `network/redirect`, `network/altered` (nothing is kept), `network/aborted`, `file/unwritable`.
 */
export async function download(
  remote: Remote,
  path: string,
  options: DownloadOptions = {},
  patience: Patience = { idle: 30_000, retries: 10, wait: 1000 },
): Promise<void> {
  if (await isWhole(path, remote)) return;
  const { title, address } = remote;
  const part = `${path}.part`;
  await writing(path, () => mkdir(dirname(path), { recursive: true }));
  if ((await sizeOf(part)) > remote.bytes) await writing(part, () => rm(part));
  const there = await sizeOf(part);
  const rest = there > 0 ? `the rest (${megabytes(there)} are there) of ` : "";
  options.say?.(
    `Fetching ${rest}the ${title} (${megabytes(remote.bytes)}) from ${shownAddress(address)} to ${sourceName(path)}`,
  );
  for (let isResumed = there > 0; ; isResumed = false) {
    await fill(remote, part, options, patience);
    if (await isWhole(part, remote)) break;
    if (await isWhole(path, remote)) return; // another process was quicker
    await writing(part, () => rm(part, { force: true }));
    if (!isResumed) throw altered(remote, "sent something else: its SHA-256 differs");
    options.say?.(`What an earlier run left of the ${title} does not fit what followed; fetching all of it`);
  }
  await writing(path, async () => {
    try {
      await rename(part, path);
    } catch (error) {
      if (!(await isWhole(path, remote))) throw error;
    }
  });
}

/** Takes the connection up again as long as each brings something. */
async function fill(remote: Remote, part: string, options: DownloadOptions, patience: Patience): Promise<void> {
  for (let retries = patience.retries; ; retries--) {
    const there = await sizeOf(part);
    if (there === remote.bytes) return;
    try {
      return await receive(remote, part, there, options, patience.idle);
    } catch (error) {
      const broke = error instanceof GruvyError && ["network/cut", "network/timeout"].includes(error.code);
      if (!broke || retries === 0 || (await sizeOf(part)) <= there) throw error;
      await pause(patience.wait, undefined, { signal: options.signal }).catch(() => {});
    }
  }
}

/** Fetches the bytes from `offset` on, each to its place in `part`. */
async function receive(
  remote: Remote,
  part: string,
  offset: number,
  { signal, onProgress }: DownloadOptions,
  idle: number,
): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), idle);
  const stop = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  let response: IncomingMessage | undefined;
  let file: FileHandle | undefined;
  let at: number | undefined;
  try {
    response = (await request(remote, offset, stop)).on("error", () => {}); // whoever reads it is told as well
    at = startOf(response, remote, offset);
    // Never a link's target; and nothing is cut off that another process may have written.
    const flags = constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    file = await writing(part, () => open(part, flags, 0o644));
    for await (const chunk of response as AsyncIterable<Buffer>) {
      timer.refresh();
      if (at + chunk.length > remote.bytes) throw altered(remote, `sent more than ${remote.bytes} bytes`);
      await writeAll(file, chunk, at, part);
      at += chunk.length;
      onProgress?.({ received: at, total: remote.bytes });
    }
    if (at < remote.bytes) throw cut(remote, at);
    await writing(part, () => file!.sync());
  } catch (cause) {
    if (signal?.aborted) {
      throw new GruvyError("network/aborted", `Fetching the ${remote.title} was stopped`, "What arrived is kept.", {
        cause,
      });
    }
    if (cause instanceof GruvyError) {
      if (cause.code === "network/altered") await rm(part, { force: true });
      throw cause;
    }
    if (stalled.signal.aborted) {
      const what = `${shownAddress(remote.address)} sent nothing for ${idle / 1000} s`;
      throw new GruvyError("network/timeout", what, again(remote, at ?? offset), { cause });
    }
    const reason = (cause as { code?: unknown }).code;
    if (typeof reason !== "string") throw cause; // not of the connection: a callback failed
    if (at !== undefined) throw cut(remote, at, cause);
    const what = `The ${remote.title} could not be fetched from ${shownAddress(remote.address)} (${reason})`;
    throw new GruvyError("network/failed", what, again(remote, offset), { cause });
  } finally {
    clearTimeout(timer);
    response?.destroy();
    await file?.close();
  }
}

/** The answer to a request for the bytes from `offset` on, through redirects; these never lead from https to http. */
async function request(remote: Remote, offset: number, signal: AbortSignal): Promise<IncomingMessage> {
  let url = new URL(remote.address);
  for (let redirects = 0; ; redirects++) {
    // Not fetch, which would undo a compression that a server declares for a file that is compressed itself.
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const range = offset > 0 ? { range: `bytes=${offset}-` } : {};
      const headers = { "accept-encoding": "identity", "user-agent": "gruvy", ...range };
      const get = url.protocol === "https:" ? httpsGet : httpGet;
      get(url, { headers, signal, agent: false }, resolve).on("error", reject);
    });
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined) return response;
    response.destroy();
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (redirects === MAX_REDIRECTS || (next?.protocol !== "https:" && next?.protocol !== url.protocol)) {
      const what = `${shownAddress(url.href)} redirects ${redirects === MAX_REDIRECTS ? "without end" : "away from https"}`;
      throw new GruvyError("network/redirect", what, `Try again later, or ${remote.otherwise}`);
    }
    url = next!;
  }
}

/** Where the bytes of an answer begin: at `offset`, or at 0 when the server knows no parts. */
function startOf(response: IncomingMessage, remote: Remote, offset: number): number {
  const { statusCode = 0, headers } = response;
  const isPart = statusCode === 206;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "");
  if ((statusCode !== 200 && !isPart && statusCode !== 416) || (isPart && Number(range?.[1]) !== offset)) {
    const what = isPart ? "another part than it was asked for" : `status ${statusCode}`;
    throw new GruvyError(
      "network/status",
      `${shownAddress(remote.address)} answered with ${what}`,
      `Try again later, or ${remote.otherwise}`,
    );
  }
  const length = isPart ? range?.[2] : headers["content-length"];
  if (statusCode === 416 || (length !== undefined && length !== "*" && Number(length) !== remote.bytes)) {
    const found = statusCode === 416 ? "fewer" : `${length}`;
    throw altered(remote, `has a file of ${found} bytes instead of ${remote.bytes}`);
  }
  return isPart ? offset : 0;
}

async function writeAll(file: FileHandle, chunk: Uint8Array, at: number, part: string): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await writing(part, () => file.write(chunk, done, chunk.length - done, at + done));
    done += bytesWritten;
  }
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;

/** What to do after a failure that left so many bytes. */
function again({ otherwise }: Remote, there: number): string {
  return `Check the connection and try again${there > 0 ? " (what arrived is kept)" : ""}, or ${otherwise}`;
}

function cut(remote: Remote, at: number, cause?: unknown): GruvyError {
  const what = `${shownAddress(remote.address)} broke off after ${at} of ${remote.bytes} bytes`;
  return new GruvyError("network/cut", what, again(remote, at), { cause });
}

function altered(remote: Remote, how: string): GruvyError {
  const what = `What ${shownAddress(remote.address)} gives is not the ${remote.title}: it ${how}`;
  return new GruvyError("network/altered", what, `Try again later, or ${remote.otherwise}`);
}

async function isWhole(path: string, { bytes, sha256 }: Remote): Promise<boolean> {
  if ((await sizeOf(path)) !== bytes) return false;
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch {
    return false;
  }
  return hash.digest("hex") === sha256;
}

/** 0 for what is not there. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = (cause as { code?: string }).code ?? String(cause);
    throw new GruvyError(
      "file/unwritable",
      `${sourceName(path)} could not be written (${reason})`,
      "Make room and check permissions, or set XDG_CACHE_HOME to another folder.",
      { cause },
    );
  }
}
