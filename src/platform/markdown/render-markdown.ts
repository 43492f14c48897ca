import { assertNever } from '#platform/errors.ts'
import { parseMarkdown, type Block, type Inline } from '#platform/markdown/markdown.ts'

/** Every element that rendered Markdown may hold. */
export const MARKDOWN_ELEMENTS = [
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'p',
  'blockquote',
  'ul',
  'ol',
  'li',
  'pre',
  'code',
  'hr',
  'br',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'strong',
  'em',
  'del',
  'a',
] as const
type Element = (typeof MARKDOWN_ELEMENTS)[number]

/**
 * Markdown as HTML for a page of the server. Every character of the text is escaped, the elements are those listed above, and the only
 * attributes `href` and `rel` of a link (http, https, mailto), and `start` of a list. `topLevel` is the heading that a `#` becomes.
 */
export function renderMarkdown(text: string, { topLevel = 1 }: { readonly topLevel?: number } = {}): string {
  return renderBlocks(parseMarkdown(text), topLevel - 1)
}

function renderBlocks(blocks: readonly Block[], shift: number): string {
  return blocks.map((block) => renderBlock(block, shift)).join('')
}

function renderBlock(block: Block, shift: number): string {
  switch (block.kind) {
    case 'heading':
      return element(`h${Math.min(6, block.level + shift)}` as Element, renderInlines(block.children))
    case 'paragraph':
      return element('p', renderInlines(block.children))
    case 'quote':
      return element('blockquote', renderBlocks(block.children, shift))
    case 'list':
      return renderList(block, shift)
    case 'code':
      return element('pre', element('code', escapeHtml(block.text)))
    case 'rule':
      return '<hr>'
    case 'table':
      return element('table', element('thead', row('th', block.header)) + element('tbody', block.rows.map((cells) => row('td', cells)).join('')))
    default:
      return assertNever(block)
  }
}

function renderList({ start, items }: Extract<Block, { kind: 'list' }>, shift: number): string {
  const inner = items.map((item) => element('li', renderItem(item, shift))).join('')
  if (start === null) return element('ul', inner)
  return start === 1 ? element('ol', inner) : `<ol start="${start}">${inner}</ol>`
}

/** An item that is one paragraph needs no element of its own for it. */
function renderItem(item: readonly Block[], shift: number): string {
  const [only] = item
  return item.length === 1 && only?.kind === 'paragraph' ? renderInlines(only.children) : renderBlocks(item, shift)
}

function row(cell: 'th' | 'td', cells: readonly (readonly Inline[])[]): string {
  return element('tr', cells.map((inlines) => element(cell, renderInlines(inlines))).join(''))
}

function renderInlines(inlines: readonly Inline[]): string {
  return inlines.map(renderInline).join('')
}

function renderInline(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return escapeHtml(inline.text)
    case 'code':
      return element('code', escapeHtml(inline.text))
    case 'strong':
      return element('strong', renderInlines(inline.children))
    case 'emphasis':
      return element('em', renderInlines(inline.children))
    case 'strike':
      return element('del', renderInlines(inline.children))
    case 'break':
      return '<br>'
    case 'link':
      return `<a href="${escapeHtml(inline.href)}" rel="noopener noreferrer">${renderInlines(inline.children)}</a>`
    default:
      return assertNever(inline)
  }
}

function element(name: Element, inner: string): string {
  return `<${name}>${inner}</${name}>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text as it may stand between tags and in a quoted attribute of HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
}
