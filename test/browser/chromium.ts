// Opens a page in a headless Chromium and waits for what it sends home.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The browser that GRUVY_CHROMIUM names, else the first of the usual names; undefined without one. */
export function findChromium(): string | undefined {
  const names = [process.env.GRUVY_CHROMIUM, "chromium", "chromium-browser", "google-chrome", "chrome"];
  return names.find((name) => name && spawnSync(name, ["--version"], { encoding: "utf8" }).status === 0);
}

/** The page with the library as a bundler packs it for users: its files by address. */
export async function bundledPage(): Promise<Map<string, string>> {
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    resolve: { alias: { gruvy: join(root, "dist/index.js") } },
    worker: { format: "es" },
    build: {
      write: false,
      target: "es2023",
      modulePreload: false,
      assetsInlineLimit: 0,
      rolldownOptions: { input: { page: join(root, "test/browser/page.js") }, output: { entryFileNames: "page.js" } },
    },
  });
  if (!("output" in result)) throw new Error("expected one build");
  const files = new Map<string, string>();
  for (const file of result.output) {
    files.set(`/${file.fileName}`, file.type === "chunk" ? file.code : Buffer.from(file.source).toString("utf8"));
  }
  files.set(
    "/",
    '<!doctype html><meta charset="utf-8"><title>Gruvy</title><body><script type="module" src="/page.js"></script>',
  );
  return files;
}

const types: Record<string, string> = { ".js": "text/javascript", "": "text/html" };
const isolating = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** What the page sends to /result, opened in a fresh browser; `isolated`: with the headers that allow shared memory. */
export async function openPage<Result>(
  browser: string,
  files: ReadonlyMap<string, string | Uint8Array>,
  isolated: boolean,
  limit = 240_000,
): Promise<Result> {
  let server: Server | undefined;
  let child: ChildProcess | undefined;
  const folder = await mkdtemp(join(tmpdir(), "gruvy-browser-"));
  try {
    return await new Promise<Result>((resolve, reject) => {
      server = createServer((request, response) => {
        const path = request.url ?? "";
        if (request.method === "POST" && path === "/result") {
          const parts: Buffer[] = [];
          request.on("data", (part: Buffer) => parts.push(part));
          request.on("end", () => {
            response.end();
            resolve(JSON.parse(Buffer.concat(parts).toString("utf8")));
          });
          return;
        }
        const text = files.get(path);
        const type = types[extname(path)] ?? "application/octet-stream";
        response.writeHead(text === undefined ? 404 : 200, { "Content-Type": type, ...(isolated ? isolating : {}) });
        response.end(text ?? "");
      });
      server.listen(0, "127.0.0.1", () => {
        const { port } = server!.address() as AddressInfo;
        child = start(browser, folder, `http://127.0.0.1:${port}/`);
        let said = "";
        child.stderr!.on("data", (part: Buffer) => {
          said = (said + part.toString("utf8")).slice(-4000);
        });
        child.on("error", reject);
        child.on("exit", (code) =>
          reject(new Error(`${browser} ended with ${code} before the page was done:\n${said}`)),
        );
        setTimeout(() => reject(new Error(`The page sent nothing within ${limit} ms:\n${said}`)), limit).unref();
      });
    });
  } finally {
    server?.close();
    server?.closeAllConnections();
    await end(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** In a process group of its own, so that the browser's own processes can be ended with it. */
function start(browser: string, folder: string, address: string): ChildProcess {
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const options = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    ...quiet,
  ];
  return spawn(browser, [...options, `--user-data-dir=${folder}`, address], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
  await ended;
}
