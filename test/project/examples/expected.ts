import { type ESTree, parseSync } from "vite";
import { expect } from "vitest";

/** What the comment behind a statement says of it. */
export type Expected =
  | { readonly kind: "value"; readonly value: unknown /** The typed array it must be. */; readonly array?: string }
  | { readonly kind: "throws"; readonly code: string };

/**
 * Reads `// value`, `// ≈ value` and `// throws kind/what`; undefined when the comment is prose. A value is a literal:
 * numbers, texts, arrays, objects; `Int32Array [1, 2]` where the type matters. After ≈ a number may be off by half of
 * the last digit written.
 */
export function readExpected(comment: string): Expected | undefined {
  const thrown = /^\s*throws ([a-z]+\/[a-z-]+)\s*$/.exec(comment);
  if (thrown !== null) return { kind: "throws", code: thrown[1] };
  const [, about, array, source] = /^\s*(≈?)\s*(?:(\w+Array)\s*(?=\[))?(.*)$/s.exec(comment)!;
  const { program, errors } = parseSync("value.ts", `(${source})`);
  const statement = program.body[0];
  if (errors.length > 0 || program.body.length !== 1 || statement.type !== "ExpressionStatement") return undefined;
  try {
    return { kind: "value", value: literal(statement.expression, about !== ""), array };
  } catch (error) {
    if (error === noLiteral) return undefined;
    throw error;
  }
}

const noLiteral = new Error("no literal");
const constants = new Map([
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
]);

function literal(node: ESTree.Expression, about: boolean): unknown {
  switch (node.type) {
    case "ParenthesizedExpression":
      return literal(node.expression, about);
    case "Literal":
      return typeof node.value === "number" ? number(node.value, node.raw, about) : node.value;
    case "Identifier":
      if (constants.has(node.name)) return constants.get(node.name);
      break;
    case "UnaryExpression": {
      const { argument, operator } = node;
      if (operator !== "-") break;
      if (argument.type === "Identifier" && argument.name === "Infinity") return Number.NEGATIVE_INFINITY;
      if (argument.type === "Literal" && typeof argument.value === "number") {
        return number(-argument.value, argument.raw, about);
      }
      break;
    }
    case "ArrayExpression":
      return node.elements.map((element) => {
        if (element === null || element.type === "SpreadElement") throw noLiteral;
        return literal(element, about);
      });
    case "ObjectExpression":
      return Object.fromEntries(
        node.properties.map((property) => {
          if (property.type !== "Property" || property.computed) throw noLiteral;
          const { key } = property;
          if (key.type !== "Identifier" && key.type !== "Literal") throw noLiteral;
          return [key.type === "Identifier" ? key.name : String(key.value), literal(property.value, about)];
        }),
      );
  }
  throw noLiteral;
}

/** With ≈, what lies within half of the last decimal written: 1.50 has 2, 3e-5 has 5, 1200 has 0. */
function number(value: number, raw: string | null, about: boolean): unknown {
  if (!about || raw === null) return value;
  const [mantissa, exponent = "0"] = raw.toLowerCase().split("e");
  return expect.closeTo(value, (mantissa.split(".")[1] ?? "").length - Number(exponent));
}
