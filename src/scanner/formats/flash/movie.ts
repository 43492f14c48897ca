import type { Budget } from '#scanner/intake/limits.ts'
import { readKern, type KernTable } from '../sfnt.ts'
import { readAbc, type Abc } from './abc.ts'
import { hasDrmListener, readDroppedListener, type DroppedListener } from './drm-listener.ts'
import { AbcReader } from './reader.ts'
import { readTurnedOption, type TurnedOption } from './regexp.ts'
import { readSwf, type Swf, type SwfTag } from './swf.ts'

/** What is read of a Flash movie; offsets count in the unpacked movie. */
export interface FlashMovie extends Pick<Swf, 'version' | 'packing' | 'damage'> {
  /** Tags with ActionScript 3 in them. */
  readonly scripts: number
  /** The scripts call `loadBytes`, which runs another movie from memory. */
  readonly loads: boolean
  /** A class of the scripts listens for the end of an operation of DRM. */
  readonly listens: boolean
  /** Stated scenes of the movie (DefineSceneAndFrameLabelData). */
  readonly scenes?: { readonly offset: number; readonly count: number }
  /** Kern tables in the fonts that the movie brings (DefineFont4). */
  readonly kerns: readonly KernTable[]
  readonly expressions: readonly (TurnedOption & { readonly offset: number })[]
  readonly listeners: readonly (DroppedListener & { readonly offset: number })[]
  /** Data that the scripts can read (DefineBinaryData). */
  readonly files: readonly { readonly offset: number; readonly bytes: Buffer }[]
}

const DO_ABC_PLAIN = 72
const DO_ABC = 82
const SCENES = 86
const BINARY_DATA = 87
const FONT_4 = 91
const MOST_FILES = 256
const MOST_SCRIPTS = 256
const MOST_EXPRESSIONS = 8

/** Reads a movie and its scripts. Throws Damaged, LimitReached. */
export function readMovie(bytes: Buffer, budget: Budget): FlashMovie {
  const { tags, ...swf } = readSwf(bytes, budget)
  const scripts = tags.filter(({ code }) => code === DO_ABC || code === DO_ABC_PLAIN)
  const abcs = scripts.slice(0, MOST_SCRIPTS).flatMap((tag) => scriptOf(tag, budget) ?? [])
  const scenes = tags.find(({ code, data }) => code === SCENES && data.length > 0)
  return {
    ...swf,
    scripts: scripts.length,
    loads: abcs.some(({ abc }) => abc.names.includes('loadBytes')),
    listens: abcs.some(({ abc }) => hasDrmListener(abc)),
    ...(scenes && { scenes: { offset: scenes.offset, count: sceneCount(scenes.data) } }),
    kerns: tags.flatMap((tag) => (tag.code === FONT_4 ? kernOf(tag, budget) : [])),
    expressions: abcs.flatMap(expressionsOf).slice(0, MOST_EXPRESSIONS),
    listeners: abcs.flatMap(({ offset, abc }) => {
      const dropped = readDroppedListener(abc, budget)
      return dropped ? [{ ...dropped, offset }] : []
    }),
    files: tags
      .filter(({ code, data }) => code === BINARY_DATA && data.length > 6)
      .slice(0, MOST_FILES)
      .map(({ offset, data }) => ({ offset: offset + 6, bytes: data.subarray(6) })),
  }
}

interface Script {
  /** Of the bytecode. */
  readonly offset: number
  readonly abc: Abc
}

/** The bytecode of a tag, behind flags and a name in the newer one. */
function scriptOf({ code, offset, data }: SwfTag, budget: Budget): Script | undefined {
  if (code === DO_ABC_PLAIN) return { offset, abc: readAbc(data, budget) }
  const end = data.indexOf(0, 4)
  return end === -1 ? undefined : { offset: offset + end + 1, abc: readAbc(data.subarray(end + 1), budget) }
}

function sceneCount(data: Buffer): number {
  // Bytes that lack at the end are zero: the player reads on behind the tag.
  return new AbcReader(Buffer.concat([data.subarray(0, 5), Buffer.alloc(5)])).u32()
}

/** The font of a DefineFont4 tag stands behind its number, flags and name. */
function kernOf({ offset, data }: SwfTag, budget: Budget): KernTable[] {
  const end = data.indexOf(0, 3)
  if (end === -1) return []
  const kern = readKern(data.subarray(end + 1), budget)
  return kern ? [{ offset: offset + end + 1 + kern.offset, tables: kern.tables }] : []
}

function expressionsOf({ offset, abc }: Script): (TurnedOption & { offset: number })[] {
  if (!abc.names.includes('RegExp')) return []
  return abc.strings.flatMap((text) => {
    const found = readTurnedOption(text)
    return found ? [{ ...found, offset }] : []
  })
}
