/** One item of a shell link's target list: its size, its type, and what follows. */
function item(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(3)
  head.writeUInt16LE(3 + data.length, 0)
  head[2] = type
  return Buffer.concat([head, data])
}

const MY_COMPUTER = item(0x1f, Buffer.from('50e04fd020ea3a6910a2d808002b30309d', 'hex'))
const CONTROL_PANEL = item(0x2e, Buffer.from('002020ec21ea3a6910a2dd08002b30309d', 'hex'))

export interface LinkParts {
  readonly items?: readonly Buffer[]
  readonly arguments?: string
  readonly icon?: string
  readonly show?: number
  /** Blocks between the texts and the one that ends them. */
  readonly extra?: Buffer
  readonly behind?: Buffer
}

/** A shell link with wide texts and no link information. */
export function buildShellLink({ items = [], arguments: args, icon, show = 1, extra = Buffer.alloc(0), behind = Buffer.alloc(0) }: LinkParts): Buffer {
  const header = Buffer.alloc(76)
  Buffer.from('4c0000000114020000000000c000000000000046', 'hex').copy(header)
  header.writeUInt32LE((items.length > 0 ? 1 : 0) | (args === undefined ? 0 : 0x20) | (icon === undefined ? 0 : 0x40) | 0x80, 20)
  header.writeUInt32LE(show, 60)
  const list = Buffer.concat([...items, Buffer.alloc(2)])
  const size = Buffer.alloc(2)
  size.writeUInt16LE(list.length)
  const text = (value: string | undefined) => {
    if (value === undefined) return Buffer.alloc(0)
    const count = Buffer.alloc(2)
    count.writeUInt16LE(value.length)
    return Buffer.concat([count, Buffer.from(value, 'utf16le')])
  }
  return Buffer.concat([header, ...(items.length > 0 ? [size, list] : []), text(args), text(icon), extra, Buffer.alloc(4), behind])
}

/** Items that lead to a file on drive C. */
export function fileItems(...names: readonly string[]): Buffer[] {
  const volume = item(0x2f, Buffer.from('C:\\\0'.padEnd(22, '\0'), 'latin1'))
  return [MY_COMPUTER, volume, ...names.map((name) => item(0x32, Buffer.concat([Buffer.alloc(11), Buffer.from(`${name}\0`, 'latin1')])))]
}

/** Items that lead through the control panel to this file, with this icon number. */
export function controlPanelItems(file: string, icon: number): Buffer[] {
  const data = Buffer.alloc(21)
  data.writeInt32LE(icon, 1)
  return [MY_COMPUTER, CONTROL_PANEL, item(0, Buffer.concat([data, Buffer.from(`${file}\0`, 'utf16le')]))]
}

/** An Internet shortcut with this URL. */
export function buildShortcut(url: string, more = ''): Buffer {
  return Buffer.from(`[InternetShortcut]\r\nURL=${url}\r\n${more}`, 'latin1')
}

/** A block behind the texts that has the items taken for a folder of the system, by its number or by its id as files keep it. */
export function folderBlock(folder: number | Buffer): Buffer {
  const id = typeof folder === 'number' ? Buffer.from([folder, 0, 0, 0]) : folder
  const head = Buffer.alloc(8)
  head.writeUInt32LE(12 + id.length, 0)
  head.writeUInt32LE(typeof folder === 'number' ? 0xa0000005 : 0xa000000b, 4)
  return Buffer.concat([head, id, Buffer.from([0x14, 0, 0, 0])])
}
