import { Frames } from './frames.ts'

/** What a jailed process is asked: what is to be known of a file, and its bytes. */
export interface Request {
  readonly about: { readonly passwords?: readonly string[]; readonly [key: string]: unknown }
  readonly bytes: Buffer
}

/** The requests on standard input, two frames each; they come from the process that asks, and are believed. */
export async function* requests(): AsyncGenerator<Request, void, undefined> {
  const frames = new Frames(Number.MAX_SAFE_INTEGER)
  let about: Request['about'] | undefined
  for await (const chunk of process.stdin) {
    for (const message of frames.take(chunk as Buffer)) {
      if (about === undefined) {
        about = JSON.parse(message.toString('utf8')) as Request['about']
        continue
      }
      yield { about, bytes: message }
      about = undefined
    }
  }
}
