import { Lexer, type MarkedToken, type Token, type Tokens } from 'marked'

/** What may stand in a line. There is no kind for HTML or pictures: they are text as it was written. */
export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis' | 'strike'; readonly children: readonly Inline[] }
  /** `href` is an absolute address of http, https or mailto. */
  | { readonly kind: 'link'; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: 'break' }

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3 | 4 | 5 | 6; readonly children: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly kind: 'quote'; readonly children: readonly Block[] }
  /** `start` is null for a list with bullets, otherwise the number of its first item. */
  | { readonly kind: 'list'; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'rule' }
  | { readonly kind: 'table'; readonly header: readonly (readonly Inline[])[]; readonly rows: readonly (readonly (readonly Inline[])[])[] }

/** What lies deeper is shown as it was written. */
const DEEPEST = 12

/**
 * Reads Markdown (GitHub's, by `marked`) into a closed set of blocks: the only form that anything here renders, so that nothing a
 * text holds can become markup that is not listed above. Pure; never throws: a text too deeply nested to be read is one block of code.
 */
export function parseMarkdown(text: string): readonly Block[] {
  if (hasDeepMarks(text)) return asWritten(text)
  try {
    return blocks(new Lexer({ gfm: true, breaks: false }).lex(text), 0)
  } catch {
    return asWritten(text)
  }
}

function asWritten(text: string): readonly Block[] {
  return [{ kind: 'code', text }]
}

/** Lines that open dozens of quotes or lists at once serve nobody, and cost the lexer time beyond measure. */
function hasDeepMarks(text: string): boolean {
  return /^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])){33}/m.test(text)
}

function blocks(tokens: readonly Token[], depth: number): Block[] {
  return tokens.flatMap((token) => block(token as MarkedToken, depth))
}

function block(token: MarkedToken, depth: number): Block[] {
  if (depth > DEEPEST) return [{ kind: 'code', text: token.raw }]
  switch (token.type) {
    case 'space':
    case 'def':
      return []
    case 'heading':
      return [{ kind: 'heading', level: levelOf(token.depth), children: inlines(token.tokens, depth) }]
    case 'blockquote':
      return [{ kind: 'quote', children: blocks(token.tokens, depth + 1) }]
    case 'list':
      return [{ kind: 'list', start: startOf(token), items: token.items.map((item) => blocks(item.tokens, depth + 1)) }]
    case 'code':
      return [{ kind: 'code', text: token.text }]
    case 'hr':
      return [{ kind: 'rule' }]
    case 'table':
      return [tableOf(token, depth)]
    case 'paragraph':
    case 'text':
      return [{ kind: 'paragraph', children: token.tokens ? inlines(token.tokens, depth) : [{ kind: 'text', text: token.text }] }]
    default:
      return [{ kind: 'paragraph', children: [{ kind: 'text', text: token.raw.trimEnd() }] }]
  }
}

function levelOf(depth: number): 1 | 2 | 3 | 4 | 5 | 6 {
  return Math.min(6, Math.max(1, depth)) as 1 | 2 | 3 | 4 | 5 | 6
}

function startOf({ ordered, start }: Tokens.List): number | null {
  return ordered ? (start === '' ? 1 : start) : null
}

function tableOf({ header, rows }: Tokens.Table, depth: number): Block {
  const cells = (row: readonly Tokens.TableCell[]) => row.map(({ tokens }) => inlines(tokens, depth))
  return { kind: 'table', header: cells(header), rows: rows.map(cells) }
}

function inlines(tokens: readonly Token[], depth: number): Inline[] {
  return tokens.flatMap((token) => inline(token as MarkedToken, depth + 1))
}

function inline(token: MarkedToken, depth: number): Inline[] {
  if (depth > 2 * DEEPEST) return [{ kind: 'text', text: token.raw }]
  switch (token.type) {
    case 'text':
      return token.tokens ? inlines(token.tokens, depth) : [{ kind: 'text', text: token.text }]
    case 'escape':
      return [{ kind: 'text', text: token.text }]
    case 'strong':
      return [{ kind: 'strong', children: inlines(token.tokens, depth) }]
    case 'em':
      return [{ kind: 'emphasis', children: inlines(token.tokens, depth) }]
    case 'del':
      return [{ kind: 'strike', children: inlines(token.tokens, depth) }]
    case 'codespan':
      return [{ kind: 'code', text: token.text }]
    case 'br':
      return [{ kind: 'break' }]
    case 'link':
      return link(token, depth)
    default:
      return [{ kind: 'text', text: token.raw }]
  }
}

/** An address that is not for a browser to follow is left out; its words stay. */
function link({ href, tokens }: Tokens.Link, depth: number): Inline[] {
  const children = inlines(tokens, depth)
  const safe = safeHref(href)
  return safe === undefined ? children : [{ kind: 'link', href: safe, children }]
}

function safeHref(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined
  const url = new URL(href)
  return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined
}
