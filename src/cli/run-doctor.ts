import { readFileSync } from "node:fs";
import { cores, measureSpeed, selfTest } from "../engine/doctor/index.ts";
import { closeTeam, features, setThreads, threadCount } from "../engine/index.ts";
import { adviceFor } from "./doctor/advice.ts";
import type { Diagnosis, Findings } from "./doctor/diagnosis.ts";
import { memory, processor, whyThreads } from "./doctor/host.ts";
import { doctorText } from "./doctor/text.ts";
import { threadProblem } from "./doctor/threads.ts";
import { startEngine } from "./engine.ts";
import { exitCode } from "./exit.ts";
import type { DoctorFlags } from "./flags.ts";
import { print } from "./terminal.ts";

/** The first V8 whose revectorizer can be used, Node 24's. */
const REVECTORIZER = 13;

/** `gruvy doctor`: what is there, what is used, whether it is right; ends with 1 when it is not. */
export async function runDoctor({ threads: asked, json }: DoctorFlags): Promise<void> {
  const found = await diagnose(asked);
  const diagnosis: Diagnosis = { ...found, advice: adviceFor(found) };
  await print(json ? `${JSON.stringify(diagnosis)}\n` : doctorText(diagnosis));
  if (!found.selfTest.passed) process.exitCode = exitCode.failed;
}

async function diagnose(asked: number | undefined): Promise<Findings> {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const machine = { processor: processor(), memory: memory(), cores: cores() };
  const { simd, fma } = features();
  const experimental = startEngine(asked);
  const count = threadCount();
  const able = simd && machine.memory.addressable > 0;
  const tested = able ? await selfTest() : [];
  const problems = tested.filter(({ problem }) => problem !== "");
  const different = able ? await threadProblem(Math.max(2, count)) : "";
  setThreads(asked);
  const speed = [];
  // More threads than cores wait for each other: their speed would be that of the system's turns.
  for (const threads of able ? new Set([1, Math.min(count, machine.cores.usable)]) : [])
    speed.push(await measureSpeed(threads));
  closeTeam();
  return {
    gruvy: manifest.version,
    node: process.versions.node,
    v8: process.versions.v8,
    system: `${process.platform} ${process.arch}`,
    ...machine,
    simd: { simd, fma: fma ? "native" : experimental.fma ? "flag" : "absent", wide: wideState(experimental.wide) },
    threads: { count, why: whyThreads(asked, machine.cores, count) },
    speed,
    selfTest: {
      passed: able && problems.length === 0 && different === "",
      kernels: new Set(tested.map(({ kernel }) => kernel)).size,
      arithmetic: [...new Set(tested.map(({ arithmetic }) => arithmetic))],
      problems,
      threads: different,
    },
  };

  function wideState(wide: boolean): Findings["simd"]["wide"] {
    const { instructions } = machine.processor;
    const capable = process.arch === "x64" && (process.platform !== "linux" || instructions.includes("AVX2"));
    if (!capable) return "processor";
    if (wide) return "on";
    return Number(process.versions.v8.split(".")[0]) < REVECTORIZER ? "node" : "refused";
  }
}
