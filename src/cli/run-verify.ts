// gruvy verify: kills a short training with SIGKILL, lets it go on, and compares every bit of its end.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted, GruvyError, shown } from "../base/index.ts";
import { modelFromConfig, type TrainingState } from "../model/index.ts";
import { inert } from "../report/index.ts";
import { directoryStore } from "../storage/node.ts";
import { checkpointTo, shortRun } from "../tasks/index.ts";
import { startEngine } from "./engine.ts";
import { print } from "./terminal.ts";

export interface VerifyFlags {
  readonly kills: number;
  readonly json?: boolean;
  readonly threads?: number;
  /** The folder of the child's own checkpoints: this process is one that is killed. */
  readonly child?: string;
}

/** What was found. */
export interface Verification {
  readonly folder: string;
  readonly kills: number;
  /** Whether the training that was killed ended with the bits of the one nobody killed. */
  readonly equal: boolean;
  /** A sum over weights, the optimizer's arrays and the history of each. */
  readonly uninterrupted: string;
  readonly resumed: string;
}

export async function runVerify(folder: string, flags: VerifyFlags): Promise<void> {
  if (flags.child !== undefined) {
    await trainAsChild(folder, flags.child, flags.threads);
    return;
  }
  // Read here first, so that what is wrong with the folder, or its model, is said at once.
  checkModel(await newestState(folder), folder);
  const found = await verify(folder, flags);
  if (flags.json) await print(`${JSON.stringify(found)}\n`);
  else await print(`${textOf(found).map(inert).join("\n")}\n`);
  if (!found.equal) process.exitCode = 1;
}

async function newestState(folder: string): Promise<TrainingState> {
  const at = await stat(folder).catch(() => undefined);
  const expected = (found: string) =>
    new GruvyError(
      at === undefined || at.isDirectory() ? "file/no-checkpoint" : "file/not-a-folder",
      `Expected a folder with the checkpoints of a training, found ${found}`,
      "Give the folder that gruvy train --checkpoint, or checkpoint({ directory }), writes to.",
    );
  if (at === undefined) throw expected(`nothing at ${shown(folder)}`);
  if (!at.isDirectory()) throw expected(`the file ${shown(folder)}`);
  const state = await checkpointTo(directoryStore(folder), { warn: say }).load();
  if (!state) throw expected(`none in ${shown(folder)}`);
  return state;
}

const say = (text: string): void => void process.stderr.write(`${inert(text)}\n`);

/** A command has no code of the user's. */
function checkModel({ architecture }: TrainingState, folder: string): void {
  try {
    modelFromConfig(architecture).dispose();
  } catch (error) {
    const [what] = String(error instanceof Error ? error.message : error).split(". ");
    throw new GruvyError(
      "usage/verify",
      `The model of ${folder} cannot be made again by a command: ${what}`,
      "Checkpoints hold no code, so runs with cells, layers, losses or metrics of your own cannot be verified.",
      { cause: error },
    );
  }
}

/** The training that is killed: begun in its folder, or gone on with; at its end a sum of every bit it came to. */
async function trainAsChild(folder: string, own: string, threads: number | undefined): Promise<void> {
  startEngine(threads);
  const state = await newestState(folder);
  const saving = checkpointTo(directoryStore(own), { every: { batches: 1 }, warn: () => {} });
  const { model, history } = await shortRun(state, saving, () => void process.stdout.write("training\n"));
  const sum = createHash("sha256");
  const add = (data: ArrayBufferView) => sum.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  for (const { data } of await model.getWeights()) add(data);
  const { iterations, tensors } = await model.getOptimizerState();
  for (const { data } of tensors.values()) add(data);
  sum.update(JSON.stringify([iterations, history.epoch, history.history, history.cost]));
  await print(`end ${sum.digest("hex")}\n`);
}

interface Ended {
  readonly end?: string;
  readonly killed: boolean;
  readonly milliseconds: number;
  readonly errors: string;
}

/** Runs the child until it ends, or is killed so many milliseconds after it began to train. */
function run(args: readonly string[], killAfter?: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [process.argv[1], ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, errors, began] = ["", "", 0];
    child.stdout.on("data", (data) => {
      if (began === 0) {
        began = performance.now();
        if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
      }
      out += data;
    });
    child.stderr.on("data", (data) => {
      errors += data;
    });
    child.once("error", reject);
    child.once("close", (_code, signal) => {
      const end = /^end ([0-9a-f]{64})$/m.exec(out)?.[1];
      resolve({ end, killed: signal === "SIGKILL", milliseconds: performance.now() - began, errors });
    });
  });
}

/** Trainings that ended before they could be killed; after so many one stops trying. */
const MOST_LATE = 20;

async function verify(folder: string, { kills, threads }: VerifyFlags): Promise<Verification> {
  const scratch = await mkdtemp(join(tmpdir(), "gruvy-verify-"));
  const args = (own: string) => [
    ...["verify", folder, "--child", join(scratch, own)],
    ...(threads === undefined ? [] : ["--threads", String(threads)]),
  ];
  try {
    say("A short training, as it is.");
    const whole = await run(args("whole"));
    if (whole.end === undefined) throw failed(whole);
    let { milliseconds } = whole;
    let done = 0;
    let late = 0;
    for (let tries = 0; late < MOST_LATE; tries++) {
      const own = `killed-${tries}`;
      let result: Ended;
      do {
        const last = done >= kills;
        result = await run(args(own), last ? undefined : milliseconds * Math.random());
        const ms = result.milliseconds;
        const after = ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
        if (result.killed) say(`Killed after ${after} (${++done} of ${kills}).`);
      } while (result.end === undefined && result.killed);
      if (result.end === undefined) throw failed(result);
      late++;
      milliseconds = Math.min(milliseconds, result.milliseconds); // the machine may have less to do by now
      if (result.end !== whole.end || done >= kills) {
        return { folder, kills: done, equal: result.end === whole.end, uninterrupted: whole.end, resumed: result.end };
      }
    }
    throw new GruvyError(
      "usage/verify",
      `The short training ended ${MOST_LATE} times before it could be killed`,
      "Try again when the machine has less to do.",
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function failed({ errors }: Ended): GruvyError {
  return new GruvyError(
    "usage/verify",
    `The short training failed: ${errors.trim().split("\n").at(-1) ?? ""}`,
    "Train with this folder again to see whether it can go on; if it does, please report what verify said.",
  );
}

function textOf({ folder, kills, equal, uninterrupted, resumed }: Verification): string[] {
  const killed = `killed ${counted(kills, "time")} with SIGKILL and resumed`;
  if (equal) {
    return [
      `Verified: a short training from the newest checkpoint of ${folder}, ${killed}, ended with the same bits as one that nobody stopped.`,
      `Weights, optimizer and history of both: ${uninterrupted.slice(0, 16)}`,
    ];
  }
  return [
    `Not equal: a short training from the newest checkpoint of ${folder}, ${killed}, ended with other bits than one that nobody stopped.`,
    `Uninterrupted ${uninterrupted.slice(0, 16)}, resumed ${resumed.slice(0, 16)}. Please report it, with what gruvy doctor says.`,
  ];
}
