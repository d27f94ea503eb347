/**
 * Gram and Schmidt on vectors of `length` numbers, each made orthogonal to all before it twice: in the order of sums that
 * the kernel keeps, so that the bits are the same.
 */
export function orthonormalTwin(numbers: Float64Array, length: number): Float64Array {
  const basis: Float64Array[] = [];
  for (let from = 0; from < numbers.length; from += length) {
    const vector = numbers.slice(from, from + length);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis) {
        let dot = 0;
        for (let i = 0; i < length; i++) dot += vector[i] * other[i];
        for (let i = 0; i < length; i++) vector[i] -= dot * other[i];
      }
    }
    let square = 0;
    for (const value of vector) square += value * value;
    const inverse = 1 / Math.sqrt(square);
    basis.push(vector.map((value) => value * inverse));
  }
  return Float64Array.from(basis.flatMap((vector) => [...vector]));
}
