/**
 * Moves labels apart as little as needed, keeping their order: positions at least `gap` apart and within bounds where
 * there is room. Neighbors that would overlap form a group placed around their mean (isotonic regression by pooling).
 *
 * @example
 * spread([10, 12, 50], 10, 0, 100); // [6, 16, 50]
 */
export function spread(positions: readonly number[], gap: number, low: number, high: number): number[] {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a] - positions[b] || a - b);
  const groups: { sum: number; members: number[] }[] = [];
  const start = (g: { sum: number; members: number[] }): number => {
    const size = (g.members.length - 1) * gap;
    return Math.max(low, Math.min(high - size, g.sum / g.members.length - size / 2));
  };
  for (const i of order) {
    let group = { sum: positions[i], members: [i] };
    for (
      let last = groups.at(-1);
      last && start(last) + last.members.length * gap > start(group);
      last = groups.at(-1)
    ) {
      groups.pop();
      group = { sum: last.sum + group.sum, members: [...last.members, ...group.members] };
    }
    groups.push(group);
  }
  const result = new Array<number>(positions.length);
  for (const group of groups) {
    group.members.forEach((i, k) => {
      result[i] = start(group) + k * gap;
    });
  }
  return result;
}
