import { refuse } from "./refuse.js";

/** Lays out the memory of a model's program, stages rows and reads answers. */
export function programOf({ inputs: [input], output, plan, stream }, { memory, lay, run, step }) {
  const { features, tokens } = input;
  // Beyond, a number would become infinite as a float32.
  const most = tokens ? tokens - 1 : 3.4028235e38;
  let laid = "";
  let outputSteps;
  let floats;

  /** The row, once all its numbers have been looked at. */
  const check = (row, wanted = input.steps) => {
    const { length } = row;
    const steps = length / features;
    if ((wanted ?? steps - (steps % 1)) !== steps || steps < plan.least[0])
      refuse(`${wanted ?? `${plan.least} or more`} x ${features} numbers`, length);
    for (const x of row) {
      if (typeof x !== "number" || !(Math.abs(x) <= most) || (tokens && (x < 0 || x % 1)))
        refuse(tokens ? `a token below ${tokens}` : "a finite number", x);
    }
    return row;
  };

  /** What a program makes of rows of one length. */
  const call = (rows, program, state) => {
    const { length } = rows;
    const numbers = rows[0].length;
    const steps = numbers / features;
    const shape = `${length} ${steps}`;
    if (shape !== laid) {
      const bytes = plan.fixed + length * (plan.row + steps * plan.step[0]);
      if (bytes >= 2 ** 31) refuse("fewer steps", steps);
      memory.grow(Math.max(0, Math.ceil((bytes - memory.buffer.byteLength) / 65536)));
      outputSteps = lay(length, steps);
      laid = shape;
    }
    const words = new Int32Array(memory.buffer);
    floats = new Float32Array(memory.buffer);
    rows.forEach((row, i) => {
      (tokens ? words : floats).set(row, words[plan.inputs / 4] / 4 + i * numbers);
    });
    if (state) floats.set(state, stream.address / 4);
    program();
    const width = output.features;
    const at = words[plan.output / 4] / 4;
    return rows.map((_, i) => {
      const answers = Array.from({ length: outputSteps }, (_, t) => {
        const begin = at + width * (i * outputSteps + t);
        return floats.slice(begin, begin + width);
      });
      return output.sequence && program === run ? answers : answers[0];
    });
  };

  return {
    check,
    /** The outputs of rows of any length, as many together as are alike. */
    run(rows) {
      const outputs = [];
      for (let begin = 0; begin < rows.length; ) {
        let end = begin;
        while (end < begin + plan.rows && rows[end]?.length === rows[begin].length) end++;
        outputs.push(...call(rows.slice(begin, end), run));
        begin = end;
      }
      return outputs;
    },
    /** The output of one step, and the state behind it. */
    step(x, state) {
      const [answer] = call([check(x, 1)], step, state);
      const begin = stream.address / 4;
      return [answer, floats.slice(begin, begin + stream.floats)];
    },
  };
}
