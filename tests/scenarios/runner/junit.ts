/**
 * The results that `deno test --junit-path` writes, as far as they are needed here. Pure.
 *
 * @module
 */

/** One test. */
export interface TestResult {
  readonly name: string;
  readonly state: "passed" | "failed" | "left out";
  readonly seconds: number;
}

const CASE = /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** All tests in a report, also those that the filter left out. */
export function parseJunit(xml: string): TestResult[] {
  return [...xml.matchAll(CASE)].map(([, attributes = "", body = ""]) => ({
    name: attribute(attributes, "name") ?? "",
    state: stateOf(body),
    seconds: Number(attribute(attributes, "time") ?? 0),
  }));
}

function stateOf(body: string): TestResult["state"] {
  if (/<(failure|error)\b/.test(body)) return "failed";
  return /<skipped\b/.test(body) ? "left out" : "passed";
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(String.raw`(?:^|\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value?.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, entity: string) => {
    if (!entity.startsWith("#")) return ENTITIES[entity] ?? whole;
    const code = entity[1] === "x" ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return String.fromCodePoint(code);
  });
}
