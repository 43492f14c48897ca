import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildDocx, buildVba, buildZip, equationObject, fontRecord } from '#test/harness/documents.ts'
import { objectTree, type TreeNode } from './object-tree.ts'

const inner = buildDocx({
  'word/embeddings/a.bin': equationObject(fontRecord(Buffer.alloc(0x30, 0x41))),
  'word/vbaProject.bin': buildVba({ M: 'Sub AutoOpen()\r\nEnd Sub' }),
  'word/document.xml': '<w:document/>',
})
const report = scanBytes(
  buildZip([
    { name: 'inner.docx', bytes: inner },
    { name: 'locked', bytes: inner, encrypted: true },
    { name: 'twin', bytes: Buffer.from('the same') },
    { name: 'twin', bytes: Buffer.from('the same') },
  ]),
)
const tree = objectTree(report)
const all = (node: TreeNode): TreeNode[] => [node, ...node.children.flatMap(all)]
const at = (path: string) => all(tree).find((node) => node.path === path)!

describe('the tree of objects', () => {
  it('holds every object once, at the container that holds it', () => {
    const nodes = all(tree)
    expect(nodes.filter(({ object }) => object)).toHaveLength(report.extracted.length + 1)
    expect(new Set(nodes.map(({ key }) => key)).size).toBe(nodes.length)
    expect(tree.children.map(({ name }) => name)).toEqual(['inner.docx', 'twin', 'twin', 'locked'])
    expect(at('/inner.docx').children.map(({ name }) => name)).toContain('word/document.xml')
    expect(at('/inner.docx!/word/embeddings/a.bin').children.map(({ name }) => name)).toEqual(['Equation Native'])
  })

  it('marks what was found and what was not examined at its place, and the way to it', () => {
    expect(at('/inner.docx!/word/embeddings/a.bin!/Equation Native').marks.cves).toEqual(['CVE-2017-11882'])
    expect(all(at('/inner.docx!/word/vbaProject.bin')).flatMap(({ marks }) => marks.techniques)).toEqual(['vba-autoexec'])
    expect(at('/locked').marks.notChecked).toBe(1)
    expect([at('/inner.docx'), at('/inner.docx!/word/document.xml')].map(({ marked }) => marked)).toEqual([true, false])
    // Two objects of one path: what is said of the path stands at the first.
    expect(tree.children.filter(({ name }) => name === 'twin').map(({ marks }) => marks.notes.length > 0)).toEqual([true, false])
  })
})
