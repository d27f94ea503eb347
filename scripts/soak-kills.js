// `npm run soak:kills [kills] [seconds]`: kills short trainings at random moments, resumes them, and exits with 1 when
// one of them ends with other bits. Needs `npm run build`.

import { killAndResume } from "./soak-kills/kills.js";

const [kills = 500, seconds = 3600] = process.argv.slice(2).map(Number);
const started = performance.now();
const { problems, ...counts } = await killAndResume({ kills, seconds });
for (const problem of problems) console.error(problem);
console.log(
  `${counts.kills} kills of ${counts.trainings} trainings in ${Math.round((performance.now() - started) / 1000)} s: ` +
    `${counts.different} ended with other bits, ${counts.leftBehind} files left behind.`,
);
process.exitCode = counts.different > 0 || counts.leftBehind > 0 ? 1 : 0;
