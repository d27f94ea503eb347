import { GruvyError, wholeNumber } from "../../base/index.ts";
import { features } from "../wasm/index.ts";
import { usableCores } from "./host.ts";
import { Team } from "./team.ts";

/** Where models compute: a team that is started when it is needed, and again when it has failed. */
export interface Threads {
  /** The threads of the next run. */
  readonly count: number;
  /** Of the free memory, one part in so many may be used. */
  readonly sharers: number;
  /** Ends the threads; the next run starts new ones. */
  close(): void;
}

/** What the engine itself asks of them. */
export interface OwnThreads extends Threads {
  team(): Team;
  /** Ends the threads once nothing runs on them any more; the next run starts new ones. */
  retire(): void;
  /** Threads that have been started. */
  readonly started: number;
}

/** Unless asked for more: a batch is dealt to so many slices while training. */
const USUAL_MOST = 8;

let wanted: number | undefined;

/** The threads that all models share which were not told otherwise. */
export const sharedThreads: OwnThreads = threads(() => threadCount(), 1);

function threads(count: () => number, sharers: number): OwnThreads {
  let team: Team | undefined;
  return {
    get count() {
      return count();
    },
    sharers,
    get started() {
      return team?.threads ?? 0;
    },
    team() {
      if (!team || team.failed) {
        sayAlone();
        team = new Team(count());
      }
      return team;
    },
    retire() {
      void team?.retire();
      team = undefined;
    },
    close() {
      team?.close();
      team = undefined;
    },
  };
}

/**
 * How many threads the engine uses: by default as many as there are cores for this process (its affinity and, in a
 * container, its share of processor time count), at most eight, and one where memory cannot be shared. A `fit` under way
 * goes on with the new number from its next call of the engine, some 100 ms later; results do not depend on it.
 *
 * @throws {GruvyError} `usage/threads` for anything but a whole number from 1 to 256; undefined restores the default.
 *
 * @example
 * setThreads(1);
 * threadCount(); // 1
 */
export function setThreads(count: number | undefined): void {
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 256)) {
    throw new GruvyError("usage/threads", `Expected threads to be a whole number from 1 to 256, found ${count}`);
  }
  wanted = count;
  if (sharedThreads.started !== threadCount()) sharedThreads.retire();
}

/** The threads that the next run may use. */
export function threadCount(): number {
  return features().threads ? (wanted ?? Math.min(USUAL_MOST, usableCores())) : 1;
}

/**
 * The cores, or what `setThreads` said, divided among `groups` of models that train at the same time: each group has
 * threads of its own, one at least, and the like share of the free memory. A model is told its group by `runOn`.
 * Results do not depend on it.
 *
 * @throws {GruvyError} `usage/threads` for anything but a whole number from 1 to 256.
 *
 * @example
 * setThreads(4);
 * const groups = splitThreads(2);
 * groups.map(({ count }) => count); // [2, 2]
 * const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
 * model.runOn(groups[0]);
 * for (const group of groups) group.close();
 */
export function splitThreads(groups: number): Threads[] {
  wholeNumber(groups, "groups", { max: 256, code: "usage/threads" });
  const all = wanted ?? usableCores();
  const each = features().threads ? Math.min(USUAL_MOST, Math.max(1, Math.floor(all / groups))) : 1;
  return Array.from({ length: groups }, () => threads(() => each, groups));
}

let saidAlone = false;

/** Once in the life of a page. */
function sayAlone(): void {
  if (saidAlone || features().threads || wanted === 1) return;
  saidAlone = true;
  import("./alone.ts").then(
    ({ warnAlone }) => warnAlone(),
    () => {}, // models train all the same
  );
}

/** Ends the threads that models share; the next run starts new ones. */
export const closeTeam = (): void => sharedThreads.close();

export const currentTeam = (): Team => sharedThreads.team();
