// The translation of each word by itself, learned from pairs of sentences: IBM's model 1 (Brown et al. 1993).

/**
 * A function from words to words. Each word of a translation comes from one of the sentence, or from none; how likely it
 * comes from which is counted anew in every round. A word that was never seen stays as it is.
 */
export function wordForWord(pairs, rounds = 10) {
  const none = "";
  let chances = new Map();
  const chance = (from, to) => chances.get(from)?.get(to) ?? 0;
  for (let round = 0; round < rounds; round++) {
    const counts = new Map();
    for (const [source, target] of pairs) {
      const all = [none, ...source];
      for (const to of target) {
        // At first every word of the sentence is as likely as the others.
        const shares = all.map((from) => (round === 0 ? 1 : chance(from, to)));
        const sum = shares.reduce((a, b) => a + b, 0);
        all.forEach((from, place) => {
          if (!counts.has(from)) counts.set(from, new Map());
          const own = counts.get(from);
          own.set(to, (own.get(to) ?? 0) + shares[place] / sum);
        });
      }
    }
    chances = new Map([...counts].map(([from, own]) => [from, normalized(own)]));
  }
  const best = new Map([...chances].map(([from, own]) => [from, likeliest(own)]));
  return (words) => words.map((word) => best.get(word) ?? word);
}

function normalized(counts) {
  const sum = [...counts.values()].reduce((a, b) => a + b, 0);
  return new Map([...counts].map(([word, count]) => [word, count / sum]));
}

const likeliest = (chances) => [...chances].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
