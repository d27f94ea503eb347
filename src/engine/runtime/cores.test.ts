import { availableParallelism } from "node:os";
import { expect, it } from "vitest";
import { type CoreHost, cores, coresOf } from "./cores.ts";

const machine = (affinity: number, files: Record<string, string> = {}): CoreHost => ({
  machine: 16,
  affinity,
  read: (path) => files[path],
});

/** Version 2, the process in a group of this path, with `cpu.max` of some groups. */
const second = (path: string, limits: Record<string, string>) =>
  machine(16, {
    "/proc/self/cgroup": `0::${path}\n`,
    ...Object.fromEntries(Object.entries(limits).map(([at, max]) => [`/sys/fs/cgroup${at}/cpu.max`, max])),
  });

/** Version 1, the processor's hierarchy mounted at `mount`. */
const first = (controllers: string, path: string, mount: string, quota: string, period = "100000\n") =>
  machine(16, {
    "/proc/self/cgroup": `12:memory:/docker/abc\n4:${controllers}:${path}\n1:name=systemd:/init\n`,
    [`${mount}/cpu.cfs_quota_us`]: quota,
    [`${mount}/cpu.cfs_period_us`]: period,
  });

it("without a quota all cores of the affinity, on Linux and elsewhere", () => {
  expect(coresOf(machine(16))).toEqual({ machine: 16, affinity: 16, quota: undefined, usable: 16 });
  expect(coresOf(machine(3)).usable).toBe(3);
  expect(coresOf(second("/", { "": "max 100000\n" }))).toMatchObject({ quota: undefined, usable: 16 });
  expect(coresOf(second("/", {})).usable).toBe(16);
  expect(coresOf(first("cpu,cpuacct", "/", "/sys/fs/cgroup/cpu,cpuacct", "-1\n")).usable).toBe(16);
});

it.each([
  ["200000 100000", 2, 2],
  ["150000 100000", 1.5, 2],
  ["140000 100000", 1.4, 1],
  ["20000 100000", 0.2, 1],
  ["75000 50000", 1.5, 2],
  ["9900000 100000", 99, 16],
])("version 2, cpu.max %s: %f cores, %i threads", (max, quota, usable) => {
  expect(coresOf(second("/", { "": `${max}\n` }))).toMatchObject({ quota, usable });
});

it("the tightest limit holds, of the group itself or of one around it", () => {
  const path = "/kubepods.slice/pod-7/main";
  const limits = { "/kubepods.slice": "800000 100000\n", "/kubepods.slice/pod-7": "300000 100000\n" };
  expect(coresOf(second(path, limits)).usable).toBe(3);
  expect(coresOf(second(path, { ...limits, [path]: "100000 100000\n" })).usable).toBe(1);
  expect(coresOf(second(path, { ...limits, [path]: "max 100000\n" })).usable).toBe(3);
});

it("a container that sees the machine's path finds its own limit at the mount's top", () => {
  expect(coresOf(second("/../../docker/abc", { "": "400000 100000\n" })).usable).toBe(4);
  expect(coresOf(first("cpu,cpuacct", "/docker/abc", "/sys/fs/cgroup/cpu,cpuacct", "250000\n")).quota).toBe(2.5);
});

it("version 1, under either name of its mount", () => {
  expect(coresOf(first("cpu,cpuacct", "/a/b", "/sys/fs/cgroup/cpu,cpuacct/a/b", "250000\n")).usable).toBe(3);
  expect(coresOf(first("cpuacct,cpu", "/a", "/sys/fs/cgroup/cpu/a", "100000\n")).usable).toBe(1);
  expect(coresOf(first("cpu", "/a", "/sys/fs/cgroup/cpu/a", "50000\n", "25000\n")).usable).toBe(2);
});

it("an affinity below the quota holds", () => {
  const files = { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "800000 100000\n" };
  expect(coresOf(machine(2, files)).usable).toBe(2);
});

it("files that make no sense limit nothing", () => {
  for (const max of ["", "x y", "0 0", "100000", "-5 100000", "100000 0"]) {
    expect(coresOf(second("/", { "": max })).usable, max).toBe(16);
  }
  expect(coresOf(machine(4, { "/proc/self/cgroup": "nonsense\n\n:::\n" })).usable).toBe(4);
});

it("this process has at least one core and no more than its affinity", () => {
  expect(cores().usable).toBeGreaterThanOrEqual(1);
  expect(cores().usable).toBeLessThanOrEqual(availableParallelism());
});
