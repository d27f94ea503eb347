/** Whether none of the numbers is NaN or infinite. `every` takes ten times as long, a call for each. */
export function allFinite(numbers: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += 0 * numbers[i];
  return sum === 0;
}
