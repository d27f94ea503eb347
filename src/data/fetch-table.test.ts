import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openAddress, shownAddress } from "./fetch-table.ts";
import { openTable } from "./open-table.ts";
import { refused } from "./refused.twin.ts";

const csv = "month,sold\n2020-01,5\n2020-02,7\n";
let server: Server;
let base: string;
const asked: IncomingMessage[] = [];

const answers: Record<string, (response: ServerResponse) => void> = {
  "/sales.csv": (r) => r.setHeader("content-type", "text/csv").end(csv),
  "/sales.csv.gz": (r) => r.end(gzipSync(csv)),
  "/rows.jsonl": (r) => r.end('{"a": 1}\n'),
  "/rows": (r) => r.setHeader("content-type", "application/json").end('{"a": 1}\n'),
  "/page": (r) => r.setHeader("content-type", "text/html; charset=utf-8").end("<html>"),
  "/missing": (r) => r.writeHead(404).end("no"),
  "/empty": (r) => r.end(),
  "/moved": (r) => r.writeHead(302, { location: "/sales.csv" }).end(),
  "/relative/moved": (r) => r.writeHead(307, { location: "../sales.csv?token=x" }).end(),
  "/loop": (r) => r.writeHead(301, { location: "/loop" }).end(),
  "/away": (r) => r.writeHead(301, { location: "http://example.com/sales.csv" }).end(),
  "/file": (r) => r.writeHead(301, { location: "file:///etc/passwd" }).end(),
  "/nowhere": (r) => r.writeHead(301, { location: "http://[" }).end(),
  "/password": (r) => r.writeHead(301, { location: "http://user:secret@localhost/" }).end(),
  "/long": (r) => r.end(`a\n${"1\n".repeat(100_000)}`),
  "/declared": (r) => r.writeHead(200, { "content-length": "99999999999" }).write("a\n"),
  "/cut": (r) => {
    r.writeHead(200, { "content-length": "1000" });
    r.write(csv, () => r.destroy());
  },
  "/slow": (r) => r.writeHead(200).write("a\n"),
  "/silent": () => undefined,
  "/bad-then-slow": (r) => r.writeHead(200).write(`a,b\n1\n${"1,2\n".repeat(40_000)}`),
};

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    const answer = answers[new URL(request.url ?? "", "http://localhost").pathname];
    if (answer) answer(response);
    else response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("openTable, of an address", () => {
  it.each(["/sales.csv", "/sales.csv?user=me", "/sales.csv.gz", "/moved", "/relative/moved"])(
    "reads %s",
    async (path) => {
      const table = await openTable(base + path);
      expect(table.column("sold").values).toEqual(["5", "7"]);
      expect(table.source).toBe(base + path.replace(/\?.*/, ""));
    },
  );

  it.each(["/rows.jsonl", "/rows"])("reads JSON lines at %s", async (path) => {
    expect((await openTable(base + path)).column("a").values).toEqual(["1"]);
  });

  it.each([
    ["/page", "network/web-page"],
    ["/missing", "network/status"],
    ["/empty", "data/empty"],
    ["/loop", "network/redirect"],
    ["/away", "network/redirect"],
    ["/file", "network/redirect"],
    ["/nowhere", "network/redirect"],
    ["/password", "network/address"],
    ["/cut", "network/cut"],
    ["/declared", "network/too-large"],
  ])("refuses %s", async (path, code) => {
    expect((await refused(() => openTable(base + path))).code).toBe(code);
  });

  it("asks at most six times", async () => {
    asked.length = 0;
    await refused(() => openTable(`${base}/loop`));
    expect(asked).toHaveLength(6);
  });

  it("refuses more than it may take", async () => {
    const error = await refused(() => openTable(`${base}/long`, { maxBytes: 10_000 }));
    expect(error.code).toBe("network/too-large");
    expect(error.message).toContain("/long holds more than 10,000 bytes");
  });

  it.each(["/slow", "/silent"])("gives %s up after its time", async (path) => {
    const error = await refused(() => openTable(base + path, { timeout: 100 }));
    expect(error.code).toBe("network/timeout");
    expect(error.message).toContain("did not answer in full within 0.1 s");
  });

  it("stops when told to", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const error = await refused(() => openTable(`${base}/slow`, { signal: controller.signal }));
    expect(error.code).toBe("network/aborted");
  });

  it("does not wait for the rest of a table it refuses", async () => {
    expect((await refused(() => openTable(`${base}/bad-then-slow`))).code).toBe("data/ragged");
  });

  it("says when nobody answers", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const error = await refused(() => openTable(`http://127.0.0.1:${port}/sales.csv`));
    expect(error.code).toBe("network/failed");
    expect(error.message).toContain("ECONNREFUSED");
    expect((await refused(() => openTable("http://localhost:1/sales.csv"))).message).toContain("(bad port)");
  });

  it.each([
    ["http://example.com/sales.csv", "example.com/sales.csv is not https"],
    ["http://127.0.0.1.example.com/x.csv", "is not https"],
    ["https://user:secret@example.com/x.csv", "holds a user name or password"],
    ["https://", "is not an address"],
  ])("refuses %s without asking", async (address, message) => {
    const error = await refused(() => openAddress(address));
    expect(error.code).toBe("network/address");
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("secret");
  });
});

describe("openAddress", () => {
  it.each([
    ["http://127.0.0.1:80/x.csv", "redirects to this machine"],
    ["https://localhost/x.csv", "redirects to this machine"],
    ["http://example.org/x.csv", "which is not https"],
  ])("is not led from elsewhere to %s", async (location, message) => {
    const fetched = vi.fn(async () => new Response(null, { status: 302, headers: { location } }));
    vi.stubGlobal("fetch", fetched);
    try {
      const error = await refused(() => openAddress("https://example.com/x.csv"));
      expect(error.code).toBe("network/redirect");
      expect(error.message).toContain(message);
      expect(fetched).toHaveBeenCalledTimes(1);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("shownAddress", () => {
  it("leaves out what may be secret", () => {
    expect(shownAddress("https://me:pw@example.com/a/b.csv?key=1#x")).toBe("https://example.com/a/b.csv");
  });
});
