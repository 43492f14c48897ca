import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { IMPORT_COLUMNS, MAX_IMPORT_ROWS, type ImportRow } from '#program/membership/imports/contract.ts'
import { nameKey, readMemberList, type ListContext } from '#program/membership/imports/member-list.ts'

const CONTEXT: ListContext = {
  today: '2026-11-25',
  jurisdictionOf: (text) => (text === 'unrestricted' ? 'unrestricted@1' : undefined),
  members: new Set([nameKey('Known Member')]),
}
const HEADER = 'name,kind,tier,jurisdiction,since,contact_name,contact_email,role_address,website'
const GOOD = 'Vendor,vendor,advance,unrestricted,2019-04-01,Admin,admin@vendor.example,psirt@vendor.example,https://vendor.example/'
const read = (text: string | Uint8Array) => readMemberList(typeof text === 'string' ? Buffer.from(text) : text, CONTEXT)
const faults = (text: string | Uint8Array) => read(text).faults.map(({ line, column, code }) => [line, column, code])
const row = (change: Record<string, string>) => {
  const cells = Object.fromEntries(HEADER.split(',').map((column, at) => [column, GOOD.split(',')[at]!]))
  return `${HEADER}\n${Object.values({ ...cells, ...change }).join(',')}\n`
}

describe('a list of members', () => {
  it('is read with every column, and with those left out that may be', () => {
    expect(read(`${HEADER}\n${GOOD}\n`).rows).toEqual([
      {
        line: 2,
        name: 'Vendor',
        kind: 'vendor',
        tier: 'advance',
        jurisdiction: 'unrestricted@1',
        since: '2019-04-01',
        contactName: 'Admin',
        contactEmail: 'admin@vendor.example',
        roleAddress: 'psirt@vendor.example',
        website: 'https://vendor.example/',
      },
    ])
    const short = read('Company;Type;Tier;Jurisdiction;Contact Person;E-Mail\nVendor;VENDOR;Entry;unrestricted;Admin;admin@vendor.example')
    expect(short).toMatchObject({ delimiter: ';', faults: [], rows: [{ name: 'Vendor', tier: 'entry', since: null, website: null, roleAddress: null }] })
  })

  it.each([',', ';', '\t'])('is read with cells parted by %j, with a byte order mark, and with any line ends', (mark) => {
    const text = `${HEADER}\n${GOOD}\n`.replaceAll(',', mark)
    for (const ends of ['\n', '\r\n']) {
      const list = read(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text.replaceAll('\n', ends))]))
      expect([list.delimiter, list.faults, list.rows.length]).toEqual([mark, [], 1])
    }
  })

  it.each<[string, Record<string, string>, unknown[]]>([
    ['no name', { name: '' }, [2, 'name', 'MISSING']],
    ['a name of two lines', { name: '"a\nb"' }, [2, 'name', 'INVALID']],
    ['another kind', { kind: 'bank' }, [2, 'kind', 'INVALID']],
    ['another tier', { tier: 'gold' }, [2, 'tier', 'INVALID']],
    ['the tier of responders', { tier: 'responder' }, [2, 'tier', 'INVALID']],
    ['an unknown jurisdiction', { jurisdiction: 'moon' }, [2, 'jurisdiction', 'UNKNOWN_JURISDICTION']],
    ['a day that is none', { since: '2019-02-30' }, [2, 'since', 'INVALID']],
    ['a day to come', { since: '2026-11-26' }, [2, 'since', 'IN_FUTURE']],
    ['no contact', { contact_name: '' }, [2, 'contact_name', 'MISSING']],
    ['an address that is none', { contact_email: 'admin at vendor' }, [2, 'contact_email', 'INVALID']],
    ['a site that is none', { website: 'javascript:alert(1)' }, [2, 'website', 'INVALID']],
    ['a member that is there', { name: 'KNOWN  member' }, [2, 'name', 'MEMBER_ALREADY']],
    ['a cell that is too long', { name: 'x'.repeat(501) }, [2, 'name', 'INVALID']],
  ])('says line, column and code of %s', (_, change, fault) => {
    expect(faults(row(change))).toEqual([fault])
    expect(read(row(change)).rows).toEqual([])
  })

  it('says what is wrong with the file and its header', () => {
    expect(faults('')).toEqual([[null, null, 'NO_ROWS']])
    expect(faults(HEADER)).toEqual([[null, null, 'NO_ROWS']])
    expect(faults(Buffer.from([0xff, 0xfe, 0x41]))).toEqual([[null, null, 'NOT_UTF8']])
    expect(faults(`${HEADER}\n"Vendor`)).toEqual([[2, null, 'NOT_CSV']])
    expect(faults(`${HEADER},colour,name\n${GOOD},red,x`)).toEqual([
      [1, 'colour', 'COLUMN_UNKNOWN'],
      [1, 'name', 'COLUMN_TWICE'],
    ])
    expect(faults('name,kind\nVendor,vendor').map(([, column]) => column)).toEqual(['tier', 'jurisdiction', 'contact_name', 'contact_email'])
    expect(faults(`${HEADER}\n${GOOD},more\nVendor`)).toEqual([
      [2, null, 'CELLS_TOO_MANY'],
      [3, null, 'CELLS_MISSING'],
    ])
    expect(faults(`${HEADER}\n${`${GOOD}\n`.repeat(MAX_IMPORT_ROWS + 1)}`)).toEqual([[null, null, 'TOO_MANY_ROWS']])
  })

  it('counts lines as an editor does, and finds a name that occurs twice', () => {
    const text = `${HEADER}\n\n${GOOD}\n${GOOD.replace('Vendor', '"two\nlines"')}\n${GOOD.replace('Vendor', '  ｖendor ')}\n`
    expect(faults(text)).toEqual([
      [4, 'name', 'INVALID'],
      [6, 'name', 'TWICE_IN_FILE'],
    ])
  })

  it('keeps cells as the text that they are', () => {
    expect(read(row({ name: '=HYPERLINK(1)' })).rows[0]!.name).toBe('=HYPERLINK(1)')
  })

  test.prop([fc.uint8Array({ maxLength: 300 }), fc.boolean()])('never throws, whatever it holds', (noise, withHeader) => {
    const list = read(withHeader ? Buffer.concat([Buffer.from(`${HEADER}\n`), noise]) : noise)
    expect(list.rows.length + list.faults.length).toBeGreaterThan(0)
  })

  const word = fc.string({ minLength: 1, maxLength: 30 }).filter((text) => /^[^\p{C}\p{Zl}\p{Zp}]*$/u.test(text) && text.trim() !== '')
  test.prop([fc.uniqueArray(word, { selector: nameKey, maxLength: 20, minLength: 1 }), fc.constantFrom(',', ';', '\t'), fc.constantFrom('\n', '\r\n')])(
    'is read as it was written',
    (names, mark, ends) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
      const lines = names.map((name) => GOOD.split(',').with(0, name).map(quoted).join(mark))
      const list = read([IMPORT_COLUMNS.join(mark), ...lines].join(ends))
      expect(list.faults).toEqual([])
      expect(list.rows.map(({ name }: ImportRow) => name)).toEqual(names.map((name) => name.trim().replaceAll(/\s+/gu, ' ')))
    },
  )
})
