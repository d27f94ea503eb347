// What the system says of itself.

import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { addressable, freeMemory } from "../../engine/doctor/index.ts";
import type { Findings } from "./diagnosis.ts";

export function processor(): Findings["processor"] {
  const model = cpus()[0]?.model.replace(/\s+/g, " ").trim() || "unknown processor";
  return { model, instructions: instructions(), load: loadavg()[0] };
}

/** Linux alone tells without running a program. */
function instructions(): string[] {
  try {
    const [, flags = ""] = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8")) ?? [];
    const known = { avx2: "AVX2", avx512f: "AVX-512" };
    return Object.entries(known).flatMap(([flag, name]) => (flags.split(" ").includes(flag) ? [name] : []));
  } catch {
    return [];
  }
}

export function memory(): Findings["memory"] {
  const total = totalmem();
  // Both count a container's limit; a "limit" beyond the machine's memory is none.
  const limit = process.constrainedMemory();
  const available = freeMemory() ?? total;
  return {
    total,
    available: Math.min(available, total),
    limit: limit > 0 && limit < total ? limit : undefined,
    addressable: addressable(),
  };
}

export function whyThreads(asked: number | undefined, cores: Findings["cores"], count: number): string {
  if (asked !== undefined && count > cores.usable) {
    return `asked for with --threads, more than the ${cores.usable} that can run at once; the speeds are those of ${cores.usable}`;
  }
  if (asked !== undefined) return "asked for with --threads";
  const { machine, affinity, quota, usable } = cores;
  if (count === 1 && usable > 1) return "memory cannot be shared between threads here";
  if (count < usable) return "the default stops at eight, since a training batch is dealt to eight threads at most";
  if (quota !== undefined && usable < affinity) {
    return `this container may use the time of ${Number(quota.toFixed(2))} of ${affinity} cores`;
  }
  if (affinity < machine) return `this process may run on ${affinity} of ${machine} cores`;
  return "one for each core";
}
