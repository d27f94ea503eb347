import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GruvyError } from "../base/index.ts";
import { crc32Text } from "./crc32.ts";
import { errorOf } from "./error-of.twin.ts";
import { failingFiles } from "./failing-files.twin.ts";
import { clearHalfFiles } from "./half-files.ts";
import { lockFolder } from "./lock.ts";

const host = crc32Text(new TextEncoder().encode(hostname()));
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-lock-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const leave = (owner: string) => fs.writeFileSync(join(folder, `.gruvy.lock.${owner}.abc123`), "");

describe("lockFolder", () => {
  test("refuses a second writer until the first is done", async () => {
    const lock = await lockFolder(folder);
    const error = await errorOf(lockFolder(folder));
    expect(error.code).toBe("file/locked");
    expect(error.message).toContain(`Another run, process ${process.pid}, writes to ${folder}`);
    await lock.release();
    await (await lockFolder(folder)).release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("makes the folder", async () => {
    const lock = await lockFolder(join(folder, "new", "run"));
    await lock.release();
    expect(fs.existsSync(join(folder, "new", "run"))).toBe(true);
  });

  test("takes over the lock of a dead process", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    leave(`${host}.${pid}.0`);
    leave(`${host}.${pid}.12345678`);
    const lock = await lockFolder(folder);
    expect(fs.readdirSync(folder)).toHaveLength(1);
    await lock.release();
  });

  test.skipIf(process.platform !== "linux")("takes over when the number was given to another process", async () => {
    leave(`${host}.${process.pid}.12345678`);
    await (await lockFolder(folder)).release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("refuses while the other lives, and takes over once it was killed", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    leave(`${host}.${child.pid}.0`);
    expect((await errorOf(lockFolder(folder))).message).toContain(`process ${child.pid}`);
    child.kill("SIGKILL");
    await ended;
    await (await lockFolder(folder)).release();
  });

  test("cannot tell of another machine, and says which file to delete", async () => {
    leave("00000000.1.0");
    const error = await errorOf(lockFolder(folder));
    expect(error.code).toBe("file/locked");
    expect(error.message).toContain("of another machine");
    expect(error.message).toContain(`delete ${join(folder, ".gruvy.lock.00000000.1.0.abc123")}`);
    expect(fs.readdirSync(folder)).toEqual([".gruvy.lock.00000000.1.0.abc123"]);
  });

  test("clears away what a dead process was writing, and nothing else", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const half = (owner: number) => `.gruvy-${owner}-0123456789abcdef.tmp`;
    const others = [half(process.pid), ".gruvy-0123456789abcdef.tmp", "checkpoint-000001.gruvy"];
    for (const name of [half(pid), ...others]) fs.writeFileSync(join(folder, name), "");
    await (await lockFolder(folder)).release();
    expect(fs.readdirSync(folder).sort()).toEqual(others.sort());
  });

  test("where others may write, what is still being written stays", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const [old, fresh] = ["0123456789abcdef", "fedcba9876543210"].map((end) => `.gruvy-${pid}-${end}.tmp`);
    for (const name of [old, fresh]) fs.writeFileSync(join(folder, name), "");
    fs.utimesSync(join(folder, old), 1e9, 1e9);
    await clearHalfFiles(folder, { idle: 60_000 });
    expect(fs.readdirSync(folder)).toEqual([fresh]);
    await clearHalfFiles(folder);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("ignores files that are no locks", async () => {
    for (const name of [".gruvy.lock.", ".gruvy.lock.x.y.z", "gruvy.lock", "x.gruvy.lock.00000000.1.0.a"]) {
      fs.writeFileSync(join(folder, name), "");
    }
    await (await lockFolder(folder)).release();
    expect(fs.readdirSync(folder)).toHaveLength(4);
  });

  test("of many that start at once at most one gets it, and all leave nothing behind", async () => {
    for (let round = 0; round < 5; round++) {
      const results = await Promise.allSettled(Array.from({ length: 6 }, () => lockFolder(folder)));
      const locks = results.filter((result) => result.status === "fulfilled");
      expect(locks.length).toBeLessThanOrEqual(1);
      for (const result of results) {
        if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "file/locked" });
      }
      for (const lock of locks) await lock.value.release();
      expect(fs.readdirSync(folder)).toEqual([]);
    }
  });

  test("a failing call gives a GruvyError and leaves no lock", async () => {
    for (let failAt = 1; ; failAt++) {
      const { files, failed } = failingFiles(failAt, "EIO");
      let error: unknown;
      const lock = await lockFolder(folder, { files }).catch((caught: unknown) => {
        error = caught;
      });
      if (failed() === undefined) {
        // The next call is the first of the release, whose failure leaves the lock to the end of the process.
        await lock?.release().catch(() => fs.rmSync(folder, { recursive: true }));
        expect(failAt).toBeGreaterThan(4);
        break;
      }
      expect(error).toBeInstanceOf(GruvyError);
      expect(fs.readdirSync(folder)).toEqual([]);
    }
  });
});
