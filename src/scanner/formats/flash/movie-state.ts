/** A Flash movie that a control keeps in its state, at its offset. */
export interface KeptMovie {
  readonly offset: number
  readonly bytes: Buffer
}

/** Class of the Flash control, as it is written. */
export const FLASH_CLASS = '{D27CDB6E-AE6D-11CF-96B8-444553540000}'

const MARK = Buffer.from('fUfU', 'latin1')
const MOST = 8

/** The movies in the state of a Flash control: behind the mark 0x55665566 and the size (as the control writes it), or cut off with the state. Linear. */
export function findMovies(state: Buffer): KeptMovie[] {
  const movies: KeptMovie[] = []
  for (let at = state.indexOf(MARK); at !== -1 && movies.length < MOST; at = state.indexOf(MARK, at + 4)) {
    const offset = at + 8
    if (offset + 8 > state.length || !/^[CFZ]WS$/.test(state.toString('latin1', offset, offset + 3))) continue
    const size = state.readUInt32LE(at + 4)
    movies.push({ offset, bytes: state.subarray(offset, size > 8 ? offset + size : state.length) })
  }
  return movies
}
