/** How missing values of a series are filled: with the value before, or along a line between neighbours. */
export type FillMethod = "ffill" | "interpolate";

/** What is done about them; `"refuse"` does nothing and says where the first is. */
export type MissingPolicy = "refuse" | FillMethod;

export const missingPolicies = ["refuse", "ffill", "interpolate"] as const satisfies readonly MissingPolicy[];
