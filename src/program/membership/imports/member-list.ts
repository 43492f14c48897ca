import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import { WebLink } from '#program/membership/directory/contract.ts'
import { TIERS } from '#program/membership/contract.ts'
import { IMPORT_COLUMNS, MAX_IMPORT_ROWS, type ImportColumn, type ImportFault, type ImportRow } from '#program/membership/imports/contract.ts'

type Fault = z.output<typeof ImportFault>

/** What a file holds: its rows that are as they should be, and everything that is wrong. */
export interface MemberList {
  readonly rowCount: number
  readonly delimiter: string
  readonly rows: readonly ImportRow[]
  readonly faults: readonly Fault[]
}

/** What rows are held against besides their own form. */
export interface ListContext {
  /** `2026-11-25` */
  readonly today: string
  /** Name and version of the policy that a cell means. */
  readonly jurisdictionOf: (text: string) => string | undefined
  /** Names of members that are there already, by `nameKey`. */
  readonly members: ReadonlySet<string>
}

/** Columns that lists call otherwise. */
const ALIASES: Readonly<Record<string, ImportColumn>> = {
  organisation: 'name',
  organization: 'name',
  company: 'name',
  member: 'name',
  type: 'kind',
  country: 'jurisdiction',
  membersince: 'since',
  joined: 'since',
  contact: 'contact_name',
  contactperson: 'contact_name',
  email: 'contact_email',
  contactmail: 'contact_email',
  mail: 'contact_email',
  roleemail: 'role_address',
  rolemail: 'role_address',
  url: 'website',
  site: 'website',
  web: 'website',
}
const OPTIONAL: readonly ImportColumn[] = ['since', 'role_address', 'website']
const LONGEST_CELL = 500

const line = z
  .string()
  .max(200, 'at most 200 characters')
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'one line without control characters')
const address = z.email('a mail address').max(320, 'at most 320 characters')
const CELLS = {
  name: line,
  kind: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['vendor', 'responder'], 'vendor or responder')),
  tier: z
    .string()
    .toLowerCase()
    .pipe(z.enum(TIERS, `one of ${TIERS.join(', ')}`)),
  jurisdiction: line,
  since: z.iso.date('a day such as 2019-04-01'),
  contact_name: line,
  contact_email: address,
  role_address: address,
  website: WebLink,
} as const satisfies Record<ImportColumn, z.ZodType<string, string>>

/** Names that differ only in case, width or spaces are one. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').trim().replaceAll(/\s+/gu, ' ').toLowerCase()
}

/** Reads a list of members: UTF-8, with a header, cells parted by commas, semicolons or tabs. Pure; never throws: what is wrong is said line by line. */
export function readMemberList(bytes: Uint8Array, context: ListContext): MemberList {
  const text = decode(bytes)
  if (text === undefined) return broken(',', { line: null, column: null, code: 'NOT_UTF8', message: 'The file is not UTF-8 text.' })
  const delimiter = delimiterOf(text)
  const records = split(text, delimiter)
  if (!Array.isArray(records)) return broken(delimiter, records)
  const [header, ...body] = records
  if (!header || body.length === 0)
    return broken(delimiter, { line: null, column: null, code: 'NO_ROWS', message: 'The file has a header at most, and no rows.' })
  if (body.length > MAX_IMPORT_ROWS) {
    return broken(delimiter, {
      line: null,
      column: null,
      code: 'TOO_MANY_ROWS',
      message: `The file has ${body.length} rows; at most ${MAX_IMPORT_ROWS} are taken at once. Split it into several.`,
    })
  }
  const { columns, faults } = readHeader(header)
  if (faults.length > 0) return { rowCount: body.length, delimiter, rows: [], faults }
  const read = body.map((record) => readRow(record, columns, context))
  const double = doublesIn(
    read.flatMap(({ row }) => row ?? []),
    context.members,
  )
  return {
    rowCount: body.length,
    delimiter,
    rows: read.flatMap(({ row }) => (row && !double.some((fault) => fault.line === row.line) ? [row] : [])),
    faults: [...read.flatMap((one) => one.faults), ...double].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  }
}

interface CsvRecord {
  readonly line: number
  readonly cells: readonly string[]
}

function broken(delimiter: string, fault: Fault): MemberList {
  return { rowCount: 0, delimiter, rows: [], faults: [fault] }
}

/** Without a byte order mark; undefined for what is not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What occurs most in the first line outside quotes. */
function delimiterOf(text: string): string {
  const first = (/^[^\r\n]*/.exec(text.trimStart())?.[0] ?? '').replaceAll(/"[^"]*"/g, '')
  const count = (mark: string) => first.split(mark).length
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best))
}

function split(text: string, delimiter: string): CsvRecord[] | Fault {
  try {
    const rows = parse(text, { delimiter, relax_column_count: true, info: true, skip_empty_lines: true, max_record_size: 200_000 }) as unknown as {
      record: string[]
      info: { lines: number }
    }[]
    const records = rows.map(({ record, info }) => ({
      // The parser says where a record ends; cells may hold line breaks.
      line: info.lines - record.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0),
      cells: record.map((cell) => cell.trim()),
    }))
    return records.filter(({ cells }) => cells.some((cell) => cell !== ''))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const at = typeof error['lines'] === 'number' ? error['lines'] : null
    return { line: at, column: null, code: 'NOT_CSV', message: 'A quotation mark is not closed, or stands where none may.' }
  }
}

function readHeader({ line: at, cells }: CsvRecord): { columns: readonly ImportColumn[]; faults: readonly Fault[] } {
  const faults: Fault[] = []
  const columns = cells.map((cell) => {
    const column = columnOf(cell)
    if (!column) faults.push({ line: at, column: shown(cell), code: 'COLUMN_UNKNOWN', message: `No such column; there are ${IMPORT_COLUMNS.join(', ')}.` })
    return column
  })
  for (const column of IMPORT_COLUMNS) {
    const count = columns.filter((one) => one === column).length
    if (count > 1) faults.push({ line: at, column, code: 'COLUMN_TWICE', message: 'The column is there more than once.' })
    if (count === 0 && !OPTIONAL.includes(column)) faults.push({ line: at, column, code: 'COLUMN_MISSING', message: 'The column is missing.' })
  }
  return { columns: columns.filter((column) => column !== undefined), faults }
}

function columnOf(cell: string): ImportColumn | undefined {
  const key = cell.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
  const known = IMPORT_COLUMNS.find((column) => column.replaceAll('_', '') === key)
  return known ?? (Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined)
}

function readRow({ line: at, cells }: CsvRecord, columns: readonly ImportColumn[], context: ListContext): { row?: ImportRow; faults: readonly Fault[] } {
  if (cells.length !== columns.length) {
    const code = cells.length < columns.length ? 'CELLS_MISSING' : 'CELLS_TOO_MANY'
    return { faults: [{ line: at, column: null, code, message: `The line has ${cells.length} cells, the header ${columns.length}.` }] }
  }
  const faults: Fault[] = []
  const fault = (column: ImportColumn, code: Fault['code'], message: string) => void faults.push({ line: at, column, code, message })
  const value = (column: ImportColumn): string | null => {
    const cell = cells[columns.indexOf(column)] ?? ''
    if (cell === '') {
      if (!OPTIONAL.includes(column)) fault(column, 'MISSING', 'The cell is empty.')
      return null
    }
    const parsed = cell.length > LONGEST_CELL ? undefined : CELLS[column].safeParse(cell)
    if (parsed?.success) return parsed.data
    fault(column, 'INVALID', `Expected ${parsed ? parsed.error.issues[0]!.message : `at most ${LONGEST_CELL} characters`}.`)
    return null
  }
  const read = Object.fromEntries(IMPORT_COLUMNS.map((column) => [column, value(column)])) as Readonly<{ [column in ImportColumn]: string | null }>
  const jurisdiction = read.jurisdiction === null ? undefined : context.jurisdictionOf(read.jurisdiction)
  if (read.jurisdiction !== null && jurisdiction === undefined) fault('jurisdiction', 'UNKNOWN_JURISDICTION', 'No policy of this name is known.')
  if (read.since !== null && read.since > context.today) fault('since', 'IN_FUTURE', 'The day is yet to come.')
  if (read.kind !== null && read.tier !== null && (read.kind === 'responder') !== (read.tier === 'responder'))
    fault('tier', 'INVALID', 'Expected tier responder for a responder, and another one for a vendor.')
  if (faults.length > 0) return { faults }
  return {
    faults,
    row: {
      line: at,
      name: read.name!.replaceAll(/\s+/gu, ' '),
      kind: read.kind as ImportRow['kind'],
      tier: read.tier as ImportRow['tier'],
      jurisdiction: jurisdiction!,
      since: read.since,
      contactName: read.contact_name!,
      contactEmail: read.contact_email!,
      roleAddress: read.role_address,
      website: read.website,
    },
  }
}

function doublesIn(rows: readonly ImportRow[], members: ReadonlySet<string>): Fault[] {
  const first = new Map<string, number>()
  return rows.flatMap(({ line: at, name }): Fault[] => {
    const key = nameKey(name)
    const before = first.get(key)
    if (before === undefined) first.set(key, at)
    if (members.has(key)) return [{ line: at, column: 'name', code: 'MEMBER_ALREADY', message: 'There is a member of this name.' }]
    return before === undefined ? [] : [{ line: at, column: 'name', code: 'TWICE_IN_FILE', message: `The same name is on line ${before}.` }]
  })
}

/** A header cell as far as it is worth showing. */
function shown(cell: string): string {
  return cell.replaceAll(/\p{C}/gu, '').slice(0, 60)
}
