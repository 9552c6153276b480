// @ts-check
/**
 * Writes `generated/api.ts`: the types of the API, out of `openapi.json`.
 *
 * The document is written by `make docs` from the server's own code, and a test compares them,
 * so a field that is renamed there does not compile here. `Api` has a member for each
 * operation (`"GET /api/v1/stations"`) with its `path`, `query`, `body` and `answer`.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { compile } from "json-schema-to-typescript";

/** @typedef {import("json-schema-to-typescript").JSONSchema} Schema */
/** @typedef {{ schema?: Schema }} Media */
/** @typedef {Readonly<Record<string, Media | undefined>>} Content */
/** @typedef {{ name: string, in: string, required?: boolean, description?: string, schema: Schema }} Parameter */
/**
 * @typedef {object} Operation
 * @property {Parameter[]} [parameters]
 * @property {{ content: Content }} [requestBody]
 * @property {Record<string, { content?: Content }>} responses
 */

const here = new URL("../", import.meta.url);
const JSON_KINDS = ["application/json", "application/geo+json"];
const FORM_KIND = "application/x-www-form-urlencoded";

const document = JSON.parse(readFileSync(new URL("openapi.json", here), "utf8"));
const types = await compile(
  { ...objectOf(operations(document.paths)), definitions: mapped(document.components.schemas, cleaned) },
  "Api",
  { additionalProperties: false, bannerComment: "/* Written by build/api-types.mjs. */", format: false },
);
mkdirSync(new URL("generated/", here), { recursive: true });
writeFileSync(new URL("generated/api.ts", here), types);

/**
 * @param {Record<string, Record<string, Operation>>} paths
 * @returns {Record<string, Schema>}
 */
function operations(paths) {
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [
        `${method.toUpperCase()} ${path}`,
        shapeOf(operation),
      ]),
    ),
  );
}

/**
 * @param {Operation} operation
 * @returns {Schema}
 */
function shapeOf({ parameters = [], requestBody, responses }) {
  const [, done] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  const body = schemaOf(requestBody?.content, [...JSON_KINDS, FORM_KIND]);
  return objectOf({
    path: valuesOf(parameters.filter((parameter) => parameter.in === "path")),
    query: valuesOf(parameters.filter((parameter) => parameter.in === "query")),
    ...(body ? { body } : {}),
    answer: schemaOf(done?.content, JSON_KINDS) ?? { type: "null" },
  });
}

/**
 * @param {readonly Parameter[]} parameters
 * @returns {Schema}
 */
function valuesOf(parameters) {
  return objectOf(
    Object.fromEntries(
      parameters.map(({ name, description, schema }) => [
        name,
        { ...cleaned(schema), ...(description ? { description } : {}) },
      ]),
    ),
    parameters.filter(({ required }) => required).map(({ name }) => name),
  );
}

/**
 * @param {Content | undefined} content
 * @param {readonly string[]} kinds
 * @returns {Schema | null}
 */
function schemaOf(content, kinds) {
  const schema = kinds.map((kind) => content?.[kind]?.schema).find(Boolean);
  return schema ? cleaned(schema) : null;
}

/**
 * @param {Record<string, Schema>} properties
 * @param {string[]} required
 * @returns {Schema}
 */
function objectOf(properties, required = Object.keys(properties)) {
  return { type: "object", additionalProperties: false, properties, required };
}

/**
 * Without titles, each of which would become a type of its own, and with references to where
 * the definitions are now.
 *
 * @param {any} schema
 * @returns {any}
 */
function cleaned(schema) {
  if (Array.isArray(schema)) return schema.map(cleaned);
  if (schema === null || typeof schema !== "object") return schema;
  const { title, examples, prefixItems, ...kept } = schema;
  // The compiler knows tuples by their older name.
  if (prefixItems) Object.assign(kept, { items: prefixItems, additionalItems: false });
  for (const [key, value] of Object.entries(kept)) {
    if (key === "$ref") kept.$ref = value.replace("#/components/schemas/", "#/definitions/");
    else kept[key] = key === "properties" ? mapped(value, cleaned) : cleaned(value);
  }
  return kept;
}

/**
 * @template Value, Made
 * @param {Record<string, Value>} values
 * @param {(value: Value) => Made} make
 * @returns {Record<string, Made>}
 */
function mapped(values, make) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value)]));
}
