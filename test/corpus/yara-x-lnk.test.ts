import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readShellLink, type ShellLink } from '#scanner/formats/shell-link.ts'
import { openZip } from '#scanner/formats/zip.ts'
import { Budget, Damaged } from '#scanner/intake/limits.ts'
import { CORPORA, haveCorpora, unlessThere } from './corpora.ts'

const FOLDER = join(CORPORA, 'yara-x/lnk/tests/testdata')

/** The bytes of an Intel HEX text that stands in a ZIP: records of type 0, in their order. */
function readPair(name: string): { bytes: Buffer; expected: string } {
  const zip = openZip(readFileSync(join(FOLDER, `${name}.in.zip`)), new Budget())
  const lines = zip.read(zip.entries[0]!).toString('latin1').split(/\r?\n/)
  const records = lines.filter((line) => line.startsWith(':')).map((line) => Buffer.from(line.slice(1), 'hex'))
  const bytes = Buffer.concat(records.filter((record) => record[3] === 0).map((record) => record.subarray(4, 4 + record[0]!)))
  return { bytes, expected: readFileSync(join(FOLDER, `${name}.out`), 'utf8').trimEnd() }
}

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', "'": "\\'", '"': '\\"', '\\': '\\\\' }

/** Text as the pairs write it. */
function quoted(text: string): string {
  const code = (c: string) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`
  return `"${text.replace(/[^]/g, (c) => ESCAPES[c] ?? (c < ' ' || c > '~' ? code(c) : c))}"`
}

const DRIVES = ['UNKNOWN', 'NO_ROOT_DIR', 'REMOVABLE', 'FIXED', 'REMOTE', 'CDROM', 'RAMDISK']
const SHOWN = { normal: 'NORMAL', maximised: 'MAXIMIZED', minimised: 'MIN_NO_ACTIVE' }
const ITEMS: Readonly<Record<string, string>> = {
  'root-folder': 'ROOT_FOLDER',
  volume: 'VOLUME',
  file: 'FILE_ENTRY',
  'control-panel-file': 'CONTROL_PANEL_CPL',
}

function fieldsOf(bytes: Buffer): string {
  try {
    return linkFields(readShellLink(bytes, new Budget())).join('\n')
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return 'is_lnk: false'
  }
}

function linkFields({ texts, info = {}, extra, items, ...link }: ShellLink): string[] {
  const of = (name: string, value: number | string | undefined) => (value === undefined ? [] : [`${name}: ${value}`])
  const text = (name: string, value: string | undefined) => of(name, value === undefined ? undefined : quoted(value))
  return [
    'is_lnk: true',
    ...text('name', texts.name?.value),
    ...of('creation_time', link.creationTime),
    ...of('access_time', link.accessTime),
    ...of('write_time', link.writeTime),
    ...of('file_size', link.fileSize),
    ...of('file_attributes', link.attributes),
    ...text('icon_location', texts.iconLocation?.value),
    ...of('icon_index', link.iconIndex),
    ...of('show_command', SHOWN[link.show]),
    ...of('drive_type', info.driveType === undefined ? undefined : DRIVES[info.driveType]),
    ...of('drive_serial_number', info.driveSerial),
    ...text('volume_label', info.volumeLabel),
    ...text('local_base_path', info.localBasePath),
    ...text('common_path_suffix', info.commonPathSuffix),
    ...text('relative_path', texts.relativePath?.value),
    ...text('working_dir', texts.workingDirectory?.value),
    ...text('cmd_line_args', texts.arguments?.value),
    ...of('overlay_size', extra?.overlayBytes),
    ...of('overlay_offset', extra && extra.overlayBytes > 0 ? extra.end : undefined),
    ...trackerFields(extra),
    ...(items.length > 0 ? ['target_id_list:'] : []),
    ...items.flatMap(itemFields),
  ]
}

function trackerFields(extra: ShellLink['extra']): string[] {
  const tracker = extra?.tracker
  if (!tracker) return []
  const names = ['droid_volume_id', 'droid_file_id', 'droid_birth_volume_id', 'droid_birth_file_id']
  const ids = names.map((name, i) => `    ${name}: "${tracker.ids[i]}"`)
  return ['tracker_data:', `    version: ${tracker.version}`, `    machine_id: ${quoted(tracker.machine)}`, ...ids]
}

function itemFields({ kind, type, data, clsid, name }: ShellLink['items'][number]): string[] {
  const id = clsid?.slice(1, -1).toLowerCase()
  const label = {
    'root-folder': 'root_folder_id',
    volume: id ? 'volume_id' : 'volume_name',
    file: 'file_entry_name',
    'control-panel-file': 'cpl_file_path',
    other: '',
  }[kind]
  const value = id ?? (name === undefined ? undefined : quoted(name).slice(1, -1))
  return [
    `  - item_type: ${ITEMS[kind] ?? `0x${type.toString(16)}`}`,
    `    data: ${quoted(data.toString('latin1'))}`,
    ...(value === undefined ? [] : [`    ${label}: "${value}"`]),
  ]
}

const names = haveCorpora ? readdirSync(FOLDER).flatMap((name) => (name.endsWith('.in.zip') ? [name.slice(0, -7)] : [])) : []

describe.skipIf(!haveCorpora)(`what the reader knows of a shell link agrees with the pairs of yara-x${unlessThere}`, () => {
  it.each(names)('the link %s', (name) => {
    const { bytes, expected } = readPair(name)
    expect(fieldsOf(bytes)).toBe(expected)
  })
})
