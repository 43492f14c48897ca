import { z } from 'zod'
import { parseAnswer } from '#scanner/jail/answer.ts'
import { findFence, type Fence } from '#scanner/jail/fence.ts'
import { JAIL_LIMITS, JailedProcess } from '#scanner/jail/process.ts'
import { programOf, SCRIPTS } from '#scanner/jail/program.ts'
import { writePng } from './write-png.ts'

/** The pixels of the largest picture, as base64. */
const LIMITS = { ...JAIL_LIMITS, outputBytes: 40 * 2 ** 20 }
const Pixels = z.strictObject({ width: z.int().min(1).max(65_535), height: z.int().min(1).max(65_535), rgb: z.base64() })

export interface Redrawer {
  /** The picture as our own writer writes it; undefined for what is none, or none that is read. */
  redraw(picture: Uint8Array): Promise<Buffer | undefined>
  close(): void
}

let found: Fence | undefined

/**
 * Draws pictures of guests anew: their bytes, which may be made to harm who looks at them, are read by a process of the jail, and only pixels leave it. The
 * process is started with the first picture, and anew where one ended it.
 */
export function openRedrawer(script: string = SCRIPTS.picture): Redrawer {
  let reader: JailedProcess | undefined
  const end = (): undefined => {
    reader?.kill()
    reader = undefined
  }
  return {
    redraw: async (picture) => {
      const program = await programOf(script)
      reader ??= new JailedProcess(program, LIMITS, (found ??= findFence()))
      const answer = await reader.ask({}, Buffer.from(picture), () => undefined)
      try {
        if (!Buffer.isBuffer(answer)) throw new Error(answer.detail)
        const pixels = Pixels.nullable().parse(parseAnswer(answer))
        return pixels ? writePng(pixels.width, pixels.height, Buffer.from(pixels.rgb, 'base64')) : undefined
      } catch {
        // It has ended, or answers what it never does, so it is not what it was.
        end()
        return undefined
      }
    },
    close: end,
  }
}
