import type { Duplex } from 'node:stream'
import { Frames } from '#scanner/jail/frames.ts'
import { GarbledGuest, MOST_FRAME_BYTES, parseMessage, type GuestArtefact, type GuestMessage } from './messages.ts'

/** Who hears a guest. Nothing is said any more after `garbled`. */
export interface GuestListener {
  message(message: Exclude<GuestMessage, { kind: 'artefact' }>): void
  artefact(artefact: GuestArtefact, bytes: Buffer): void
  /** The guest said what does not fit, or more than it may. */
  garbled(why: string): void
}

/** Hears the frames of a guest (`vedette.events`), at most `mostBytes` of them. Returns how to stop. */
export function hear(events: Duplex, listener: GuestListener, mostBytes: number): () => void {
  const frames = new Frames(MOST_FRAME_BYTES, 'BE')
  let heard = 0
  let announced: GuestArtefact | undefined
  const take = (frame: Buffer) => {
    if (announced) {
      const artefact = announced
      announced = undefined
      if (frame.length !== artefact.bytes) throw new GarbledGuest('the bytes are not as many as were announced')
      return listener.artefact(artefact, frame)
    }
    const message = parseMessage(frame)
    if (message.kind === 'artefact') announced = message.artefact
    else listener.message(message)
  }
  const data = (chunk: Buffer) => {
    heard += chunk.length
    try {
      if (heard > mostBytes) throw new GarbledGuest(`it said more than ${mostBytes} bytes`)
      for (const frame of frames.take(chunk)) take(frame)
    } catch (error) {
      if (!(error instanceof GarbledGuest) && !(error instanceof RangeError)) throw error
      stop()
      listener.garbled(error.message)
    }
  }
  const stop = () => {
    events.off('data', data)
    // What it goes on to say is read and forgotten, so that the machine does not stand still.
    events.resume()
  }
  events.on('data', data)
  return stop
}

/** Says one message to a guest (`vedette.control`), and the bytes that it announces. */
export function tell(control: Duplex, message: object, bytes?: Uint8Array): void {
  const text = Buffer.from(JSON.stringify(bytes ? { ...message, bytes: bytes.length } : message))
  control.write(Buffer.concat([header(text.length), text, ...(bytes ? [header(bytes.length), bytes] : [])]))
}

function header(length: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  return bytes
}
