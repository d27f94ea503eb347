/**
 * The simplex search of Nelder and Mead 1965 with their coefficients: minimises a function of a few numbers without its
 * gradient. Deterministic: the simplex starts at `start` and `start` plus `step` along each axis. Values that are not
 * numbers count as infinite.
 *
 * @example
 * nelderMead((x) => (x[0] - 1) ** 2 + (x[1] + 2) ** 2, [0, 0]).at[1]; // ≈ -2.0
 */
export function nelderMead(
  cost: (x: Float64Array) => number,
  start: ArrayLike<number>,
  { step = 0.5, evaluations = 200 * start.length, tolerance = 1e-8 } = {},
): { at: Float64Array; value: number } {
  const size = start.length;
  let used = 0;
  const evaluate = (at: Float64Array) => {
    used++;
    const value = cost(at);
    return { at, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  const simplex = [evaluate(Float64Array.from(start))];
  for (let i = 0; i < size; i++) {
    const at = Float64Array.from(start);
    at[i] += step;
    simplex.push(evaluate(at));
  }
  const centre = new Float64Array(size);
  /** The point `factor` times as far from the centre as the worst one, on its other side when negative. */
  const along = (factor: number) =>
    evaluate(Float64Array.from(centre, (c, i) => c + factor * (simplex[size].at[i] - c)));
  while (used < evaluations) {
    // A stable sort: equal values keep their order, so that the search is the same everywhere.
    simplex.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
    const best = simplex[0];
    const worst = simplex[size];
    if (worst.value - best.value <= tolerance * (Math.abs(best.value) + tolerance)) break;
    centre.fill(0);
    for (let v = 0; v < size; v++) for (let i = 0; i < size; i++) centre[i] += simplex[v].at[i] / size;
    const reflected = along(-1);
    if (reflected.value < best.value) {
      const expanded = along(-2);
      simplex[size] = expanded.value < reflected.value ? expanded : reflected;
      continue;
    }
    if (reflected.value < simplex[size - 1].value) {
      simplex[size] = reflected;
      continue;
    }
    const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
    if (contracted.value < Math.min(reflected.value, worst.value)) {
      simplex[size] = contracted;
      continue;
    }
    for (let v = 1; v <= size; v++) {
      simplex[v] = evaluate(simplex[v].at.map((x, i) => best.at[i] + 0.5 * (x - best.at[i])));
    }
  }
  return simplex.reduce((best, vertex) => (vertex.value < best.value ? vertex : best));
}
