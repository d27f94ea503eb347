import { breatheNow, GruvyError } from "../base/index.ts";
import { Executable, type Purpose, type Threads, type Weight } from "../engine/index.ts";
import type { BuiltModel } from "./build.ts";
import { type Compiled, programOf } from "./compile.ts";

/** Features of each output. */
export const featuresOf = ({ outputs }: BuiltModel): number[] => outputs.map(({ value }) => value.features);

/** What weights are to be, in the user's order. */
export type WeightValues = ReadonlyMap<Weight, ArrayLike<number>>;

/** The running form of a model: made when first needed, and anew after `compile`. */
export class Running {
  /** With what it was made for: when that is no longer so, its weights move to the next one. */
  #current:
    | { readonly engine: Executable; readonly built: BuiltModel; readonly compiled: Compiled | undefined }
    | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #threads: Threads | undefined;

  on(threads: Threads): void {
    if (this.#current) {
      throw new GruvyError("model/busy", "The model runs already", "Call runOn before the model is first used.");
    }
    this.#threads = threads;
  }

  /**
   * One after another, so that two callers never make two. `now`: what the model is when it is this one's turn. `given`:
   * what all weights become; then none is drawn that would be overwritten at once.
   */
  engine(
    now: () => { readonly built: BuiltModel; readonly compiled: Compiled | undefined },
    { purpose, given }: { readonly purpose?: Purpose; readonly given?: WeightValues } = {},
  ): Promise<Executable> {
    const engine = this.#last.then(async () => {
      const { built, compiled } = now();
      const current = this.#current;
      if (!current || current.compiled !== compiled) return this.#engineFor(built, compiled, purpose, given);
      for (const [weight, values] of given ?? []) current.engine.setWeight(weight, values);
      return current.engine;
    });
    this.#last = engine.catch(() => {});
    return engine;
  }

  async #engineFor(
    built: BuiltModel,
    compiled: Compiled | undefined,
    purpose: Purpose | undefined,
    given: WeightValues | undefined,
  ): Promise<Executable> {
    const current = this.#current;
    const { objectives, ...program } = compiled ? programOf(compiled, featuresOf(built)) : {};
    const outputs = built.outputs.map(({ value }, i) => ({ value, ...objectives?.[i] }));
    const engine = new Executable({ outputs, ...program, threads: this.#threads });
    try {
      // The program is compiled beside this thread while the first weights are drawn.
      if (purpose) await engine.prepare(purpose);
      for (const [place, weight] of built.weights.entries()) {
        // A model built anew, with layers frozen or freed, has its weights and states in the same order.
        const old = () => (current ? current.engine.getWeight(current.built.weights[place]) : built.initial(weight));
        await breatheNow();
        const values = given?.get(weight) ?? (await old());
        await breatheNow();
        engine.setWeight(weight, values);
      }
      for (const [place, state] of (current ? engine.states : []).entries()) {
        engine.setWeight(state, await current!.engine.getWeight(current!.engine.states[place]));
      }
    } catch (error) {
      engine.dispose();
      throw error;
    }
    current?.engine.dispose();
    this.#current = { engine, built, compiled };
    return engine;
  }

  dispose(): void {
    const end = () => {
      this.#current?.engine.dispose();
      this.#current = undefined;
    };
    end();
    // Also what is only being made.
    void this.#last.then(end);
  }
}
