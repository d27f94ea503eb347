interface Point {
  readonly row: number;
  readonly value: number;
}

/**
 * No more points than can be seen: of each slice of rows the least and the greatest value, in order, so that a peak is
 * never lost. Short series pass unchanged; a long one has a gap only where a whole slice holds no number.
 */
export function thin(points: readonly Point[], width: number): readonly Point[] {
  const slices = Math.max(50, Math.floor(width));
  if (points.length <= 2 * slices) return points;
  const kept: Point[] = [];
  for (let slice = 0; slice < slices; slice++) {
    const from = Math.floor((slice * points.length) / slices);
    const to = Math.floor(((slice + 1) * points.length) / slices);
    let low = from;
    let high = from;
    for (let i = from + 1; i < to; i++) {
      if (!Number.isFinite(points[i].value)) continue;
      // Written so that a number takes the place of what is none.
      if (!(points[i].value >= points[low].value)) low = i;
      if (!(points[i].value <= points[high].value)) high = i;
    }
    const [first, second] = low < high ? [low, high] : [high, low];
    kept.push(points[first]);
    if (second !== first) kept.push(points[second]);
  }
  return kept;
}
