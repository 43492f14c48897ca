import { describe, expect, it } from 'vitest'
import { Budget, Damaged } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildPackage, buildCfb, nativeStream } from '#test/harness/documents.ts'
import { listState } from '#test/harness/documents/controls.ts'
import { buildShellLink, buildShortcut, controlPanelItems, fileItems } from '#test/harness/documents/shell-link.ts'
import { readHostile } from '#test/harness/hostile-reader.ts'
import { readControlBlocks } from './common-controls.ts'
import { readInternetShortcut } from './internet-shortcut.ts'
import { readShellLink } from './shell-link.ts'

const link = buildShellLink({ items: fileItems('Windows', 'cmd.exe'), arguments: '/c inert', icon: '\\\\host.example\\a\\b.ico', show: 7 })
const techniques = (bytes: Buffer) => scanBytes(bytes).verdict.techniques.map(({ id, severity }) => `${id} ${severity}`)

describe('a shell link', () => {
  it('is read with its items, texts and what lies behind it', () => {
    const { items, texts, show, extra } = readShellLink(Buffer.concat([link, Buffer.from('behind')]), new Budget())
    expect(items.map(({ kind, name }) => [kind, name])).toEqual([
      ['root-folder', undefined],
      ['volume', 'C:\\'],
      ['file', 'Windows'],
      ['file', 'cmd.exe'],
    ])
    expect([texts.arguments?.value, texts.iconLocation?.value, show, extra?.overlayBytes]).toEqual(['/c inert', '\\\\host.example\\a\\b.ico', 'minimised', 6])
  })

  it('keeps what came before a part that does not fit', () => {
    const { items, damage } = readShellLink(link.subarray(0, link.length - 20), new Budget())
    expect([items.length, damage.length]).toEqual([4, 1])
    expect(() => readShellLink(link.subarray(0, 75), new Budget())).toThrow(Damaged)
  })

  it('is read or refused whatever its bytes are', () => {
    expect(readHostile(link, readShellLink).read).toBeGreaterThan(500)
    expect(readHostile(buildShellLink({ items: controlPanelItems('E:\\a.dll', 0) }), readShellLink).read).toBeGreaterThan(100)
  })

  it('shows what it starts and where its icon lies', () => {
    expect(techniques(link)).toEqual(['shell-link high', 'link-icon medium'])
    expect(techniques(buildShellLink({ items: fileItems('Windows', 'notepad.exe'), arguments: 'a.txt' }))).toEqual([])
    expect(techniques(buildShellLink({ items: fileItems('powershell.exe') }))).toEqual([])
  })

  it('is opened in a package too', () => {
    const ole = buildCfb([{ path: ['\u0001Ole10Native'], bytes: nativeStream(buildPackage('a.lnk', link)) }])
    expect(techniques(ole)).toEqual(['embedded-package high', 'shell-link high', 'link-icon medium'])
  })

  it('has a program behind it opened', () => {
    const program = Buffer.alloc(128)
    program.write('MZ', 0, 'latin1')
    program.writeUInt32LE(64, 60)
    program.write('PE', 64, 'latin1')
    expect(techniques(buildShellLink({ items: fileItems('a.txt'), behind: program }))).toEqual(['embedded-executable high'])
  })
})

describe('an Internet shortcut', () => {
  it('is read by its section, wide or not', () => {
    const text = '[Other]\r\nURL=no\r\n[InternetShortcut]\r\nurl = http://page.example/\r\nIconFile=a\r\n'
    const entries = [
      { offset: 37, key: 'url', value: 'http://page.example/' },
      { offset: 65, key: 'iconfile', value: 'a' },
    ]
    expect(readInternetShortcut(Buffer.from(text), new Budget())).toEqual(entries)
    expect(readInternetShortcut(Buffer.from(`\ufeff${text}`, 'utf16le'), new Budget())).toEqual(entries)
  })

  it('is a technique when it starts a file of another host, and else a note', () => {
    expect(techniques(buildShortcut('file://host.example/a/b.url'))).toEqual(['internet-shortcut high'])
    expect(scanBytes(buildShortcut('file://host.example/a/b.url')).verdict.candidates.map(({ id }) => id)).toEqual(['CVE-2024-21412'])
    expect(techniques(buildShortcut('http://page.example/'))).toEqual([])
    expect(techniques(buildShortcut('file:///C:/a/b.exe'))).toEqual([])
  })

  it('is read whatever its bytes are', () => {
    expect(readHostile(buildShortcut('http://page.example/'), readInternetShortcut).refused).toBe(0)
  })
})

describe('the state of a common control', () => {
  it('is read for its blocks, whatever its bytes are', () => {
    expect(readControlBlocks(listState(0x8282, 9), new Budget())).toEqual([{ offset: 48, statedBytes: 0x8282, repeatedBytes: 9 }])
    expect(readHostile(listState(0x8282), readControlBlocks).refused).toBe(0)
  })

  it('lists a candidate for a class alone', () => {
    const strip = buildCfb([{ path: ['ObjectPool', '_1', 'Contents'], bytes: Buffer.alloc(64) }], { _1: '9665fb1e7c85d111b16a00c0f0283628' })
    expect(scanBytes(strip).verdict).toMatchObject({ exploit: 'none-seen', cve: [], candidates: [{ id: 'CVE-2012-1856' }] })
  })
})
