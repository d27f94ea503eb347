// The order of the measurements: every runner in turn on a workload, workload after workload, round after round, so
// that what disturbs the machine for a while disturbs all of them.

import { calm, measure } from "./process.js";
import { caseOf } from "./results.js";
import { workloads } from "./workloads.js";

/**
 * @typedef {import("./runners.js").Runner} Runner
 * @typedef {import("./runners.js").Configuration} Configuration
 * @typedef {{ workload: string, runner: string, configuration: string, problem: string }} Failure
 */

export class Rounds {
  /** @type {import("./results.js").Run[]} */
  runs = [];
  /** @type {Failure[]} */
  failures = [];
  /** Times of the heats: which configuration of a peer is its best. @type {{ workload: string, runner: string, configuration: string, ms: number }[]} */
  heats = [];
  /** @type {Map<string, Configuration | undefined>} */
  #best = new Map();

  /**
   * @param {{ names: string[], runners: Runner[], rounds: number, heats: boolean, calmSeconds: number, epochs?: number,
   *   measure: import("./results.js").Measure,   dataFolder(workload: string): Promise<string>, say(line: string): void }} plan
   */
  constructor(plan) {
    this.plan = plan;
  }

  async run() {
    const { names, runners, rounds, say } = this.plan;
    for (let round = 1; round <= rounds; round++) {
      for (const name of names) {
        // Every other round the other way round: who comes first meets a cooler processor.
        for (const runner of round % 2 === 1 ? runners : [...runners].reverse()) {
          if (runner.skipped !== undefined) continue;
          const configuration = await this.#bestOf(runner, name);
          if (!configuration) continue;
          const measured = await this.#measure(runner, name, configuration, this.plan.epochs);
          if (!measured) {
            this.#best.set(`${runner.id} ${name}`, undefined); // it would fail again
            continue;
          }
          for (const line of measured.lines) {
            const { elsewhere } = measured;
            const label = line.configuration ?? configuration.label;
            this.runs.push({ ...line, round, runner: runner.id, configuration: label, elsewhere });
            const time = `${line.msPerStep.toPrecision(4)} ms`;
            const disturbed = elsewhere > 0.1 ? `; others used ${Math.round(100 * elsewhere)} % of the machine` : "";
            say(`round ${round}/${rounds}  ${caseOf(line)}  ${runner.name}  ${time}${disturbed}`);
          }
        }
      }
    }
  }

  /** The configuration in which a peer is fastest; undefined when it cannot do the workload at all. */
  async #bestOf(/** @type {Runner} */ runner, /** @type {string} */ name) {
    const key = `${runner.id} ${name}`;
    if (!this.#best.has(key)) this.#best.set(key, await this.#findBest(runner, name));
    return this.#best.get(key);
  }

  async #findBest(/** @type {Runner} */ runner, /** @type {string} */ name) {
    const work = workloads[name];
    const all = runner.configurations(work);
    // A partner of equal work runs as the workload it belongs to.
    const owner = this.plan.names.find((other) => workloads[other].equalWork === name);
    const known = owner && this.#best.get(`${runner.id} ${owner}`);
    const same = known && all.find((one) => one.label === known.label);
    if (same || all.length < 2 || !this.plan.heats) return same ?? all[0];
    let best;
    const epochs = Math.ceil((this.plan.epochs ?? work.epochs ?? 1) / 3); // enough to tell them apart
    for (const configuration of all) {
      const measured = await this.#measure(runner, name, configuration, epochs);
      if (!measured) continue;
      const ms = measured.lines.reduce((sum, line) => sum + (line[this.plan.measure] ?? line.msPerStep), 0);
      this.heats.push({ workload: name, runner: runner.id, configuration: configuration.label, ms });
      this.plan.say(`heat  ${name}  ${runner.name}, ${configuration.label}  ${ms.toPrecision(4)} ms`);
      if (!best || ms < best.ms) best = { ms, configuration };
    }
    return best?.configuration;
  }

  async #measure(
    /** @type {Runner} */ runner,
    /** @type {string} */ name,
    /** @type {Configuration} */ configuration,
    /** @type {number | undefined} */ epochs,
  ) {
    try {
      const command = runner.command(name, configuration.options, await this.plan.dataFolder(name));
      const args = epochs === undefined ? command.args : [...command.args, "--epochs", String(epochs)];
      await calm(this.plan.calmSeconds);
      return await measure({ ...command, args });
    } catch (error) {
      const problem = /** @type {Error} */ (error).message;
      this.failures.push({ workload: name, runner: runner.id, configuration: configuration.label, problem });
      this.plan.say(`FAILED  ${name}  ${runner.name}  ${problem}`);
      return undefined;
    }
  }
}
