// The parts of `npm run soak`.

/** Each is a command of its own too: `npm run soak:NAME`. */
const parts = [
  { name: "stacks", what: "20,000 random stacks and 4,000 nets against float64", script: "soak-stacks.js" },
  { name: "kills", what: "500 kills of trainings, resumed to the same bits", script: "soak-kills.js" },
  { name: "studies", what: "200 kills of searches and their workers, begun again", script: "soak-studies.js" },
  { name: "files", what: "1,000,000 changed files, read or refused", script: "soak-files.js" },
];

/** The parts that are asked for, all of them unless told which; throws an Error for a name that is none. */
export function partsOf(/** @type {readonly string[]} */ names) {
  const unknown = names.find((name) => !parts.some((part) => part.name === name));
  if (unknown !== undefined) {
    const all = parts.map(({ name }) => name);
    throw new Error(
      `No part "${unknown}"; there are ${all.join(", ")}. Options belong to its own command: npm run soak:${all[0]} -- --count 2000`,
    );
  }
  return parts.filter(({ name }) => names.length === 0 || names.includes(name));
}
