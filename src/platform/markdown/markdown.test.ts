import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { parseMarkdown } from '#platform/markdown/markdown.ts'
import { MARKDOWN_ELEMENTS, renderMarkdown } from '#platform/markdown/render-markdown.ts'

/** Tags and attributes of a piece of HTML, found without the renderer's help. */
function tagsOf(html: string): { name: string; attributes: string }[] {
  return [...html.matchAll(/<\/?([^\s>]*)([^>]*)>/g)].map(([, name = '', attributes = '']) => ({ name, attributes: attributes.trim() }))
}

const ATTRIBUTES = /^$|^start="\d+"$|^href="(https?:|mailto:)[^"<>]*" rel="noopener noreferrer"$/

/** What somebody would write who wants a script to run. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<script>alert(1)</script>',
        '<img src=x onerror=alert(1)>',
        '[a](javascript:alert(1))',
        '[a](<java\nscript:x>)',
        '<javascript:alert(1)>',
      ),
      fc.constantFrom('![a](https://x.example/"onload="y)', '[a](https://x.example/"><script>)', '[a]: data:text/html,x', '[a]', '&lt;script&gt;', '<a href="'),
      fc.constantFrom(
        '# ',
        '> ',
        '- ',
        '3. ',
        '- [x] ',
        '`',
        '```\n',
        '**',
        '_',
        '~~',
        '|a|b|\n|-|-|\n|c|d|\n',
        '\n',
        '\n\n',
        '  \n',
        '---\n',
        '\\<',
        'www.x.example',
        'a@b.example',
      ),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

describe('Markdown', () => {
  test.prop([hostile])('becomes HTML of the listed elements and attributes only, whatever is written', (text) => {
    const html = renderMarkdown(text)
    for (const { name, attributes } of tagsOf(html)) {
      expect(MARKDOWN_ELEMENTS).toContain(name)
      expect(attributes).toMatch(ATTRIBUTES)
    }
  })

  it('would be caught with a tag or an address that is not listed', () => {
    expect(tagsOf('<p><script>x</script></p>').some(({ name }) => !(MARKDOWN_ELEMENTS as readonly string[]).includes(name))).toBe(true)
    expect('href="javascript:x" rel="noopener noreferrer"').not.toMatch(ATTRIBUTES)
  })

  it('renders what agreements and pages are written with', () => {
    const text = [
      '# One',
      'A **b** _c_ ~~d~~ `e<`',
      '',
      '> quoted',
      '',
      '3. three',
      '4. four',
      '',
      '- x',
      '  - y',
      '',
      '|h|i|',
      '|-|-|',
      '|j|k|',
      '',
      '---',
    ].join('\n')
    expect(renderMarkdown(text)).toBe(
      '<h1>One</h1><p>A <strong>b</strong> <em>c</em> <del>d</del> <code>e&lt;</code></p><blockquote><p>quoted</p></blockquote>' +
        '<ol start="3"><li>three</li><li>four</li></ol><ul><li><p>x</p><ul><li>y</li></ul></li></ul>' +
        '<table><thead><tr><th>h</th><th>i</th></tr></thead><tbody><tr><td>j</td><td>k</td></tr></tbody></table><hr>',
    )
  })

  it('starts headings where the page wants them', () => {
    expect(renderMarkdown('# a\n\n###### b', { topLevel: 2 })).toBe('<h2>a</h2><h6>b</h6>')
  })

  it('shows HTML and pictures as they were written, and leaves out addresses that no browser should follow', () => {
    expect(renderMarkdown('<b>x</b>')).toBe('<p>&lt;b&gt;x&lt;/b&gt;</p>')
    expect(renderMarkdown('![p](https://x.example/p.png)')).toBe('<p>![p](https://x.example/p.png)</p>')
    expect(renderMarkdown('[y](javascript:alert(1)) [z](/local) [m](mailto:a@b.example)')).toBe(
      '<p>y z <a href="mailto:a@b.example" rel="noopener noreferrer">m</a></p>',
    )
  })

  it.each([
    ['quotes', '>'.repeat(20_000)],
    ['lists', '- '.repeat(20_000)],
    ['nested lists', Array.from({ length: 200 }, (_, n) => `${'  '.repeat(n)}- x`).join('\n')],
    ['emphasis', '*a **b '.repeat(5000)],
    ['brackets', '['.repeat(20_000)],
  ])('reads deep %s in little time', (_, text) => {
    const began = performance.now()
    expect(parseMarkdown(text).length).toBeGreaterThan(0)
    expect(performance.now() - began).toBeLessThan(4000)
  })
})
