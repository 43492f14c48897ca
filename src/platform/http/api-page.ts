import type { JsonSchema, OpenApi, Operation, Parameter } from '#platform/http/openapi.ts'
import { PROBLEMS } from '#platform/errors.ts'

/** Deepest level of a schema that the page unfolds. */
const SHOWN_DEPTH = 8

/** Escapes text for HTML, in content and in quoted attributes alike. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}

const e = escapeHtml

/** The description of the interface as one page without script: what is readable there is what `/api/openapi.json` says. `origin` is used in the examples. */
export function renderApiPage(api: OpenApi, origin: string): string {
  const groups = api.tags.map(({ name }) => ({ name, operations: operationsOf(api, name) }))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Vedette API</title>
<link rel="stylesheet" href="/api/style.css">
</head>
<body>
<header>
<p class="mark">Vedette</p>
<h1>API</h1>
<p>${e(api.info.description)} The same as data: <a href="/api/openapi.json">openapi.json</a> (OpenAPI ${e(api.openapi)}).</p>
<p>Send a token as <code>Authorization: Bearer TOKEN</code>. Bodies are JSON in UTF-8; a key named twice, an unknown query parameter or nesting deeper than 64 is refused.</p>
</header>
<nav aria-label="Groups">${groups.map(({ name, operations }) => `<a href="#${e(name)}">${e(name)} <span>${operations.length}</span></a>`).join('')}<a href="#problems">problems</a></nav>
<main>
${groups.map(({ name, operations }) => renderGroup(name, operations, origin)).join('\n')}
${renderProblems()}
</main>
</body>
</html>
`
}

interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function operationsOf(api: OpenApi, tag: string): Placed[] {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ method, path, operation })),
  )
}

function renderGroup(name: string, operations: readonly Placed[], origin: string): string {
  return `<section id="${e(name)}"><h2>${e(name)}</h2>${operations.map((placed) => renderOperation(placed, origin)).join('\n')}</section>`
}

function renderOperation({ method, path, operation }: Placed, origin: string): string {
  const body = operation.requestBody ? Object.values(operation.requestBody.content)[0]?.schema : undefined
  return `<details id="${e(operation.operationId)}">
<summary><span class="method ${method}">${method.toUpperCase()}</span><code>${e(path)}</code><span class="what">${e(operation.summary)}</span></summary>
<div class="inside">
<p class="access">${e(operation.description)}</p>
${operation.parameters.length > 0 ? `<h3>Parameters</h3><ul class="schema">${operation.parameters.map(renderParameter).join('')}</ul>` : ''}
${body ? `<h3>Body</h3>${renderRoot(body)}` : ''}
<h3>Answers</h3>${renderAnswers(operation)}
<h3>Example</h3><pre><code>${e(curlOf(method, path, operation, origin))}</code></pre>
</div>
</details>`
}

function renderParameter({ name, in: place, required, description, schema }: Parameter): string {
  return renderProperty(name, { ...schema, ...(description ? { description } : {}) }, required, `in the ${place}`, 0)
}

function renderAnswers(operation: Operation): string {
  return Object.entries(operation.responses)
    .filter(([status]) => status !== 'default')
    .map(([status, response]) => {
      const { description, content } = response as { description: string; content?: Record<string, { schema: JsonSchema }> }
      const [type, media] = Object.entries(content ?? {})[0] ?? []
      if (Number(status) >= 400) return `<p class="answer"><b>${status}</b> ${description.split('\n').map(renderCode).join(', ')}</p>`
      return `<p class="answer"><b class="good">${status}</b> ${type ? `<code>${e(type)}</code>` : 'no content'}</p>${media ? renderRoot(media.schema) : ''}`
    })
    .join('')
}

function renderCode(line: string): string {
  const code = line.split(':', 1)[0]!
  return `<a href="#${e(code)}"><code>${e(code)}</code></a>`
}

function renderRoot(schema: JsonSchema): string {
  const inner = renderInner(schema, 0)
  return inner || `<p class="type">${e(typeOf(schema))}</p>`
}

/** What lies inside an object, the items of a list, or each of several forms. */
function renderInner(schema: JsonSchema, depth: number): string {
  if (depth > SHOWN_DEPTH) return ''
  const {
    properties,
    required = [],
    items,
    anyOf,
    oneOf,
    allOf,
    additionalProperties,
  } = schema as {
    properties?: Record<string, JsonSchema>
    required?: string[]
    items?: JsonSchema
    anyOf?: JsonSchema[]
    oneOf?: JsonSchema[]
    allOf?: JsonSchema[]
    additionalProperties?: JsonSchema | boolean
  }
  if (properties) {
    const rows = Object.entries(properties).map(([name, property]) => renderProperty(name, property, required.includes(name), '', depth))
    return `<ul class="schema">${rows.join('')}</ul>`
  }
  if (items) return renderInner(items, depth)
  const forms = (anyOf ?? oneOf ?? allOf ?? []).map((form) => renderInner(form, depth + 1)).filter(Boolean)
  if (forms.length > 0) return forms.join('<p class="or">or</p>')
  return typeof additionalProperties === 'object' ? renderInner(additionalProperties, depth + 1) : ''
}

function renderProperty(name: string, schema: JsonSchema, required: boolean, place: string, depth: number): string {
  const notes = [place, required ? '' : 'optional', limitsOf(schema)].filter(Boolean).join(', ')
  const description = typeof schema['description'] === 'string' ? `<span class="told">${e(schema['description'])}</span>` : ''
  return `<li><code class="name">${e(name)}</code> <span class="type">${e(typeOf(schema))}</span> <span class="notes">${e(notes)}</span>${description}${renderInner(schema, depth + 1)}</li>`
}

/** The type in words: `string`, `list of object`, `"a" | "b"`, `string | null`. */
export function typeOf(schema: JsonSchema): string {
  const { type, items, enum: values, const: value, anyOf, oneOf, format } = schema as Record<string, unknown>
  if (value !== undefined) return JSON.stringify(value)
  if (Array.isArray(values)) return values.map((each) => JSON.stringify(each)).join(' | ')
  const forms = anyOf ?? oneOf
  if (Array.isArray(forms)) return [...new Set(forms.map((form) => typeOf(form as JsonSchema)))].join(' | ')
  if (Array.isArray(type)) return type.join(' | ')
  if (type === 'array') return `list of ${items ? typeOf(items as JsonSchema) : 'anything'}`
  if (typeof type !== 'string') return 'anything'
  return typeof format === 'string' ? `${type} (${format})` : type
}

function limitsOf(schema: JsonSchema): string {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, default: fallback } = schema as Record<string, unknown>
  const between = (low: unknown, high: unknown, unit: string) => {
    const [from, to] = [low, high].map((bound) => (typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined))
    if (from === undefined) return to === undefined ? '' : `up to ${to}${unit}`
    return to === undefined ? `at least ${from}${unit}` : from === to ? `${from}${unit}` : `${from}–${to}${unit}`
  }
  const parts = [
    between(minLength, maxLength, ' characters'),
    between(minimum, maximum, ''),
    between(minItems, maxItems, ' items'),
    fallback === undefined ? '' : `default ${JSON.stringify(fallback)}`,
  ]
  return parts.filter(Boolean).join(', ')
}

function curlOf(method: string, path: string, operation: Operation, origin: string): string {
  const verb = method === 'get' ? '' : `-X ${method.toUpperCase()} `
  const url = origin + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())
  const lines = [`curl ${verb}'${url}'`]
  if (operation.security.some((scheme) => 'token' in scheme)) lines.push(`-H "Authorization: Bearer $TOKEN"`)
  if (operation.parameters.some(({ name }) => name === 'Idempotency-Key')) lines.push(`-H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)"`)
  const body = operation.requestBody && Object.values(operation.requestBody.content)[0]?.schema
  if (body) lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(exampleOf(body)).replaceAll("'", "'\\''")}'`)
  return lines.join(' \\\n  ')
}

/** A value of the right shape with only what is required; texts say what belongs there. */
function exampleOf(schema: JsonSchema, name = 'text', depth = 0): unknown {
  const {
    type,
    properties,
    required = [],
    items,
    enum: values,
    const: value,
    anyOf,
    oneOf,
    minimum,
    format,
  } = schema as {
    type?: string
    properties?: Record<string, JsonSchema>
    required?: string[]
    items?: JsonSchema
    enum?: unknown[]
    const?: unknown
    anyOf?: JsonSchema[]
    oneOf?: JsonSchema[]
    minimum?: number
    format?: string
  }
  if (value !== undefined) return value
  if (values) return values[0]
  const form = anyOf?.[0] ?? oneOf?.[0]
  if (form) return exampleOf(form, name, depth + 1)
  if (type === 'array') return items && depth < SHOWN_DEPTH ? [exampleOf(items, name, depth + 1)] : []
  if (type === 'object') {
    const wanted = Object.entries(properties ?? {}).filter(([key]) => required.includes(key))
    return Object.fromEntries(wanted.map(([key, property]) => [key, exampleOf(property, key, depth + 1)]))
  }
  if (type === 'integer' || type === 'number') return Math.max(1, minimum ?? 1)
  if (type === 'boolean') return true
  return format === 'date-time' ? '2026-11-22T12:00:00Z' : name.toUpperCase()
}

function renderProblems(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) => `<tr id="${code}"><td>${status}</td><td><code>${code}</code></td><td>${e(title)}</td></tr>`,
  )
  return `<section id="problems"><h2>problems</h2><p>Every refusal is <code>application/problem+json</code> (RFC 9457) with one of these codes; <code>fields</code> names what is wrong by JSON Pointer.</p>
<div class="scroll"><table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
}
