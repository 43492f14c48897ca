import { createElement, useMemo, type ReactElement, type ReactNode } from 'react'
import { parseMarkdown, type Block, type Inline } from '#platform/markdown/markdown.ts'
import styles from './markdown.module.css'

/** Under the title of a page and that of a panel: a `#` is a heading of the third level. */
const HEADING_SHIFT = 2

/** Markdown, rendered without any HTML of its author; links lead out by http, https and mail only. */
export function Markdown({ text }: { text: string }): ReactElement {
  const blocks = useMemo(() => parseMarkdown(text), [text])
  return <div className={styles['markdown']}>{blocks.map(renderBlock)}</div>
}

function renderBlock(block: Block, key: number): ReactNode {
  switch (block.kind) {
    case 'heading':
      return createElement(`h${Math.min(6, block.level + HEADING_SHIFT)}`, { key }, block.children.map(renderInline))
    case 'paragraph':
      return <p key={key}>{block.children.map(renderInline)}</p>
    case 'quote':
      return <blockquote key={key}>{block.children.map(renderBlock)}</blockquote>
    case 'list': {
      const items = block.items.map((item, index) => <li key={index}>{item.map(renderBlock)}</li>)
      return block.start === null ? (
        <ul key={key}>{items}</ul>
      ) : (
        <ol key={key} start={block.start}>
          {items}
        </ol>
      )
    }
    case 'code':
      return (
        <pre key={key}>
          <code>{block.text}</code>
        </pre>
      )
    case 'rule':
      return <hr key={key} className={styles['rule']} />
    case 'table':
      return <MarkdownTable key={key} table={block} />
    default:
      return block satisfies never
  }
}

function MarkdownTable({ table: { header, rows } }: { table: Extract<Block, { kind: 'table' }> }): ReactElement {
  return (
    <section className={styles['table']} aria-label="Table in the text" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {header.map((cell, index) => (
              <th key={index} scope="col">
                {cell.map(renderInline)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>{cell.map(renderInline)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function renderInline(inline: Inline, key: number): ReactNode {
  switch (inline.kind) {
    case 'text':
      return inline.text
    case 'code':
      return <code key={key}>{inline.text}</code>
    case 'strong':
      return <strong key={key}>{inline.children.map(renderInline)}</strong>
    case 'emphasis':
      return <em key={key}>{inline.children.map(renderInline)}</em>
    case 'strike':
      return <del key={key}>{inline.children.map(renderInline)}</del>
    case 'break':
      return <br key={key} />
    case 'link':
      return (
        <a key={key} href={inline.href} target="_blank" rel="noopener noreferrer">
          {inline.children.map(renderInline)}
        </a>
      )
    default:
      return inline satisfies never
  }
}
