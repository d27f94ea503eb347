// How many threads make sense here. A container sees all cores of its machine and may use the time of a few: threads
// beyond that only wait for each other.

/** What is asked of the system; tests put their own in its place. */
export interface CoreHost {
  /** Cores of the machine. */
  readonly machine: number;
  /** Those that this process may run on. */
  readonly affinity: number;
  /** A small file's text; undefined where there is none. */
  read(path: string): string | undefined;
}

export interface Cores {
  readonly machine: number;
  readonly affinity: number;
  /** Processor time that a container may use, in cores; undefined without a limit. */
  readonly quota: number | undefined;
  /** As many threads as get a core of their own, or half of one at least. */
  readonly usable: number;
}

/**
 * The cores that a process may really use: its affinity, and no more than its processor quota. A quota of 1.5 gives
 * two threads, 1.4 one: threads beyond the quota all stand still for the rest of each period, the caller's with them.
 */
export function coresOf(host: CoreHost): Cores {
  const { machine, affinity } = host;
  const quota = quotaOf(host);
  const usable = Math.max(1, Math.min(affinity, quota === undefined ? affinity : Math.round(quota)));
  return { machine, affinity, quota, usable };
}

/** The tightest limit among the control groups that hold this process, as cores; Linux alone has them. */
function quotaOf({ read }: CoreHost): number | undefined {
  const groups = read("/proc/self/cgroup");
  if (groups === undefined) return undefined;
  const limits = groups.split("\n").flatMap((line) => {
    const [, number, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    // Version 2 has one hierarchy, numbered 0, without a name; version 1 one for each set of controllers.
    if (number === "0" && controllers === "") {
      return ancestors("/sys/fs/cgroup", path).map((folder) => {
        const [quota, period] = (read(`${folder}/cpu.max`) ?? "").trim().split(" ");
        return share(quota, period);
      });
    }
    if (!controllers.split(",").includes("cpu")) return [];
    return [`/sys/fs/cgroup/${controllers}`, "/sys/fs/cgroup/cpu"].flatMap((mount) =>
      ancestors(mount, path).map((folder) =>
        share(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)),
      ),
    );
  });
  const known = limits.filter((limit) => limit !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/**
 * A group's folder and those around it, whose limits hold too. Inside a container the path may be that of the machine,
 * while the mount shows the container's own group at its top, so the top is always among them.
 */
function ancestors(mount: string, path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== "..");
  return Array.from({ length: parts.length + 1 }, (_, i) => [mount, ...parts.slice(0, parts.length - i)].join("/"));
}

/** Microseconds of each period, as cores; "max" and -1 stand for no limit. */
function share(quota: string | undefined, period: string | undefined): number | undefined {
  const value = Number(quota) / Number(period);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

interface NodeModules {
  getBuiltinModule?(name: "node:os"): { availableParallelism(): number; cpus(): readonly unknown[] };
  getBuiltinModule?(name: "node:fs"): { readFileSync(path: string, encoding: "utf8"): string };
}

// Looked up at run time, so that a page's bundle holds nothing of Node.
const node = (globalThis as { process?: NodeModules }).process;

function host(): CoreHost {
  const os = node?.getBuiltinModule?.("node:os");
  const files = node?.getBuiltinModule?.("node:fs");
  const affinity = os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
  return {
    machine: Math.max(affinity, os?.cpus().length ?? 0),
    affinity,
    read: (path) => {
      try {
        return files?.readFileSync(path, "utf8");
      } catch {
        return undefined;
      }
    },
  };
}

let found: Cores | undefined;

/** The cores of this process, asked for once. */
export function cores(): Cores {
  found ??= coresOf(host());
  return found;
}
