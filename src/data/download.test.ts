import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { download, type Remote } from "./download.ts";

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i + (i >> 8)) & 255));
const turn = () => new Promise((resolve) => setImmediate(resolve));
const patience = { idle: 20_000, retries: 3, wait: 1 };

/** Answers with the file, in parts where asked for, as a good server does. */
function whole(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array = content): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const range = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from, ...(from > 0 ? range : {}) });
  response.end(bytes.subarray(from));
}

/** Sends so many bytes of what was asked for, then breaks off. */
const cutAfter = (count: number) => (request: IncomingMessage, response: ServerResponse) => {
  const from = Number(/\d+/.exec(request.headers.range ?? "0")?.[0]);
  const range = { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from, ...(from > 0 ? range : {}) });
  response.write(content.subarray(from, from + count), () => setTimeout(() => response.destroy(), 20));
};

describe("download", () => {
  let folder: string;
  let path: string;
  let server: Server;
  let remote: Remote;
  let said: string[];
  let ranges: (string | undefined)[];
  /** What answers the first request, the second...; the last one answers all that follow. */
  let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "gruvy-download-"));
    path = join(folder, "cache", "file.bin");
    said = [];
    ranges = [];
    answers = [whole];
    server = createServer((request, response) => {
      ranges.push(request.headers.range);
      (answers.length > 1 ? answers.shift()! : answers[0])(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    remote = {
      title: "test file",
      address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin?key=secret`,
      bytes: content.length,
      sha256: createHash("sha256").update(content).digest("hex"),
      otherwise: "give its path.",
    };
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const fetchIt = (options: Parameters<typeof download>[2] = {}) =>
    download(remote, path, { say: (sentence) => said.push(sentence), ...options }, patience);
  const fetchImpatiently = () => download(remote, path, {}, { ...patience, idle: 250 });
  const refused = (code: string, message = /./) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });
  const isThere = () => expect(readFileSync(path).equals(content)).toBe(true);
  const leavesNothing = () => {
    expect(existsSync(path)).toBe(false);
    expect(existsSync(`${path}.part`)).toBe(false);
  };

  it("fetches the file once, saying size and source before, and shows its progress", async () => {
    const progress: number[] = [];
    await fetchIt({
      onProgress: ({ received, total }) => {
        expect(said).toHaveLength(1);
        expect(total).toBe(content.length);
        progress.push(received);
      },
    });
    isThere();
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(progress.at(-1)).toBe(content.length);
    expect(said[0]).toMatch(/^Fetching the test file \(0\.3 MiB\) from http:\/\/127\.0\.0\.1:\d+\/file\.bin to /);
    await fetchIt();
    expect(said).toHaveLength(1);
    expect(ranges).toEqual([undefined]);
  });

  it("takes a connection that breaks up again where it broke", async () => {
    answers = [cutAfter(100_000), cutAfter(50_000), whole];
    await fetchIt();
    isThere();
    expect(ranges).toHaveLength(3);
    expect(Number(/\d+/.exec(ranges[2]!)![0])).toBeGreaterThan(Number(/\d+/.exec(ranges[1]!)![0]));
  });

  it("keeps what arrived when it must give up, and the next run fetches only the rest", async () => {
    answers = [cutAfter(100_000), (_, response) => response.destroy()];
    await expect(fetchIt()).rejects.toThrow(
      refused("network/failed", /try again \(what arrived is kept\), or give its path\.$/),
    );
    const there = readFileSync(`${path}.part`).length;
    expect(there).toBeGreaterThan(0);
    answers = [whole];
    await fetchIt();
    isThere();
    expect(ranges.at(-1)).toBe(`bytes=${there}-`);
    expect(said.at(-1)).toContain("the rest");
  });

  it("starts again where the server knows no parts", async () => {
    answers = [
      cutAfter(100_000),
      (request, response) => whole({ ...request, headers: {} } as IncomingMessage, response),
    ];
    await fetchIt();
    isThere();
    expect(ranges[1]).toMatch(/^bytes=\d+-$/);
  });

  it("refuses and removes what is altered", async () => {
    const changed = Buffer.from(content);
    changed[1000] ^= 1;
    answers = [(request, response) => whole(request, response, changed)];
    await expect(fetchIt()).rejects.toThrow(
      refused("network/altered", /SHA-256 differs\. Try again later, or give its path\.$/),
    );
    leavesNothing();
  });

  it("fetches all of it when what an earlier run left does not fit", async () => {
    mkdirSync(join(folder, "cache"));
    writeFileSync(`${path}.part`, Buffer.alloc(1000, 7));
    await fetchIt();
    isThere();
    expect(ranges).toEqual(["bytes=1000-", undefined]);
    expect(said).toHaveLength(2);
  });

  it("fetches a cached file that was altered, or left too long, again", async () => {
    mkdirSync(join(folder, "cache"));
    writeFileSync(path, Buffer.alloc(content.length));
    writeFileSync(`${path}.part`, Buffer.alloc(content.length + 1));
    await fetchIt();
    isThere();
    expect(ranges).toEqual([undefined]);
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string, RegExp]>([
    ["status 404", (_, response) => response.writeHead(404).end("gone"), "network/status", /status 404/],
    ["another size", (_, response) => response.end("<html>log in"), "network/altered", /12 bytes instead of 300000/],
    [
      "more than it should",
      (_, response) => {
        response.write(content);
        response.end(content);
      },
      "network/altered",
      /sent more than 300000 bytes/,
    ],
    ["a closed door", (_, response) => response.destroy(), "network/failed", /could not be fetched from .*ECONNRESET/],
    [
      "a file address",
      (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
      "network/redirect",
      /redirects away/,
    ],
    ["a circle", (_, response) => response.writeHead(302, { location: "/" }).end(), "network/redirect", /without end/],
  ])("answers %s with one clear error, and leaves nothing", async (_, answer, code, message) => {
    answers = [answer];
    await expect(fetchIt()).rejects.toThrow(refused(code, message));
    expect(ranges.length).toBeLessThanOrEqual(6);
    leavesNothing();
  });

  it("follows redirects", async () => {
    answers = [(_, response) => response.writeHead(302, { location: "/elsewhere" }).end(), whole];
    await fetchIt();
    isThere();
  });

  it("answers another part than it asked for, or a file that shrank, with an error", async () => {
    mkdirSync(join(folder, "cache"));
    writeFileSync(`${path}.part`, content.subarray(0, 1000));
    answers = [(_, response) => response.writeHead(206, { "content-range": "bytes 0-9/300000" }).end("0123456789")];
    await expect(fetchIt()).rejects.toThrow(refused("network/status", /another part/));
    expect(existsSync(`${path}.part`)).toBe(true);
    answers = [(_, response) => response.writeHead(416).end()];
    await expect(fetchIt()).rejects.toThrow(refused("network/altered", /fewer bytes/));
    leavesNothing();
  });

  it("gives up a connection that falls silent on the way, after it took it up again", async () => {
    const silent = (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 5000));
    };
    answers = [silent, () => {}];
    // The clock stands still until what was sent has come.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const given = expect(fetchImpatiently()).rejects.toThrow(refused("network/timeout"));
      const come = () => existsSync(`${path}.part`) && readFileSync(`${path}.part`).length === 5000;
      while (!come() || vi.getTimerCount() === 0) await turn();
      vi.advanceTimersByTime(250);
      while (ranges.length < 2) {
        await turn();
        vi.advanceTimersByTime(1); // the wait before the second request
      }
      vi.advanceTimersByTime(250);
      await given;
    } finally {
      vi.useRealTimers();
    }
    expect(readFileSync(`${path}.part`).equals(content.subarray(0, 5000))).toBe(true);
  });

  it("waits for silence no longer than promised", async () => {
    answers = [() => {}];
    await expect(fetchImpatiently()).rejects.toThrow(refused("network/timeout", /sent nothing for 0.25 s/));
    leavesNothing();
  });

  it("stops when told to, keeping what arrived", async () => {
    const controller = new AbortController();
    answers = [cutAfter(content.length - 1)];
    const stopped = fetchIt({ signal: controller.signal, onProgress: () => controller.abort() });
    await expect(stopped).rejects.toThrow(refused("network/aborted", /stopped\. What arrived is kept/));
    expect(existsSync(`${path}.part`)).toBe(true);
    await expect(fetchIt({ signal: AbortSignal.abort() })).rejects.toThrow(refused("network/aborted"));
  });

  it("passes on what a callback throws, without trying again", async () => {
    const onProgress = () => {
      throw new RangeError("mine");
    };
    await expect(fetchIt({ onProgress })).rejects.toThrow(RangeError);
    expect(ranges).toHaveLength(1);
  });

  it("lets two processes fetch at once", async () => {
    await Promise.all([fetchIt(), fetchIt(), fetchIt()]);
    isThere();
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  it("says where it cannot write, and follows no link", async () => {
    writeFileSync(join(folder, "cache"), "a file");
    await expect(fetchIt()).rejects.toThrow(refused("file/unwritable", /XDG_CACHE_HOME/));
    rmSync(join(folder, "cache"));
    mkdirSync(join(folder, "cache"));
    writeFileSync(join(folder, "precious"), "");
    if (process.platform === "win32") return;
    symlinkSync(join(folder, "precious"), `${path}.part`);
    await expect(fetchIt()).rejects.toThrow(refused("file/unwritable", /ELOOP/));
    expect(readFileSync(join(folder, "precious"))).toHaveLength(0);
  });

  it("has one clear error where nobody answers", async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(fetchIt()).rejects.toThrow(
      refused("network/failed", /ECONNREFUSED\)\. Check the connection and try again, or give its path\.$/),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
});
