import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32 } from './bytes.ts'

/** Counts of a mesh declaration (ECMA-363, 9.6.1.1). */
export interface U3dMesh {
  readonly offset: number
  readonly faces: number
  readonly positions: number
  readonly normals: number
  readonly shadings: number
  /** Bytes that the block still held where the shading descriptions begin. */
  readonly shadingRoom: number
  /** Undefined where the shading descriptions do not fit their block. */
  readonly minimumResolution?: number
  readonly maximumResolution?: number
  readonly resolutionOffset?: number
}

export interface U3d {
  readonly meshes: readonly U3dMesh[]
  /** How often each type of block occurs, nested ones too. */
  readonly blocks: ReadonlyMap<number, number>
  /** Why the walk ended early. */
  readonly damage?: string
}

export const U3D_BONE_WEIGHTS = 0xffffff44
export const U3D_NEW_OBJECT_TYPE = 0xffffff16
const HEADER = 0x00443355
const MODIFIER_CHAIN = 0xffffff14
const MESH_DECLARATION = 0xffffff31
const DEEPEST = 8
const MOST_MESHES = 1000

export function isU3d(bytes: Buffer): boolean {
  return bytes.length >= 12 && bytes.readUInt32LE(0) === HEADER
}

/** Walks the blocks of a U3D file (ECMA-363, clause 8). Damage ends the walk and is said. Throws LimitReached. */
export function readU3d(bytes: Buffer, budget: Budget): U3d {
  const meshes: U3dMesh[] = []
  const blocks = new Map<number, number>()
  try {
    walk({ bytes, budget, meshes, blocks }, 0, bytes.length, 0)
    return { meshes, blocks }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return { meshes, blocks, damage: error.message }
  }
}

interface Walk {
  readonly bytes: Buffer
  readonly budget: Budget
  readonly meshes: U3dMesh[]
  readonly blocks: Map<number, number>
}

function walk(state: Walk, from: number, end: number, depth: number): void {
  const { bytes, budget, meshes, blocks } = state
  let at = from
  while (at + 12 <= end) {
    budget.step()
    const type = u32(bytes, at)
    const size = u32(bytes, at + 4)
    const meta = u32(bytes, at + 8)
    const data = at + 12
    const stop = data + size
    blocks.set(type, (blocks.get(type) ?? 0) + 1)
    if (type === MESH_DECLARATION && meshes.length < MOST_MESHES) meshes.push(readMesh(bytes, data, Math.min(stop, end)))
    if (type === MODIFIER_CHAIN && depth < DEEPEST) walk(state, chainBlocks(bytes, data), Math.min(stop, end), depth + 1)
    if (stop > end) throw new Damaged(`the block at ${at} ends past its container`)
    at = padded(stop) + padded(meta)
  }
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4
}

/** Where the blocks of a modifier chain begin (ECMA-363, 9.4.1). */
function chainBlocks(bytes: Buffer, data: number): number {
  const type = data + 2 + u16(bytes, data)
  const attributes = u32(bytes, type + 4)
  const bounds = ((attributes & 1) !== 0 ? 16 : 0) + ((attributes & 2) !== 0 ? 24 : 0)
  const count = data + padded(type + 8 + bounds - data)
  u32(bytes, count)
  return count + 4
}

function readMesh(bytes: Buffer, data: number, end: number): U3dMesh {
  const chain = data + 2 + u16(bytes, data)
  const count = (index: number) => u32(bytes, chain + 8 + index * 4)
  const shadings = count(6)
  const first = chain + 8 + 7 * 4
  const mesh = { offset: data, faces: count(0), positions: count(1), normals: count(2), shadings, shadingRoom: Math.max(0, end - first) }
  let at = first
  for (let i = 0; i < shadings; i++) {
    if (at + 12 > end) return mesh
    const layers = u32(bytes, at + 4)
    at += 12 + layers * 4
  }
  if (at + 8 > end) return mesh
  return { ...mesh, minimumResolution: u32(bytes, at), maximumResolution: u32(bytes, at + 4), resolutionOffset: at }
}
