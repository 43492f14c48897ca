import { buildCfb } from '../documents.ts'

/** Class ids as they stand in files. */
export const LIST_VIEW = '4bf0d1bd8b85d111b16a00c0f0283628'
export const TREE_VIEW = 'b69041c78985d111b16a00c0f0283628'

/** The state of a ListView: a header, and a `Cobj` block with these two sizes. */
export function listState(statedBytes: number, repeatedBytes = statedBytes): Buffer {
  const block = Buffer.alloc(16)
  block.write('Cobj', 0, 'latin1')
  for (const [at, value] of [
    [4, 0x64],
    [8, statedBytes],
    [12, repeatedBytes],
  ] as const)
    block.writeUInt32LE(value, at)
  return Buffer.concat([Buffer.alloc(40, 0x21), Buffer.from('Itmsd\0\0\0', 'latin1'), block, Buffer.alloc(Math.min(statedBytes, 64))])
}

/** A compound file of a control with this class and state. */
export function controlObject(clsid: string, state: Buffer): Buffer {
  return buildCfb([{ path: ['Contents'], bytes: state }], { '': clsid })
}
