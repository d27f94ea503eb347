import { type ESTree, parseSync } from "vite";
import type { Example } from "./collect.ts";
import { type Expected, readExpected } from "./expected.ts";

/** What is expected at a line of a documentation file. */
export interface Check {
  readonly expected: Expected;
  readonly where: string;
}

/**
 * Turns `expression; // value` into `$check(index, expression)`, `statement; // throws code` into `$throws(index, ...)`
 * and imports into `$import(...)`, so that an async function can hold the example.
 */
export function rewrite({ file, line, code }: Example): { code: string; checks: Check[] } {
  const { program, comments, errors } = parseSync("example.ts", code);
  const whereIs = (position: number) => `${file}:${line + code.slice(0, position).split("\n").length - 1}`;
  if (errors.length > 0) {
    throw new Error(`${whereIs(errors[0].labels[0]?.start ?? 0)}: the example does not parse: ${errors[0].message}`);
  }
  const checks: Check[] = [];
  const replacement = (statement: ESTree.Statement): string | undefined => {
    if (statement.type === "ImportDeclaration") return importText(statement);
    const comment = comments.find(
      ({ start }) => /^[ \t]*$/.test(code.slice(statement.end, start)) && start >= statement.end,
    );
    if (comment === undefined) return undefined;
    const where = whereIs(statement.end);
    const expected = readExpected(comment.value);
    if (expected?.kind === "throws") {
      const index = checks.push({ expected, where }) - 1;
      return `await $throws(${index}, async () => { ${code.slice(statement.start, statement.end)} });`;
    }
    if (statement.type !== "ExpressionStatement") return undefined;
    if (expected === undefined) {
      if (mayCarryProse(statement.expression) && !/^\s*["'[{≈]/.test(comment.value)) return undefined;
      throw new Error(`${where}: expected a literal behind the expression, found ${comment.value.trim()}`);
    }
    const { start, end } = printed(statement.expression);
    return `$check(${checks.push({ expected, where }) - 1}, ${code.slice(start, end)});`;
  };
  let result = "";
  let position = 0;
  for (const statement of program.body) {
    const text = replacement(statement) ?? code.slice(statement.start, statement.end);
    result += code.slice(position, statement.start) + text;
    position = statement.end;
  }
  return { code: result + code.slice(position), checks };
}

/** A call or an assignment does something, and a comment may say what; any other expression is there for its value. */
function mayCarryProse(expression: ESTree.Expression): boolean {
  if (expression.type === "AwaitExpression") return mayCarryProse(expression.argument);
  return expression.type === "CallExpression" || expression.type === "AssignmentExpression";
}

/** What stands in `console.log(value)`, else the expression itself. */
function printed(expression: ESTree.Expression): { readonly start: number; readonly end: number } {
  if (expression.type !== "CallExpression" || expression.arguments.length !== 1) return expression;
  const { callee } = expression;
  const isLog =
    callee.type === "MemberExpression" &&
    callee.object.type === "Identifier" &&
    callee.object.name === "console" &&
    callee.property.type === "Identifier" &&
    callee.property.name === "log";
  return isLog ? expression.arguments[0] : expression;
}

function importText(statement: ESTree.ImportDeclaration): string {
  if (statement.importKind === "type") return "";
  const from = `await $import(${JSON.stringify(statement.source.value)})`;
  const named = (name: string, local: string) =>
    `{ ${JSON.stringify(name)}: ${local} = $missing(${JSON.stringify(name)}) } = ${from}`;
  const parts = statement.specifiers.flatMap((specifier) => {
    const local = specifier.local.name;
    if (specifier.type === "ImportNamespaceSpecifier") return [`${local} = ${from}`];
    if (specifier.type === "ImportDefaultSpecifier") return [named("default", local)];
    if (specifier.importKind === "type") return [];
    return [named(specifier.imported.type === "Literal" ? specifier.imported.value : specifier.imported.name, local)];
  });
  return parts.length === 0 ? `${from};` : `const ${parts.join(", ")};`;
}
