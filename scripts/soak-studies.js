// `npm run soak:studies [kills] [worker kills] [seconds]`: kills searches and their workers at random moments, begins them
// again, and exits with 1 when one of them ends with another table, or has lost what it had acknowledged. Needs
// `npm run build`.

import { machine } from "../bench/machine.js";
import { killStudies } from "./soak-kills/studies.js";

const [kills = 150, workerKills = 50, seconds = 3600] = process.argv.slice(2).map(Number);
const started = performance.now();
const { problems, ...counts } = await killStudies({ kills, workerKills, seconds });
for (const problem of problems) console.error(problem);
const { date, cores, cpu, system, node } = machine();
console.log(
  `${date} UTC: ${counts.kills} kills of searches and ${counts.workerKills} of workers, ${counts.studies} searches, in ` +
    `${Math.round((performance.now() - started) / 1000)} s: ${counts.different} ended otherwise than one that nobody ` +
    `killed; ${cores} cores of ${cpu}, ${system}, Node ${node}`,
);
process.exitCode = counts.different > 0 ? 1 : 0;
