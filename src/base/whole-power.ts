/** base^power for a whole power: all that a usual training needs of `math.ts`. */
export function wholePower(base: number, power: number): number {
  let result = 1;
  let square = base;
  for (let n = Math.abs(power); n >= 1; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= square;
    square *= square;
  }
  return power < 0 ? 1 / result : result;
}
