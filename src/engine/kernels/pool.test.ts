import { expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { closeBy, whole } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { padded, stride } from "./layout.ts";
import { differsMask, maxSteps, maxStepsBackward, meanSteps, meanStepsBackward, stepShares } from "./pool.ts";

const bench = new Bench(targets[0][1]);
const cases = [1, 3, 5, 8, 17].flatMap((features) => [1, 2, 7].map((steps) => ({ features, steps })));
const rows = 3;

it.each(cases)("mean and largest over the steps, and their gradients: %o", ({ features, steps }) => {
  const places = rows * steps;
  const shape = { rows: places, features, padded: padded(features), stride: stride(features) };
  const read = (data: Float32Array) => gathered(data, shape);
  const values = whole(1, places * features);
  const slopes = whole(2, rows * features);
  const start = whole(3, places * features);
  // The last row is masked throughout.
  const counts = Array.from({ length: places }, (_, place) => place % rows < rows - 1 && place % 4 !== 1);
  const of = (row: number, j: number) =>
    Array.from({ length: steps }, (_, t) => values[(t * rows + row) * features + j]);
  for (const masked of [false, true]) {
    for (const add of [false, true]) {
      bench.clear();
      const x = bench.floats(spread(values, shape));
      const mask = bench.words32(counts.map((alive) => (alive ? -1 : 0)));
      const shares = bench.floats(rows);
      const y = bench.floats(rows * stride(features));
      const dy = bench.floats(spread(slopes, { ...shape, rows }));
      const dx = bench.floats(spread(start, shape));
      const alive = (row: number, t: number) => !masked || counts[t * rows + row];
      const share = (row: number) => 1 / Math.max(1, of(row, 0).filter((_, t) => alive(row, t)).length);
      bench.call(`shares ${masked}`, (module) => stepShares(module, masked), mask, shares, rows, steps);
      bench.call(
        `mean ${features} ${masked}`,
        (module) => meanSteps(module, features, masked),
        x,
        mask,
        shares,
        y,
        rows,
        steps,
      );
      const mean = slopes.map((_, i) => {
        const row = Math.floor(i / features);
        const sum = of(row, i % features).reduce((sum, v, t) => sum + (alive(row, t) ? v : 0), 0);
        return sum * share(row);
      });
      expect(closeBy(gathered(y.data, { ...shape, rows }), mean, 1e-6, 1)).toBe("");
      const back = (module: Parameters<typeof meanStepsBackward>[0]) =>
        meanStepsBackward(module, features, masked, add);
      bench.call(`back ${features} ${masked} ${add}`, back, dx, mask, shares, dy, rows, steps);
      const handed = start.map((old, i) => {
        const [place, j] = [Math.floor(i / features), i % features];
        const [t, row] = [Math.floor(place / rows), place % rows];
        return (add ? old : 0) + (alive(row, t) ? slopes[row * features + j] * share(row) : 0);
      });
      expect(closeBy(read(dx.data), handed, 1e-6, 1)).toBe("");
    }
  }
  for (const add of [false, true]) {
    bench.clear();
    const x = bench.floats(spread(values, shape));
    const y = bench.floats(rows * stride(features));
    const dy = bench.floats(spread(slopes, { ...shape, rows }));
    const dx = bench.floats(spread(start, shape));
    bench.call(`max ${features}`, (module) => maxSteps(module, features), x, y, rows, steps);
    const most = slopes.map((_, i) => Math.max(...of(Math.floor(i / features), i % features)));
    expect(closeBy(gathered(y.data, { ...shape, rows }), most, 0, 1)).toBe("");
    bench.call(
      `maxBack ${features} ${add}`,
      (module) => maxStepsBackward(module, features, add),
      x,
      y,
      dy,
      dx,
      rows,
      steps,
    );
    const handed = start.map((old, i) => {
      const [row, j] = [Math.floor(i / features) % rows, i % features];
      const best = most[row * features + j];
      const holders = of(row, j).filter((v) => v === best).length;
      return (add ? old : 0) + (values[i] === best ? slopes[row * features + j] / holders : 0);
    });
    expect(closeBy(read(dx.data), handed, 1e-6, 1)).toBe("");
  }
});

it.each([1, 3, 4, 5, 9])("a row of %i features counts unless all have the value", (features) => {
  bench.clear();
  const count = features + 2;
  // Row i differs in feature i alone; the last two rows do not differ.
  const x = Array.from({ length: count * features }, (_, i) => (Math.floor(i / features) === i % features ? 2 : -1));
  const shape = { rows: count, features, padded: padded(features), stride: stride(features), pad: 5 };
  const mask = bench.words32(new Array(count).fill(7));
  bench.call(
    `differs ${features}`,
    (module) => differsMask(module, features, -1),
    bench.floats(spread(x, shape)),
    mask,
    count,
  );
  expect([...mask.data]).toEqual(Array.from({ length: count }, (_, row) => (row < features ? -1 : 0)));
});
