// What few trainings do beside moving weights.

export { averageWeights, clipFactors, gatherGradients } from "./gradient-rules.ts";
export { addPenalties, constrainWeights, sumPenalties } from "./penalties.ts";
