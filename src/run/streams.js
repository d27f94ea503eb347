import { refuse } from "./refuse.js";

/** The `step` of a model. `steps(x, begun)`: the model's steps that one step of a stream brings, `begun` 0 for its first. */
export const streams =
  ({ stream }, program, decode, steps) =>
  (state, x) => {
    if (!stream.address) throw Error(`This model cannot go step by step: ${stream}`);
    let next = state ?? new Float32Array(stream.floats);
    if (next.length !== stream.floats) refuse(`a state of ${stream.floats} numbers`, next.length);
    let given;
    for (const one of steps(x, state ? 1 : 0)) [given, next] = program.step(one, next);
    return { output: decode([given]), state: next };
  };
