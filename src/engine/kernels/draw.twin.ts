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

/**
 * Vectors made orthogonal to others of length 1, which are taken four at a time: in the order of sums that the kernel keeps,
 * two of a vector's numbers beside each other.
 */
export function removedTwin(vectors: readonly Float64Array[], others: readonly Float64Array[]): Float64Array[] {
  return vectors.map((vector) => {
    const left = vector.slice();
    for (let from = 0; from < others.length; from += 4) {
      const four = others.slice(from, from + 4);
      const shares = four.map((other) => {
        const sums = [0, 0];
        left.forEach((value, i) => {
          sums[i % 2] += value * other[i];
        });
        return sums[0] + sums[1];
      });
      for (let i = 0; i < left.length; i++) {
        left[i] = four.reduce((rest, other, k) => rest - shares[k] * other[i], left[i]);
      }
    }
    return left;
  });
}
