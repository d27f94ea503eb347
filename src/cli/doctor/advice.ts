import type { Findings } from "./diagnosis.ts";

/** More than multiply-adds alone can be: what is beyond that is not chance. */
const MOST_SHARE = 1.05;

/** Why the speeds cannot be relied on, and nothing follows from them; undefined where they can. */
export function doubtOf({ speed, processor, cores }: Findings): string | undefined {
  if (speed.length === 0) return undefined;
  const share = Math.max(...speed.flatMap(({ multiplyAdd, products }) => products.map((p) => p.gflops / multiplyAdd)));
  if (share > MOST_SHARE) {
    return `a matrix product cannot have ${Math.round(100 * share)} % of the speed of multiply-adds alone, so something else took turns (load ${processor.load.toFixed(1)})`;
  }
  if (processor.load <= cores.affinity / 2) return undefined;
  return `something else was running (load ${processor.load.toFixed(1)}), so speeds are lower than this machine's`;
}

/** What would make training faster or safer here, the most worthwhile first. */
export function adviceFor(found: Findings): string[] {
  const { simd, cores, threads, speed, memory, selfTest } = found;
  if (!simd.simd) {
    return ["Models cannot run here: start Node without --jitless, on a processor with SSE 4.1 or its like."];
  }
  if (memory.addressable === 0) {
    return [
      "Models cannot run here: each takes some 10 GB of address space, whatever its size, and that of this process is limited (see ulimit -v).",
    ];
  }
  const advice: string[] = [];
  const say = (when: boolean, text: string) => {
    if (when) advice.push(text);
  };
  const [one, all] = [speed[0], speed.at(-1)];
  const gain = one && all && all.threads > 1 ? all.multiplyAdd / one.multiplyAdd : undefined;
  say(
    !selfTest.passed,
    "Do not trust results of this machine: a kernel is wrong. Try another version of Node, and report what is shown above.",
  );
  say(
    simd.wide === "node",
    "Node 24 or later computes with 256 bits at once: a recurrent layer about 1.4 times as fast as here.",
  );
  say(
    simd.fma === "flag",
    "Your own programs: call enableExperimentalSimd() before any model is made, or use Node 22 or later, for the fused multiply-add (1.2 to 1.7 times as fast). The commands do so.",
  );
  say(simd.fma === "absent", "Node 22 or later has the fused multiply-add: 1.2 to 1.7 times as fast.");
  say(
    cores.quota !== undefined && cores.quota < cores.affinity,
    `Give the container more than ${Number((cores.quota ?? 0).toFixed(2))} cores of time (docker: --cpus).`,
  );
  say(
    cores.affinity < cores.machine,
    `Let this process run on more than ${cores.affinity} of the ${cores.machine} cores (it was started with an affinity, for instance by taskset).`,
  );
  say(
    threads.count < cores.usable && threads.count < 8,
    `Use more threads: --threads ${Math.min(8, cores.usable)}. Batches of more than 16 rows gain by them.`,
  );
  say(
    threads.count > cores.usable,
    `Use at most ${cores.usable} threads: with more of them than cores they wait for each other.`,
  );
  const doubt = doubtOf(found);
  say(
    doubt !== undefined,
    `Run gruvy doctor again when nothing else runs: nothing follows from the speeds above (load ${found.processor.load.toFixed(1)}).`,
  );
  say(
    doubt === undefined && gain !== undefined && threads.count <= cores.usable && gain < 0.6 * (all?.threads ?? 1),
    `${all?.threads} threads are ${gain?.toFixed(1)} times as fast as one: something else is running, or the cores are halves of the same core.`,
  );
  say(
    memory.available < 512 * 2 ** 20,
    `Less than 512 MB of memory is free: use smaller batches or shorter sequences, or ${memory.limit === undefined ? "end something else" : "give the container more (docker: --memory)"}.`,
  );
  say(
    memory.addressable < 4 * 2 ** 30,
    "The address space of this process is limited (see ulimit -v): large models will be refused.",
  );
  advice.push(
    "In a page: more than one thread needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.",
  );
  return advice;
}
