import { refuse } from "./refuse.js";

/** Lays out the memory of a model's program, stages rows and reads answers. A row has the numbers of each input. */
export function programOf({ inputs, outputs, plan, stream }, { memory, lay, run, step }) {
  let floats;

  /** The row with the steps of its time axes, once all its numbers have been looked at; `one`: of one step. */
  const check = (row, one) => {
    const axes = [];
    inputs.forEach(({ name, features, tokens, steps, axis }, i) => {
      const { length } = row[i];
      const found = length / features;
      const wanted = one ?? axes[axis] ?? steps;
      const least = plan.least[axis];
      if ((wanted ?? found - (found % 1)) !== found || found < least)
        refuse(`${wanted ?? `${least} or more`} x ${features} numbers${inputs[1] ? ` of "${name}"` : ""}`, length);
      axes[axis] = found;
      // Beyond, a number would become infinite as a float32.
      const most = tokens ? tokens - 1 : 3.4028235e38;
      for (const x of row[i]) {
        if (typeof x !== "number" || !(Math.abs(x) <= most) || (tokens && (x < 0 || x % 1)))
          refuse(tokens ? `a token below ${tokens}` : "a finite number", x);
      }
    });
    return { row, axes };
  };

  /** What a program makes of rows of the same steps. */
  const call = (rows, program, state) => {
    const [{ axes }] = rows;
    if (!lay(rows.length, ...axes)) refuse("fewer steps", axes, axes);
    const words = new Int32Array(memory.buffer);
    floats = new Float32Array(memory.buffer);
    inputs.forEach(({ tokens }, n) => {
      const at = words[plan.inputs + n] / 4;
      rows.forEach(({ row }, i) => {
        (tokens ? words : floats).set(row[n], at + i * row[n].length);
      });
    });
    if (state) floats.set(state, stream.address / 4);
    program();
    return rows.map((_, i) =>
      outputs.map(({ features, sequence }, n) => {
        const count = words[plan.steps + n];
        const answers = Array.from({ length: count }, (_, t) => {
          const begin = words[plan.outputs + n] / 4 + features * (i * count + t);
          return floats.slice(begin, begin + features);
        });
        return sequence && program === run ? answers : answers[0];
      }),
    );
  };

  return {
    check,
    /** The outputs of rows of any steps, as many together as are alike. */
    run(rows) {
      const given = [];
      for (let begin = 0; begin < rows.length; ) {
        let end = begin;
        while (end < begin + plan.rows && `${rows[end]?.axes}` === `${rows[begin].axes}`) end++;
        given.push(...call(rows.slice(begin, end), run));
        begin = end;
      }
      return given;
    },
    /** The outputs of one step, and the state behind it. */
    step(x, state) {
      const [given] = call([check(x, 1)], step, state);
      const begin = stream.address / 4;
      return [given, floats.slice(begin, begin + stream.floats)];
    },
  };
}
